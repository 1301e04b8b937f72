"""OD pairs: initial, optimized and degraded reasonings of one problem, paired."""
