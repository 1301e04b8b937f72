"""Generated problems whose solutions are computed step by step, and can be recomputed."""
