"""Results in the layouts of others: one module for each layout."""
