"""What the texts of pairs are looked at for: likeness, code, and words that give the verdict away.

Pure functions, in time linear in the text (`jaccard`: in its shingles).
"""

from __future__ import annotations

import re

from lcbrb.replies.fences import fences

Shingles = frozenset[str]

#: words in a row that are compared; of a shorter text all of them
_SHINGLE = 5
_WORD = re.compile(r"\w+|[^\w\s]")
_TESTS = r"(?:test[ -]?cases?|tests?|samples?|checks)"
_MANY = r"(?:all|every|each|any|some|most|one|none|both|the|these|hidden|public|private|given|\d+)"
_WHOSE = r"(?:the|this|that|my|your|our|given|provided|previous|original|current|initial)"
_CODE = r"(?:code|program|solution|implementation|submission|answer|approach|function|algorithm)"
_IS = r"(?:is|was|looks|(?:seems|appears)(?:\s+to\s+be)?)"
_JUDGED = (
    r"(?:(?:in)?correct|wrong|right|accepted|rejected|buggy|faulty|flawed|broken|(?:in)?valid)"
)
#: ways to say how the tests ended, or that the solution is right or wrong
_VERDICTS = (
    rf"(?:pass|fail)(?:es|ed|s|ing)?\s+(?:on\s+)?{_MANY}\s+(?:[\w-]+\s+){{0,4}}?{_TESTS}",
    rf"{_TESTS}\s+(?:(?:all|have|has|had|will|now|still|also)\s+){{0,2}}(?:pass|fail)(?:es|ed|s)?",
    r"(?:wrong answer|(?:time|memory|output) limit exceeded|runtime error|presentation error)",
    rf"{_WHOSE}\s+(?:\w+\s+){{0,2}}?{_CODE}\s+(?:above\s+)?{_IS}\s+(?:\w+\s+)?{_JUDGED}",
)
_VERDICT = re.compile(rf"\b(?:{'|'.join(_VERDICTS)})\b", re.IGNORECASE)


def shingles(text: str) -> Shingles:
    """Every five words in a row, without regard to case and white space; marks count as words."""
    words = _WORD.findall(text.casefold())
    last = max(1, len(words) - _SHINGLE + 1)
    return frozenset(" ".join(words[at : at + _SHINGLE]) for at in range(last))


def jaccard(first: Shingles, other: Shingles) -> float:
    """The share of all shingles of two texts that both have, 0 to 1."""
    shared = len(first & other)
    return shared / (len(first) + len(other) - shared) if first or other else 1.0


def leaks_verdict(text: str) -> bool:
    """Whether a text says how the tests ended, or that a solution is right or wrong.

    By phrases ("passes all tests", "wrong answer", "the given code is incorrect"), so it misses
    what is said in other words, and takes a text's own claim to be right for a verdict as well.
    """
    return _VERDICT.search(text) is not None


def holds_code(text: str) -> bool:
    """Whether a fenced block of code stands in a text."""
    return bool(fences(text))


def without_code(text: str) -> str:
    """A text without its fenced blocks; blank lines where they stood are folded into one."""
    blocks = fences(text)
    if not blocks:
        return text
    parts, at = [], 0
    for fence in blocks:
        parts.append(text[at : fence.start])
        at = fence.end
    whole = "".join([*parts, text[at:]])
    return re.sub(r"\n[ \t]*(?:\n[ \t]*)+\n", "\n\n", whole).strip()
