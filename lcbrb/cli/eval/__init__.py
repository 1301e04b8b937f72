"""`lcbrb eval`."""
