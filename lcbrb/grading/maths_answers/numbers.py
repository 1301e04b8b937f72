r"""Numbers as models write them, and when one agrees with a number that is expected.

``1,234.5``, ``4.5e33``, ``4.5 \times 10^{33}``, ``10^{-8}``, ``3/4``, ``\frac{3}{4}``,
``2\frac{1}{2}``, ``-.5``, ``1./3``, ``19\%``. Values are exact fractions; nothing is rounded to
a float, so ``1e-8`` and ``2e-8`` differ. Input has been through `forms.tidy`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_LARGEST_EXPONENT = 400
_LONGEST = 400
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)"
_POWER = (
    r"10\s*(?:\^|\*\*)\s*"
    r"(?:\{\s*(?P<tens>[-+]?\s*\d+)\s*\}|\(\s*(?P<tens2>[-+]?\d+)\s*\)|(?P<tens3>[-+]?\d+))"
)
_SCIENTIFIC = re.compile(
    rf"(?P<sign>[-+]?)\s*(?:(?P<digits>{_DIGITS})(?:[eE](?P<e>[-+]?\d+))?)?"
    rf"(?P<times>\s*(?:\\times|\\cdot|\\ast|[xX*])\s*)?(?:{_POWER})?"
)
_RATIO = re.compile(
    r"(?P<sign>[-+]?)\s*(?:(?P<whole>\d+)\s*)?\\frac\s*"
    rf"(?:\{{\s*(?P<sign2>[-+]?)\s*(?P<top>{_DIGITS})\s*\}}|(?P<top1>\d))\s*"
    rf"(?:\{{\s*(?P<bottom>{_DIGITS})\s*\}}|(?P<bottom1>\d))"
)
_SLASH = re.compile(
    rf"(?P<sign>[-+]?)\s*(?:(?P<whole>\d+)\s+)?(?P<top>{_DIGITS})\s*/\s*(?P<bottom>{_DIGITS})"
)
_PERCENT = re.compile(r"\s*\\?%\s*\Z")


@dataclass(frozen=True, slots=True)
class Number:
    """A value, and the worth of one unit in its last digit as written (None: no digits, exact).

    `figures` counts significant digits, trailing zeros of a whole number among them.
    """

    value: Fraction
    unit: Fraction | None = None
    figures: int = 0
    percent: bool = False


def number_of(text: str) -> Number | None:
    """The number that the whole text is; None where it is anything else."""
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    percent = _PERCENT.search(text)
    if percent:
        text = text[: percent.start()]
    number = _scientific(text) or _ratio(text)
    if number is None or not percent:
        return number
    return Number(number.value, number.unit, number.figures, percent=True)


def _scientific(text: str) -> Number | None:
    match = _SCIENTIFIC.fullmatch(text)
    if match is None:
        return None
    digits, tens = match["digits"], match["tens"] or match["tens2"] or match["tens3"]
    if (digits is None and tens is None) or bool(match["times"]) != bool(digits and tens):
        return None
    digits = digits.replace(",", "") if digits else "1"
    exponent = int(match["e"] or 0) + int((tens or "0").replace(" ", ""))
    if abs(exponent) > _LARGEST_EXPONENT:
        return None
    whole, _, decimals = digits.partition(".")
    scale = Fraction(10) ** exponent
    value = int(whole + decimals or "0") * Fraction(10) ** -len(decimals) * scale
    exact = match["digits"] is None  # a power of ten is one
    return Number(
        -value if match["sign"] == "-" else value,
        None if exact else Fraction(10) ** -len(decimals) * scale,
        0 if exact else len((whole + decimals).lstrip("0")),
    )


def _ratio(text: str) -> Number | None:
    match = _RATIO.fullmatch(text) or _SLASH.fullmatch(text)
    if match is None:
        return None
    groups = match.groupdict()
    top = Fraction(_plain(groups.get("top") or groups.get("top1") or "0"))
    bottom = Fraction(_plain(groups.get("bottom") or groups.get("bottom1") or "0"))
    if not bottom or (groups.get("whole") and groups.get("sign2")):
        return None
    value = top / bottom + int(groups.get("whole") or 0)
    negative = (match["sign"] == "-") != (groups.get("sign2") == "-")
    return Number(-value if negative else value)


def _plain(digits: str) -> str:
    return digits.replace(",", "").removesuffix(".")


# --------------------------------------------------------------------------------- agreement

EXACT = Fraction(0)
#: six digits: what is left of an irrational answer written as a decimal
SIX_DIGITS = Fraction(1, 10**6)
#: what the Qwen2.5-Math grader allows everywhere
FOUR_DIGITS = Fraction(1, 10**4)
_LEAST_FIGURES, _LEAST_ROUNDED = 2, 3


def close(gold: Fraction, value: Fraction, tolerance: Fraction) -> bool:
    """Whether the two differ by no more than the tolerance, relative to what is expected."""
    return abs(value - gold) <= tolerance * abs(gold)


def same_number(gold: Number, answer: Number, tolerance: Fraction) -> bool:
    """Whether an answer is the expected number, as a percentage or as a share.

    Two whole numbers or fractions must be equal; the tolerance is for decimals.
    """
    inexact = any(number.unit is not None and number.unit < 1 for number in (gold, answer))
    return any(
        close(gold.value, value, tolerance if inexact else EXACT) for value in _values(gold, answer)
    )


def same_measurement(gold: Number, answer: Number) -> bool:
    """Whether an answer is the expected measurement, up to how either is rounded.

    Right is what differs by one part in ten thousand, what rounds to the expected digits (at least
    two of them count), and what the expected number rounds to (three digits or more given). Halves
    are rounded away from zero.
    """
    return any(
        close(gold.value, value, FOUR_DIGITS)
        or _rounds_to(value, gold, _LEAST_FIGURES, pad=True)
        or (value == answer.value and _rounds_to(gold.value, answer, _LEAST_ROUNDED, pad=False))
        for value in _values(gold, answer)
    )


def _values(gold: Number, answer: Number) -> tuple[Fraction, ...]:
    """What the answer may mean: with one percent sign between the two, either reading."""
    if gold.percent == answer.percent:
        return (answer.value,)
    factor = Fraction(1, 100) if answer.percent else Fraction(100)
    return (answer.value, answer.value * factor)


def _rounds_to(value: Fraction, rounded: Number, figures: int, *, pad: bool) -> bool:
    """Whether a value, rounded to the digits of a number, is that number.

    A number with fewer figures counts as if it had them, or (without `pad`) not at all.
    """
    if rounded.unit is None or not rounded.value or (rounded.figures < figures and not pad):
        return False
    half = rounded.unit * Fraction(10) ** -max(0, figures - rounded.figures) / 2
    outwards = (value - rounded.value) * (1 if rounded.value > 0 else -1)
    return -half <= outwards < half
