r"""Sets of numbers: intervals, unions, inequalities of one letter, ``\mathbb{R}``.

Two are the same where they hold the same numbers: ``x \le 2`` and ``(-\infty, 2]``. Runs in a
worker process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import reduce
from typing import TypeAlias

import sympy

from lcbrb.grading.maths_answers.names import is_name, letters
from lcbrb.grading.maths_answers.structure import (
    Bracketed,
    Formula,
    Inequalities,
    Inequality,
    Several,
    Union,
    Value,
)

Constant: TypeAlias = Callable[[Value], sympy.Expr | None]
_REALS = re.compile(r"\\(?:mathbb|Reals|bf|mathbf)\s*\{?\s*R\s*\}?|\\R(?:eals)?")
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "!=": "!="}


def same_set(
    gold: Value, answer: Value, constant: Constant, names: Collection[str] | None = None
) -> bool:
    """Whether two structures are sets of the same real numbers.

    `names` are the letters of which inequalities may speak; None: any.
    """
    letters_used: set[str] = set()
    expected = _set(gold, constant, letters_used)
    given = _set(answer, constant, letters_used)
    if expected is None or given is None or len(letters_used) > 1:
        return False
    if names is not None and not letters_used <= {*names}:
        return False
    return bool(expected == given or expected.symmetric_difference(given) == sympy.S.EmptySet)


def _set(value: Value, constant: Constant, names: set[str]) -> sympy.Set | None:
    """The set that a structure is, and the letters of its inequalities in `names`."""
    if isinstance(value, Formula):
        if _REALS.fullmatch(value.text):
            return sympy.S.Reals
        return sympy.S.EmptySet if value.text == "\\emptyset" else None
    if isinstance(value, Bracketed):
        return _interval(value, constant)
    if isinstance(value, Several):
        items = [constant(item) for item in value.items]
        return (
            sympy.FiniteSet(*items) if value.braces and all(i is not None for i in items) else None
        )
    if isinstance(value, Inequality):
        return _range(value, constant, names)
    if isinstance(value, Union | Inequalities):
        sets = [_set(part, constant, names) for part in value.parts]
        known = [part for part in sets if part is not None]
        if len(known) < len(sets):
            return None
        if isinstance(value, Inequalities):
            return reduce(sympy.Intersection, known) if value.every else sympy.Union(*known)
        first, *others = known
        return (
            sympy.Complement(first, sympy.Union(*others)) if value.without else sympy.Union(*known)
        )
    return None


def _interval(value: Bracketed, constant: Constant) -> sympy.Set | None:
    bounds = [constant(item) for item in value.items]
    if len(bounds) != 2:  # noqa: PLR2004 - an interval has two bounds
        return None
    low, high = bounds
    if low is None or high is None or not low.is_extended_real or not high.is_extended_real:
        return None
    if not low < high:
        return None
    if (low == -sympy.oo and value.left == "[") or (high == sympy.oo and value.right == "]"):
        return None  # infinity is no number that a set could hold
    return sympy.Interval(low, high, left_open=value.left == "(", right_open=value.right == ")")


def _range(value: Inequality, constant: Constant, names: set[str]) -> sympy.Set | None:
    r"""The numbers of which an inequality holds: of ``3 < x``, ``x \le 4`` or ``3 < x \le 4``."""
    bounds = [constant(Formula(side)) for side in value.sides]
    places = [place for place, bound in enumerate(bounds) if bound is None]
    if len(places) != 1 or not is_name(value.sides[places[0]]):
        return None
    place = places[0]
    names.add(letters(value.sides[place]))
    inside: sympy.Set = sympy.S.Reals
    for index, sign in enumerate(value.signs):
        if place not in (index, index + 1):
            return None
        other = bounds[index + 1] if index == place else bounds[index]
        held = _held(sign if index == place else _TURNED[sign], other)
        inside = sympy.Intersection(inside, held)
    return inside


def _held(sign: str, bound: sympy.Expr | None) -> sympy.Set:
    """The numbers that stand in a relation to a bound: less than it, and so on."""
    if bound is None or not bound.is_extended_real:
        return sympy.S.EmptySet
    if sign == "!=":
        return sympy.Complement(sympy.S.Reals, sympy.FiniteSet(bound))
    if sign in ("<", "<="):
        return sympy.Interval(-sympy.oo, bound, right_open=sign == "<")
    return sympy.Interval(bound, sympy.oo, left_open=sign == ">")
