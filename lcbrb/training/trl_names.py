"""Names that the trainer shares with the classes on top of TRL, which it imports late."""

CHOICE = "eval_choice"  # by which the best checkpoint is found: accuracy, then the lower loss
NO_PAIR = -1  # in place of a row's number: it fills a batch, and no loss has it
