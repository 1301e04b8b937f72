"""A head trained on hidden states that are computed once: many trainings in the time of one."""
