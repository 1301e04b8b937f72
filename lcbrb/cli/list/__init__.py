"""`lcbrb list`."""
