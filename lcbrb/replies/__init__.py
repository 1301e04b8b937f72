"""A reply taken apart: its reasoning, its program, its final answer."""
