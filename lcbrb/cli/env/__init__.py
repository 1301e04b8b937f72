"""`lcbrb env`."""
