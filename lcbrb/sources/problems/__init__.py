"""Where problems come from: one module for each data set."""
