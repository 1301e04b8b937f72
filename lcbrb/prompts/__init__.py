"""How problems are put to a policy."""
