r"""Numbers in a base: ``52_8``, ``(52)_{8}``, ``52_{\text{eight}}``, ``52 \text{ (base 8)}``.

Pure functions; they raise on no text.
"""

from __future__ import annotations

import re

_MOST = 36  # the digits of a greater base have no names
_NAMES = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
).split()
_NUMBERS = {name: str(number) for number, name in enumerate(_NAMES, start=2)}
_NUMBERS |= {"binary": "2", "octal": "8", "decimal": "10", "hexadecimal": "16", "hex": "16"}
_WORD = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_BASE = rf"(?:\d{{1,2}}|(?i:{_WORD}))"
_DIGITS = r"(?:\\text\s*\{\s*)?(?P<digits>\d[\dA-Za-z]*|[A-Fa-f][\dA-Fa-f]*\d[\dA-Fa-f]*)\s*\}?"
_MARK = r"(?:\\(?:text|mathrm)\s*\{\s*)?"
_INDEXED = re.compile(
    rf"\(?\s*{_DIGITS}\s*\)?\s*_\s*\{{{{0,2}}\s*{_MARK}\(?(?:base[\s~-]*\}}?\s*)?(?P<base>{_BASE})\)?\s*\}}{{0,2}}"
)
_SAID = re.compile(
    rf"{_DIGITS}\s*{_MARK}\s*,?\s*\(?\s*(?:in\s+)?base[\s~-]*\}}?\s*(?P<base>{_BASE})\s*\)?\s*\}}?"
)


def plain_base(text: str) -> str:
    """A number in a base as ``52_8``; any other text as it is."""
    match = _INDEXED.fullmatch(text) or _SAID.fullmatch(text)
    if match is None or text.count("{") != text.count("}"):
        return text
    base = _NUMBERS.get(match["base"].lower(), match["base"])
    if not _has_digits(match["digits"], int(base)):
        return text
    return f"{match['digits'].upper()}_{base if len(base) == 1 else f'{{{base}}}'}"


def _has_digits(digits: str, base: int) -> bool:
    """Whether all digits are some of the base: letters where it has more than ten."""
    return 1 < base <= _MOST and all(int(digit, 36) < base for digit in digits)


_PLAIN = re.compile(r"([\dA-Z]+)_\{?(\d+)\}?")


def in_base(text: str) -> tuple[str, str] | None:
    """The digits and the base of a number in a base; None of any other text."""
    match = _PLAIN.fullmatch(text)
    return (match[1], match[2]) if match and _has_digits(match[1], int(match[2])) else None


def same_based(gold: str, answer: str) -> bool:
    """Whether a number in a base has the same digits, in the same base if it names one."""
    expected, given = in_base(gold), in_base(answer)
    if expected is None:
        return False
    return answer == expected[0] if given is None else given == expected
