"""`lcbrb serve`."""
