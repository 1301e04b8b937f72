r"""Repeating decimals as the fractions that they are: ``0.1\overline{6}`` is one sixth.

Also ``0.\bar{3}``, ``0.\dot{3}``, ``0.(3)``, and ``0.333\ldots``, where a pattern stands at least
three times, or twice if it is longer. Pure functions; they raise on no text.
"""

from __future__ import annotations

import re
from fractions import Fraction

_START = r"(?<![\w.\\])(?P<whole>\d{0,12})\.(?P<fixed>\d{0,30}?)"
_BAR = re.compile(
    rf"{_START}\\(?:overline|bar|overbar)\s*(?:\{{\s*(?P<period>\d{{1,30}})\s*\}}|(?P<digit>\d))"
)
_DOTS = re.compile(
    rf"{_START}\\dot\s*\{{?\s*(?P<first>\d)\s*\}}?(?:(?P<between>\d{{0,30}})\\dot\s*\{{?\s*(?P<last>\d)\s*\}}?)?"
)
_PARENTHESES = re.compile(rf"{_START}\((?P<period>\d{{1,30}})\)(?![\d^_])")
_MARKED = re.compile(rf"{_START}(?P<period>(?:\d[\u0305\u0304\u0307]){{1,30}})")
_GOES_ON = re.compile(
    rf"{_START}(?P<period>\d{{1,10}}?)(?P<more>(?P=period)+)\d{{0,9}}\s*"
    r"(?:\\(?:ldots|dots|cdots)(?![A-Za-z])|\.\.\.|…)"
)


def as_fractions(text: str) -> str:
    """The text with its repeating decimals as fractions."""
    if "." not in text:
        return text
    for pattern in (_BAR, _DOTS, _PARENTHESES, _MARKED, _GOES_ON):
        text = pattern.sub(_fraction, text)
    return text


def _fraction(match: re.Match[str]) -> str:
    groups = match.groupdict()
    if "first" in groups:
        period = groups["first"] + (groups["between"] or "") + (groups["last"] or "")
    else:
        period = re.sub(r"\D", "", groups["period"] or groups.get("digit") or "")
    if "more" in groups and len(groups["more"]) < (2 if len(period) == 1 else len(period)):
        return match[0]
    fixed = groups["fixed"]
    value = Fraction(int((groups["whole"] or "0") + fixed), 10 ** len(fixed))
    value += Fraction(int(period), 10 ** len(fixed) * (10 ** len(period) - 1))
    return rf"\frac{{{value.numerator}}}{{{value.denominator}}}"
