"""`lcbrb gate`."""
