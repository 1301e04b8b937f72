r"""Whether two formulas in LaTeX are the same mathematics. Runs in a worker process only.

- Constants are compared by relative difference, at any magnitude; of decimals, that difference may
  be as large as the rules say. Without decimals the difference itself has to vanish, so that
  ``2^{100} - 1`` and ``2^{100}`` differ.
- Formulas with letters are compared at random points, which is faster than algebra and finds more;
  an unknown function (``u(t)``) is some smooth function of its argument. Letters are positive
  there, as they mostly are; where a text has bars (``|x|``) they are negative too.
- The parser takes ``V`` and ``v`` for one letter, so that ``V/v`` would equal 1. Where an answer
  uses both cases of a letter, they are told apart; ``C`` in one answer and ``c`` in the other stay
  alike.
- Where a number is expected, a formula with unknowns, sines or logarithms is no answer, though its
  value be right: ``tan 100 + 4 sin 100`` is the question over again.
- The constants of a general solution (``C_1``, ``C_2``) may be numbered in any order.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import permutations
from random import Random

import sympy
from sympy.core.function import AppliedUndef

from lcbrb.grading.maths_answers.notation import has_derivative, plain_derivatives, prepared
from lcbrb.grading.maths_answers.numbers import Number, number_of
from lcbrb.grading.maths_answers.parser import Parsed, parsed
from lcbrb.grading.maths_answers.rules import Rules

_DIGITS, _EXACT = 40, sympy.Float("1e-25", 40)
_ROUNDED = sympy.Float("1e-12", 40)  # what a decimal in a formula may have lost
_MOST_DIGITS = 400  # that are tried to tell a difference from zero
_LARGEST_EXPONENT = 10_000  # of a power that is worked out exactly
_BARS = re.compile(r"\||\\[lr]?vert(?![a-zA-Z])|\\(?:abs|mid)(?![a-zA-Z])")
_CONSTANT = re.compile(r"c_\{?\d\}?", re.IGNORECASE)
_MOST_CONSTANTS = 4
_POINTS = 4
_LIMITS = (sympy.Sum, sympy.Product, sympy.Integral, sympy.Limit)
_FUNCTIONS = (
    sympy.functions.elementary.trigonometric.TrigonometricFunction,
    sympy.functions.elementary.trigonometric.InverseTrigonometricFunction,
    sympy.functions.elementary.hyperbolic.HyperbolicFunction,
    sympy.log,
    sympy.exp,
    *_LIMITS,
)


def same_formula(gold: str, answer: str, rules: Rules) -> bool:
    """Whether two formulas, numbers or matrices are equal."""
    expected, given = parsed(gold), parsed(answer)
    if expected is None or given is None:
        return False
    decimal = _has_decimal(expected) or _has_decimal(given)
    if isinstance(expected, sympy.MatrixBase) or isinstance(given, sympy.MatrixBase):
        return _same_matrix(expected, given, rules, decimal=decimal)
    if _restated(expected, given):
        return False
    if _is_constant(expected) and _is_constant(given):
        return _same_constant(number_of(gold), expected, given, rules, decimal=decimal)
    signed = has_bars(gold, answer)
    return same_expression(expected, given, signed=signed) or _same_but_for_constants(
        expected, given, signed=signed
    )


def has_bars(*texts: str) -> bool:
    """Whether a size is asked for, so that signs of letters matter."""
    return any(map(_BARS.search, texts))


def _same_matrix(expected: Parsed, given: Parsed, rules: Rules, *, decimal: bool) -> bool:
    if not (isinstance(expected, sympy.MatrixBase) and isinstance(given, sympy.MatrixBase)):
        return False
    if expected.shape != given.shape:
        return False
    return all(
        _same_constant(None, gold, answer, rules, decimal=decimal)
        if _is_constant(gold) and _is_constant(answer)
        else same_expression(gold, answer)
        for gold, answer in zip(expected.flat(), given.flat(), strict=True)
    )


def _has_decimal(parsed_formula: Parsed) -> bool:
    return bool(parsed_formula.has(sympy.Float))


def _restated(expected: sympy.Expr, given: sympy.Expr) -> bool:
    """Whether a plain number is expected, and unknowns or functions (``tan 100``) are given."""
    if not expected.is_number or expected.has(*_FUNCTIONS):
        return False
    return bool(given.free_symbols) or given.has(*_FUNCTIONS)


# ------------------------------------------------------------------------------- constants


def _is_constant(formula: sympy.Expr) -> bool:
    return bool(formula.is_number) and not formula.has(AppliedUndef)


def constant(text: str) -> sympy.Expr | None:
    """The value of a text that is a formula without letters, to many digits, or infinity."""
    formula = parsed(text)
    if not isinstance(formula, sympy.Expr) or not _is_constant(formula):
        return None
    return _value(formula)


@lru_cache(maxsize=4096)
def _value(formula: sympy.Expr) -> sympy.Expr | None:
    """A constant's value; a part of it that can't be told from zero is zero."""
    if formula in (sympy.oo, -sympy.oo):
        return formula
    value = sympy.N(formula.doit(), _DIGITS, maxn=_MOST_DIGITS)
    if not value.is_number or value.has(sympy.nan, sympy.oo, sympy.zoo, -sympy.oo):
        return None
    real, imaginary = (_sure(part) for part in value.as_real_imag())
    return real + sympy.I * imaginary


def _sure(part: sympy.Expr) -> sympy.Expr:
    """A real number; zero where none of its digits is sure."""
    unsure = any(number._prec <= 1 for number in part.atoms(sympy.Float))  # noqa: SLF001 - no other way to ask
    return sympy.S.Zero if unsure else part


def _vanishes(difference: sympy.Expr) -> bool:
    """Whether a constant without decimals is zero, as far as so many digits can tell.

    Limits and sums that can't be worked out are not asked for so many: each digit takes its time.
    """
    difference = difference.doit()
    return bool(difference.has(*_LIMITS)) or not _value(difference)


def _same_constant(
    number: Number | None,
    expected: sympy.Expr,
    given: sympy.Expr,
    rules: Rules,
    *,
    decimal: bool,
) -> bool:
    gold, answer = _value(expected), _value(given)
    if gold is None or answer is None:
        return False
    if not gold.is_finite or not answer.is_finite or not gold or not answer:
        return bool(gold == answer)
    if rules.measured and number is not None and answer.is_real:
        return rules.agree(number, Number(Fraction(str(sympy.N(answer, 30)))))
    allowed = sympy.Float(str(float(rules.tolerance))) if decimal else _EXACT
    near = bool(abs(gold - answer) <= abs(gold) * allowed)
    return near and (decimal or _vanishes(expected - given))


# -------------------------------------------------------------------------------- formulas


def same_expression(gold: sympy.Expr, answer: sympy.Expr, *, signed: bool = False) -> bool:
    """Whether two expressions agree at random points, or by algebra where they have no values.

    Agreement to many digits at several points settles it: it is how identities are tested (Schwartz
    1980 for polynomials). `signed`: also where letters are negative, as far as both are real there.
    """
    informative = 0
    allowed = _ROUNDED if gold.has(sympy.Float) or answer.has(sympy.Float) else _EXACT
    for values in points([gold, answer], signed=signed):
        if values is None:
            continue
        informative += 1
        value, other = values
        if not abs(value - other) <= allowed * max(abs(value), abs(other)):
            return False
    if not informative:
        return bool(sympy.simplify(gold - answer) == 0)
    return allowed is not _EXACT or _vanishes_at_a_fraction(gold - answer)


def _vanishes_at_a_fraction(difference: sympy.Expr) -> bool:
    """Whether a difference without decimals is zero where its letters are fractions, or unknown."""
    powers = difference.atoms(sympy.Pow)
    if any(power.exp.is_Integer and abs(power.exp) > _LARGEST_EXPONENT for power in powers):
        return True
    draw = Random(0)
    letters = sorted(difference.free_symbols, key=str)
    point = {letter: sympy.Rational(draw.randint(31, 269), 100) for letter in letters}
    try:
        value = difference.subs(point)
        return not _is_constant(value) or _vanishes(value)
    except (TypeError, ValueError, OverflowError, AttributeError):
        return True


def points(
    formulas: list[sympy.Expr], *, signed: bool = False
) -> Iterator[list[sympy.Expr] | None]:
    """The values of formulas at random points, the same for all; None where one has no value.

    With `signed` there are points with negative letters too, of which those count at which all are
    real.
    """
    used = {symbol for formula in formulas for symbol in formula.free_symbols}
    letters = tuple(sorted(used, key=str))
    for place in range(_POINTS):
        values = [value for side in formulas if (value := _at(side, letters, place)) is not None]
        yield values if len(values) == len(formulas) else None
    for place in range(_POINTS, 2 * _POINTS if signed else _POINTS):
        values = [value for side in formulas if (value := _at(side, letters, place)) is not None]
        real = len(values) == len(formulas) and all(value.is_real for value in values)
        yield values if real else None


@lru_cache(maxsize=256)
def _point(letters: tuple[sympy.Symbol, ...], place: int) -> Mapping[sympy.Symbol, sympy.Expr]:
    draw = Random(place)
    signs = (1,) if place < _POINTS else (-1, 1) if place % 2 else (-1,)
    return {
        letter: sympy.Float(draw.choice(signs) * draw.uniform(0.3, 2.7), _DIGITS)
        for letter in letters
    }


@lru_cache(maxsize=16384)
def _at(formula: sympy.Expr, letters: tuple[sympy.Symbol, ...], place: int) -> sympy.Expr | None:
    """A formula's value at a point; None where it has none, or an operation that is not known."""
    try:
        value = formula.subs(_point(letters, place))
        while unknown := value.atoms(AppliedUndef):
            inner = [call for call in unknown if not any(a.has(AppliedUndef) for a in call.args)]
            value = value.xreplace({call: _some_function(call) for call in inner})
        value = sympy.N(value, _DIGITS)
    except (TypeError, ValueError, OverflowError, AttributeError):
        return None
    if not value.is_number or value.has(sympy.nan, sympy.oo, sympy.zoo, -sympy.oo):
        return None
    return value


