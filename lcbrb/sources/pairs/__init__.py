"""Where preference pairs come from: one module for each data set."""
