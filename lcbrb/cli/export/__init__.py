"""`lcbrb export`."""
