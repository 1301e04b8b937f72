"""Programs and answers to verdicts: whether a completion solves its problem."""
