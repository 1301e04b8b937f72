r"""A value beside its own rounding: ``\frac{14}{3} \approx 4.67``, ``14/3 or about 4.67``.

Both say one thing where the decimals round what stands on the left; then the left is the answer.
Where they do not, the answer says two things, and stays as it is. Runs in a worker process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import sympy

from lcbrb.grading.maths_answers.numbers import Number, number_of
from lcbrb.grading.maths_answers.splitting import APPROXIMATELY, split
from lcbrb.grading.maths_answers.structure import Formula, Several, Value, leaves, structure
from lcbrb.grading.maths_answers.units import with_plain_unit

_LEAST_FIGURES = 2
_LEAST_BESIDE = 3  # of a decimal among the sides of an equation
Constant: TypeAlias = Callable[[Value], sympy.Expr | None]


def exact_part(text: str, constant: Constant) -> str | None:
    """What stands beside its own rounding; None where that is not all there is."""
    parts = split(text, APPROXIMATELY)[::2]
    if len(parts) == 2 and all(parts):  # noqa: PLR2004 - a value and its rounding
        left, right = (list(leaves(structure(part))) for part in parts)
        return parts[0] if _all_round(left, right, constant) else None
    value = structure(text)
    if not isinstance(value, Several) or value.braces or value.commas or len(value.items) != 2:  # noqa: PLR2004
        return None
    first, second = (item.text if isinstance(item, Formula) else "" for item in value.items)
    for exact, rounded in ((first, second), (second, first)):
        if exact and not _decimal(exact) and _all_round([exact], [rounded], constant):
            return exact
    return None


def _all_round(exact: Sequence[str], decimals: Sequence[str], constant: Constant) -> bool:
    """Whether each decimal is the rounding of one of the values, of another one each."""
    left = [constant(Formula(with_plain_unit(text)[-1])) for text in exact]
    numbers = [_decimal(text) for text in decimals]
    if len(left) != len(numbers):
        return False
    for number in numbers:
        place = next((i for i, value in enumerate(left) if _rounds(value, number)), None)
        if place is None:
            return False
        del left[place]
    return True


def _decimal(text: str) -> Number | None:
    """The decimal that a text is, with or without a unit."""
    number = number_of(with_plain_unit(text)[-1])
    precise = number is not None and number.unit is not None and number.figures >= _LEAST_FIGURES
    return number if precise else None


def _rounds(value: sympy.Expr | None, number: Number | None) -> bool:
    if value is None or number is None or number.unit is None or not value.is_real:
        return False
    allowed = sympy.Rational(number.unit) * sympy.Rational(51, 100)
    return bool(abs(value - sympy.Rational(number.value)) <= allowed)


def is_rounded(value: sympy.Expr, text: str) -> bool:
    """Whether a text is a decimal that a value rounds to."""
    number = number_of(text)
    if number is None or number.unit is None or number.figures < _LEAST_BESIDE:
        return False
    return bool(abs(value - sympy.Rational(number.value)) <= sympy.Rational(number.unit) / 2)
