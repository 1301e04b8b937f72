"""Scores to figures: accuracy, the audit of what it hides, known suites, one report."""
