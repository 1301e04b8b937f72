"""LCB-RB: completions to preference pairs: judge, label, pair, and account for every one."""
