"""Names that the trainer shares with the classes on top of TRL, which it imports late."""

WHOLE = "whole"  # beside a checkpoint that was written to its end
CHOICE = "eval_choice"  # by which the best checkpoint is found: accuracy, then the lower loss
