"""`lcbrb doctor`."""
