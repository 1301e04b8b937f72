"""Whether two answers are the same: compared structure by structure, formulas by `formulas`.

A name is dropped where the other side has none; two names must be one. A list or set is equal to
one with the same values and no others, in any order; a pair, vector or interval to one with the
same brackets and the same values in their order. Runs in a worker process.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import sympy

from lcbrb.grading.maths_answers import formulas
from lcbrb.grading.maths_answers.approximations import exact_part, is_rounded
from lcbrb.grading.maths_answers.bases import in_base, same_based
from lcbrb.grading.maths_answers.forms import TEXT, canonical, is_text, other_words
from lcbrb.grading.maths_answers.intervals import same_set
from lcbrb.grading.maths_answers.names import is_name, letters, names_a_value
from lcbrb.grading.maths_answers.notation import column, letter_cases, renamed
from lcbrb.grading.maths_answers.numbers import number_of
from lcbrb.grading.maths_answers.rules import Rules
from lcbrb.grading.maths_answers.structure import (
    Bracketed,
    Equation,
    Formula,
    Inequalities,
    Inequality,
    Named,
    Several,
    Value,
    leaves,
    single,
    structure,
    turned,
)
from lcbrb.grading.maths_answers.units import with_plain_unit, without_text_unit

_MOST_VALUES = 64  # of a list that is compared value by value
_LOG = re.compile(r"\\log(?!\s*_)(?![a-z])")
_CAPITALS = re.compile(r"[A-Z]{2,}")
_POINTS = re.compile(r"(?:\\(angle|overline|overleftrightarrow)\{?)?([A-Z]{2,})\}?")
_TWO_POINTS = 2


def same(
    gold: str, answer: str, rules: Rules, *, asked: Collection[str] = (), voting: bool = False
) -> bool:
    """Whether an answer is equivalent to what is expected.

    Args:
        gold: the expected answer, tidied.
        answer: the model's, tidied.
        rules: what counts as the same.
        asked: the letters of which the statement speaks; x is always one.
        voting: both are a model's: the same where either is as the other one is expected to be.
    """
    expected, given = structure(gold), structure(answer)
    cases = letter_cases(leaves(expected), leaves(given))
    comparison = _Comparison(rules=rules, cases=cases, asked=asked, voting=voting)
    if comparison.same(expected, given) or (voting and comparison.same(given, expected)):
        return True
    exact = exact_part(answer, comparison.constant)
    return exact is not None and comparison.same(expected, structure(exact))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    """Two answers, compared by rules; `cases` tell capital letters from small ones."""

    rules: Rules
    cases: Mapping[str, str] = field(default_factory=dict)
    asked: Collection[str] = ()
    voting: bool = False

    def same(self, gold: Value, answer: Value) -> bool:
        """Whether two structures are equal."""
        if isinstance(gold, Named | Equation):
            return self._same_equation(gold, answer)
        if isinstance(answer, Named):
            return self.same(gold, answer.value)
        if isinstance(answer, Equation):
            if isinstance(gold, Formula):
                return self._last_side(gold, answer)
            first, *_, last = answer.sides
            return names_a_value(first) and self.same(gold, structure(last))
        return self._same_value(single(gold), single(answer))

    def _same_value(self, gold: Value, answer: Value) -> bool:
        if isinstance(gold, Formula) and isinstance(answer, Formula):
            return self.same_formula(gold.text, answer.text)
        if isinstance(gold, Several) and isinstance(answer, Several):
            return self._same_list(gold, answer)
        if isinstance(gold, Bracketed) and isinstance(answer, Bracketed):
            sides = (gold.left, gold.right) == (answer.left, answer.right)
            return sides and self._all_same(gold.items, answer.items)
        if isinstance(gold, Bracketed) and isinstance(answer, Several):
            return self._is_point(gold, answer) and self._all_same(gold.items, answer.items)
        if isinstance(gold, Several) and isinstance(answer, Bracketed):
            point = _in_order(gold) and (answer.left, answer.right) == ("(", ")")
            return point and self._all_same(gold.items, answer.items)
        if (
            isinstance(gold, Inequality)
            and isinstance(answer, Inequality)
            and self._ordered(gold, answer)
        ):
            return True
        vectors = [self._vector(value) for value in (gold, answer)]
        if all(vectors):
            return self._all_same(*vectors)
        if isinstance(gold, Formula) and isinstance(answer, Several):
            return self._says_one_value(gold, answer)
        if isinstance(gold, Formula) and isinstance(answer, Formula):
            return False
        return same_set(gold, answer, self.constant, self._speaks_of(gold, answer))

    def _speaks_of(self, gold: Value, answer: Value) -> Collection[str] | None:
        """The letters of which inequalities may speak where no letter is expected; None: any."""
        speaks = isinstance(gold, Inequality | Inequalities) or not isinstance(
            answer, Inequality | Inequalities
        )
        return None if speaks or self.voting else {"x", *self.asked}

    def _same_list(self, gold: Several, answer: Several) -> bool:
        if max(len(gold.items), len(answer.items)) > _MOST_VALUES:
            return False
        wanted, given = self._distinct(gold.items), self._distinct(answer.items)
        if _in_order(gold) and not any(isinstance(value, Named) for value in answer.items):
            return not answer.braces and self._all_same(gold.items, answer.items)
        if _in_order(answer, indexed=False) and not any(
            isinstance(value, Named) for value in gold.items
        ):
            return self._all_same(gold.items, answer.items)
        if len(wanted) != len(given):
            return False
        for value in wanted:
            place = next((i for i, item in enumerate(given) if self.same(value, item)), None)
            if place is None:
                return False
            del given[place]
        return True

    def _says_one_value(self, gold: Formula, answer: Several) -> bool:
        """Whether all values of a list are one, and the expected one: ``1/2 or 0.5``."""
        if answer.braces or len(answer.items) > _MOST_VALUES:
            return False
        values = self._distinct(answer.items)
        return len(values) == 1 and self.same(gold, values[0])

    def _distinct(self, values: Sequence[Value]) -> list[Value]:
        kept: list[Value] = []
        for value in values:
            if not any(value == known or self.same(known, value) for known in kept):
                kept.append(value)
        return kept

    def _all_same(self, golds: Sequence[Value], answers: Sequence[Value]) -> bool:
        return len(golds) == len(answers) and all(map(self.same, golds, answers))

    def _is_point(self, gold: Bracketed, answer: Several) -> bool:
        """Whether a list may be a point without its brackets: an interval can't be meant by either.

        ``15, -29`` may, and ``x = 2, y = 4``; ``2, 4`` beside ``(2,4)`` may not.
        """
        if (gold.left, gold.right) != ("(", ")") or answer.braces or not answer.commas:
            return False
        names = {letters(item.name) for item in answer.items if isinstance(item, Named)}
        if len(names) == len(answer.items):
            return True
        if names:
            return False
        bounds = [self.constant(item) for item in gold.items]
        known = [bound for bound in bounds if bound is not None and bound.is_real]
        if len(bounds) == 2:  # noqa: PLR2004 - a pair
            return len(known) == len(bounds) and bool(known[0] > known[1])
        return True

    def _ordered(self, gold: Inequality, answer: Inequality) -> bool:
        """Whether two inequalities say the same of the same difference."""
        expected, given = turned(gold), turned(answer)
        if expected is None or given is None or expected[2] != given[2]:
            return False
        return formulas.same_difference(self._renamed(expected[:2]), self._renamed(given[:2]))

    def _vector(self, value: Value) -> tuple[Value, ...]:
        """The values of a point, or of a matrix of one column; none of anything else."""
        if isinstance(value, Bracketed) and (value.left, value.right) == ("(", ")"):
            return value.items
        return tuple(map(Formula, column(value.text))) if isinstance(value, Formula) else ()

    # ------------------------------------------------------------------------- equations

    def _same_equation(self, gold: Named | Equation, answer: Value) -> bool:
        if isinstance(gold, Named):
            if isinstance(answer, Named):
                if _same_name(gold.name, answer.name) and self.same(gold.value, answer.value):
                    return True
            elif isinstance(answer, Equation) and isinstance(gold.value, Formula):
                if _same_name(gold.name, answer.sides[0]) and self._last_side(gold.value, answer):
                    return True
            elif isinstance(answer, Inequality | Inequalities):
                return same_set(gold.value, answer, self.constant, {letters(gold.name)})
            elif not isinstance(answer, Equation) and self.same(gold.value, answer):
                return True
        expected, given = _sides(gold), _sides(answer)
        if expected is None or given is None:
            return False
        if all(map(_CAPITALS.fullmatch, map(_plain, expected))):  # names of quantities, no products
            return {*map(_plain, expected)} == {*map(_plain, given)}
        return formulas.same_equation(
            self._renamed(expected), self._renamed(given), scaled=self.rules.scaled
        )

    def _renamed(self, sides: tuple[str, str]) -> tuple[str, str]:
        left, right = sides
        return renamed(left, self.cases), renamed(right, self.cases)

    def _last_side(self, gold: Formula, answer: Equation) -> bool:
        """Whether the value of ``m + n = 73`` or ``x = 36 + 37 = 73`` is the expected one.

        Numbers among the sides must be equal, or roundings of it.
        """
        first, *between, last = answer.sides
        numbers = [side for side in (first, *between) if self._is_number(side)]
        if first not in numbers and (last == "0" or not names_a_value(first)):
            return False
        candidates = [*numbers, last]
        if _in_units(candidates):
            return self.same_formula(gold.text, last)
        rest = [side for side in candidates if not self.same_formula(gold.text, side)]
        if len(rest) == len(candidates):
            return False
        value = self.constant(gold)
        return not rest or (value is not None and all(is_rounded(value, side) for side in rest))

    def _is_number(self, side: str) -> bool:
        return any(number_of(reading) is not None for reading in with_plain_unit(side)) or (
            formulas.constant(side) is not None
        )

    # -------------------------------------------------------------------------- formulas

    def same_formula(self, gold: str, answer: str) -> bool:
        """Whether two formulas are equal, with or without units."""
        golds = with_plain_unit(gold) if self.voting else (gold, without_text_unit(gold))
        pairs = [
            (form, other) for other in with_plain_unit(answer) for form in dict.fromkeys(golds)
        ]
        if any(canonical(form) == canonical(other) for form, other in pairs):
            return True
        if is_text(gold) or (self.voting and is_text(answer)) or other_words(gold, answer):
            return False
        if in_base(gold) or in_base(answer):
            return same_based(gold, answer)
        points = [_POINTS.fullmatch(_plain(text)) for text in (gold, answer)]
        if points[0] and points[1]:
            return _same_points(points[0], points[1])
        numbers = [(number_of(form), number_of(other)) for form, other in pairs]
        if any(form and other and self.rules.agree(form, other) for form, other in numbers):
            return True
        if numbers[-1][0] is not None and numbers[-1][1] is not None:
            return False
        return any(self._equivalent(form, other) for form, other in pairs)

    def _equivalent(self, gold: str, answer: str) -> bool:
        first, second = (renamed(text, self.cases) for text in (gold, answer))
        if formulas.same_formula(first, second, self.rules):
            return True
        if r"\log" in second and r"\ln" in first:
            return formulas.same_formula(first, _LOG.sub(r"\\ln", second), self.rules)
        return False

    def constant(self, value: Value) -> sympy.Expr | None:
        """The value of a formula without letters and units."""
        if not isinstance(value, Formula):
            return None
        return formulas.constant(renamed(without_text_unit(value.text), self.cases))


def _sides(value: Value) -> tuple[str, str] | None:
    """The two sides of an equation."""
    if isinstance(value, Named):
        return (value.name, value.value.text) if isinstance(value.value, Formula) else None
    if isinstance(value, Equation) and len(value.sides) == 2:  # noqa: PLR2004 - two sides
        return value.sides[0], value.sides[1]
    return None


def _in_order(values: Several, *, indexed: bool = True) -> bool:
    """Whether values have names, so that it matters which is which: ``a = 1, b = 2``.

    Without `indexed`, ``x_1`` and ``x_2`` are one name, as roots are called.
    """
    names = {letters(value.name) for value in values.items if isinstance(value, Named)}
    return len(names if indexed else {name.rstrip("0123456789") for name in names}) > 1


def _same_name(name: str, other: str) -> bool:
    return is_name(other) and letters(name) == letters(other)


def _same_points(gold: re.Match[str], answer: re.Match[str]) -> bool:
    """Whether capitals in a row name the same: ``ABC`` is an order or an angle, and no product."""
    backwards = bool(gold[1] or answer[1]) or len(gold[2]) == _TWO_POINTS
    return answer[2] in {gold[2], gold[2][::-1] if backwards else gold[2]}


def _in_units(sides: Sequence[str]) -> bool:
    """Whether numbers are told in several units, so that they need not be equal: 1 m = 100 cm."""
    units = [side.removeprefix(with_plain_unit(side)[-1]).strip() for side in sides]
    return any("circ" in unit for unit in units) or (all(units) and len(set(units)) > 1)


def _plain(side: str) -> str:
    """A side of an equation without marks of text and white space."""
    return re.sub(r"\s", "", TEXT.sub(r"\1", side))
