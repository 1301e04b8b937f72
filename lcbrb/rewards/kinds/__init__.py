"""The kinds of reward models, one module each."""
