"""Tasks of lm-evaluation-harness, asked through the policies of this project."""
