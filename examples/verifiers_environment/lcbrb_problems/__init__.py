"""What verifiers looks for: one taskset."""

from lcbrb_problems.taskset import ProblemsTaskset

__all__ = ["ProblemsTaskset"]
