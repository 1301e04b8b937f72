"""`judge:`: a language model asked what it thinks of a reasoning process."""
