"""Work distributed over the threads of this machine, or over the nodes of a Ray cluster."""
