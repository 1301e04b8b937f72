"""Training a reward model: from pairs to a checkpoint that `lcbrb eval` loads."""
