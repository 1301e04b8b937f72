"""Names that the trainer shares with the classes on top of TRL, which it imports late."""

CHOICE = "eval_choice"  # by which the best checkpoint is found: accuracy, then the lower loss
