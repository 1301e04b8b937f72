"""Supervised fine-tuning of a policy: from examples to a model's folder."""
