"""Can a benchmark's verdicts be trusted? Golds pass, broken golds fail, a peer agrees."""
