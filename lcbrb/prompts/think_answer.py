"""How a policy is asked for ``<think>…</think><answer>…</answer>``, in training and after it."""

from __future__ import annotations

#: the name by which settings ask for `TEMPLATE`
THINK_ANSWER = "think-answer"
#: around what a benchmark asks; other words, other hash in the record
TEMPLATE = """\
{prompt}

Write your reasoning between <think> and </think>, then your answer between <answer> and
</answer>, and nothing else:

<think>
your reasoning, step by step
</think>
<answer>
your answer, in the form that was asked for above
</answer>
"""
