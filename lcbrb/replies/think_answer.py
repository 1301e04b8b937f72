"""A reply in P-GRPO's format, ``<think>…</think><answer>…</answer>``, read as its rewards read it.

Stricter than `split_reply`, which looks for the answer of any model: a policy in training learns
whatever is paid, so only what stands between one pair of answer tags counts as its answer, and only
a reply that is nothing but the two parts has a reasoning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lcbrb.replies.reasoning import split_reply

_ANSWER = re.compile(r"(?s)<answer>((?:(?!</?answer>).)*)</answer>")
_TAG = re.compile(r"</?answer>")
_TAGS_OF_AN_ANSWER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkAnswer:
    """The parts of a reply, stripped of white space around them.

    `well_formed`: the reply is the two parts in this order and nothing else. `think` is None where
    it is not, `answer` where there is not exactly one, or where it stands in a reasoning.
    """

    think: str | None
    answer: str | None
    well_formed: bool


def think_answer(text: str) -> ThinkAnswer:
    """Read a reply. Raises on no text, and takes time linear in it."""
    split = split_reply(text) if text.lstrip().startswith("<think>") else None
    if split is not None and split.well_formed:
        return ThinkAnswer(
            think=(split.reasoning or "").strip(),
            answer=(split.answer or "").strip(),
            well_formed=True,
        )
    match = _ANSWER.search(text) if len(_TAG.findall(text)) == _TAGS_OF_AN_ANSWER else None
    if match and text.count("<think>", 0, match.start()) > text.count("</think>", 0, match.start()):
        match = None  # it stands in a reasoning
    return ThinkAnswer(think=None, answer=match[1].strip() if match else None, well_formed=False)


def in_think_answer(think: str, answer: str) -> str:
    """A reply in this format."""
    return f"<think>\n{think.strip()}\n</think>\n<answer>\n{answer.strip()}\n</answer>"
