"""`lcbrb validate`."""
