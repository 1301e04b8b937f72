"""`lcbrb pairs`."""
