"""Broken copies of an expected answer: one number, sign, bracket or letter changed at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NUMBER = re.compile(r"\d+")
_LETTER = re.compile(r"(?<![\\A-Za-z])[A-Za-z](?![A-Za-z])")
_WORD = re.compile(r"(?<=\{)[A-Za-z]{2,}(?=\})|\A[A-Za-z]{2,}\Z")
_SWAPS = {"+": "-", "-": "+", "[": "(", "]": ")"}
_MOST = 12


def answer_mutants(gold: str) -> Iterator[str]:
    """At most a dozen answers that are each wrong by a little, and then one that is another answer.

    Args:
        gold: the expected answer, LaTeX or plain.
    """
    spots = [*_changed(gold)][:_MOST]
    yield from spots
    yield f"{gold} + 1" if any(char.isdigit() for char in gold) else r"\text{none of these}"


def _changed(gold: str) -> Iterator[str]:
    for match in _NUMBER.finditer(gold):
        first = int(match[0][0]) % 9 + 1  # the last digit of a measurement is no certain one
        yield f"{gold[: match.start()]}{first}{match[0][1:]}{gold[match.end() :]}"
    for match in _WORD.finditer(gold):
        yield f"{gold[: match.start()]}un{match[0]}{gold[match.end() :]}"
    for place, char in enumerate(gold):
        if char in _SWAPS:
            yield gold[:place] + _SWAPS[char] + gold[place + 1 :]
    for match in _LETTER.finditer(gold):
        other = "q" if match[0] != "q" else "z"
        yield gold[: match.start()] + other + gold[match.end() :]
