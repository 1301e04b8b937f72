"""`lcbrb import`."""
