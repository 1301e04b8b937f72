"""The elements of a list, without the conditions on them. Pure functions."""

from __future__ import annotations

import re

from lcbrb.grading.maths_answers.forms import TEXT, is_words
from lcbrb.grading.maths_answers.names import LETTER, is_name, letters
from lcbrb.grading.maths_answers.splitting import ORDER, RELATION, SEPARATOR, split

LOGICAL_AND = "\\land"  # joins what is said of values, and not values
_CONDITION = re.compile(
    r"(?<![\s,(])[\s,(]*(?:\\text\s*\{[\s,(]*|\b)"
    r"(?:for|if|when|where|as|with(?=\s*(?:\}\s*)?probability))\b(?P<what>.*)\Z",
    re.DOTALL,
)
_TOLD = re.compile(r"[=<>]|\\(?:[lg]eq?|[lg]t|neq?|in|to|infty)\b|probability")
_HARMFUL = re.compile(r"\b(?:else|otherwise|but|or|and|not|maybe|instead)\b")
_NO_LETTERS = {"\\in", "\\mathbb", "\\pi", "\\infty", "\\frac", "\\sqrt", "\\cdot", *ORDER}


def items(text: str) -> tuple[list[str], set[str]]:
    """A list's elements without conditions on them, and what stands between them."""
    parts = split(text, SEPARATOR)
    members: list[str] = []
    words: set[str] = set()
    between = ""
    for index, part in enumerate(parts):
        if index % 2:
            word = "or" if "or" in part or "vee" in part else "and" if "and" in part else ","
            word = part if part == LOGICAL_AND else word
            between = word if between in ("", ",") else between
            continue
        item = _without_condition(part)
        if item and not (between == "," and members and _limits(item, members[-1])):
            if members:
                words.add(between)
            members.append(item)
        if item:
            between = ""
    return members, words


def _without_condition(text: str) -> str:
    """A value without a condition on it: a relation, or words behind what is no mere words."""
    match = _CONDITION.search(text)
    if match is None or _HARMFUL.search(match["what"]):
        return text
    value, what = text[: match.start()].strip(), match["what"]
    stated = _TOLD.search(what) or not (re.search(r"\d", what) or is_words(TEXT.sub(r"\1", value)))
    return value if stated else text


def _limits(item: str, value: str) -> bool:
    """Whether an item is no value but a condition on a letter in the one before it: ``t > 0``."""
    parts = split(item, RELATION)
    signs = parts[1::2]
    if not signs or any(sign not in ORDER and sign != "\\in" for sign in signs):
        return False
    named, *sides = split(value, RELATION)[::2] or [""]
    bounded = sides[-1] if sides and is_name(named) else "" if is_name(named) else value
    bound = set(LETTER.findall(item)) - _NO_LETTERS
    return bool(bound & set(LETTER.findall(bounded))) and letters(named) not in bound
