"""`lcbrb train`."""
