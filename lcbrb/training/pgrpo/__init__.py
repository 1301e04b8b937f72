"""What P-GRPO's training is made of, around `pgrpo_reward` and `pgrpo_train`."""
