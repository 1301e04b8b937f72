"""`lcbrb bench`."""
