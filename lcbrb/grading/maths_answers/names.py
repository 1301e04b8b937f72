"""What names a quantity, and what only stands on the left of an equation. Pure functions."""

from __future__ import annotations

import re

from lcbrb.grading.maths_answers.splitting import WORDS_IN_TEXT

_NAME = re.compile(
    r"(?:\\?[A-Za-z]+(?:\s*_\s*(?:\{[^{}]*\}|\w))?(?:\s*\^\s*\*)?\s*"
    r"(?:\([^()=]{1,20}\))?'*[\s,:]*){1,4}"
)
_LONGEST = 100  # characters; the pattern takes time that grows with their fourth power
_IN_FORMULA = re.compile(r"\$[^$]*\$|\\\(.*?\\\)|\\\[.*?\\\]", re.DOTALL)
LETTER = re.compile(r"(?<![\\A-Za-z])[A-Za-z](?![A-Za-z])|\\[a-z]+")


def letters(name: str) -> str:
    """A name without marks and without what it is a function of."""
    name = re.sub(r"\([^()]*\)\s*\Z", "", name.strip())
    return re.sub(r"\\(?:text|math)[a-z]*|[^A-Za-z0-9']", "", name)


def letters_in(statement: str) -> list[str]:
    """The single letters of the formulas in a problem's statement, in order."""
    formulas = " ".join(_IN_FORMULA.findall(statement))
    return sorted({letter for letter in LETTER.findall(formulas) if len(letter) == 1})


def is_name(text: str) -> bool:
    """Whether a text is no more than the name of a quantity."""
    text = re.sub(WORDS_IN_TEXT, lambda m: f" {m[0].partition('{')[2].rstrip('}')} ", text)
    return len(text) <= _LONGEST and bool(_NAME.fullmatch(text.strip()))


def names_a_value(text: str) -> bool:
    """Whether the left side of an equation says what the right side is the value of.

    A name does, and so does what has several letters, or commands: ``m + n``, ``f(2)``. A number
    does not, and ``2x``, ``x^2`` or ``x + 1`` neither: these are equations for x.
    """
    if is_name(text):
        return True
    symbols = set(LETTER.findall(text))
    plain = re.fullmatch(r"(?:[\d\sA-Za-z+\-*^(){}./]|\\cdot|\\times|\\frac|\\sqrt)*", text)
    single = {symbol for symbol in symbols if len(symbol) == 1}
    return bool(symbols) and not (plain and len(single) < 2)  # noqa: PLR2004 - two letters