def _some_function(call: AppliedUndef) -> sympy.Expr:
    """A value for an unknown function, which depends on its name and its arguments smoothly."""
    draw = Random(zlib.crc32(call.func.__name__.encode()))
    angle = sum(
        (draw.uniform(0.5, 1.5) * argument for argument in call.args), sympy.Float(draw.random())
    )
    return sympy.N(2 + sympy.cos(angle), _DIGITS)


def _same_but_for_constants(expected: sympy.Expr, given: sympy.Expr, *, signed: bool) -> bool:
    """Whether some numbering of the arbitrary constants makes two general solutions one."""
    theirs, ours = (
        sorted((s for s in side.free_symbols if _CONSTANT.fullmatch(s.name)), key=str)
        for side in (expected, given)
    )
    if theirs != ours or not 1 < len(ours) <= _MOST_CONSTANTS:
        return False
    return any(
        same_expression(
            expected, given.xreplace(dict(zip(ours, order, strict=True))), signed=signed
        )
        for order in permutations(theirs)
    )


# ------------------------------------------------------------------------------- equations


def same_difference(gold: tuple[str, str], answer: tuple[str, str]) -> bool:
    """Whether two formulas differ by as much as two others."""
    sides = [side for text in (*gold, *answer) if isinstance(side := parsed(text), sympy.Expr)]
    if len(sides) < len((*gold, *answer)):
        return False
    first, second, third, fourth = sides
    signed = has_bars(*gold, *answer)
    return same_expression(first - second, third - fourth, signed=signed)


def same_equation(gold: tuple[str, str], answer: tuple[str, str], *, scaled: bool) -> bool:
    """Whether two equations are one: the same up to sign, or (`scaled`) up to a factor."""
    texts = [prepared(side) for side in (*gold, *answer)]
    if any(map(has_derivative, texts)):
        texts = [plain_derivatives(text) for text in texts]
    sides = [side for text in texts if isinstance(side := parsed(text), sympy.Expr)]
    if len(sides) < len(texts):
        return False
    first, second, third, fourth = sides
    expected, given = first - second, third - fourth
    values = [pair for pair in points([expected, given]) if pair is not None]
    if not values or all(not pair[0] for pair in values) or all(not pair[1] for pair in values):
        return False
    signed = has_bars(*texts)
    if any(same_expression(expected, side, signed=signed) for side in (given, -given)):
        return True
    if not scaled:
        return False
    factor = sympy.simplify(expected / given)
    unknowns = {symbol for symbol in expected.free_symbols if "dot" in symbol.name}
    names = {unknown.name.split("dot")[0] for unknown in unknowns}
    own = {symbol.name for symbol in factor.free_symbols}
    return bool(factor.is_number or (unknowns and not own & (names | {u.name for u in unknowns})))
