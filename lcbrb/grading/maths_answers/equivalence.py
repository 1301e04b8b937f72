r"""Whether two answers in LaTeX are the same mathematics. Runs in a worker process only.

The comparison is math-verify's (github.com/huggingface/Math-Verify, 0.9), with these differences:

- Constants are compared by relative difference. math-verify rounds to six decimals, where ``1e-8``
  and ``2e-8`` are one number.
- Its parser takes ``V`` and ``v`` for one letter, so that ``V/v`` would equal 1. Where an answer
  uses both cases of a letter, they are told apart; ``C`` in one answer and ``c`` in the other stay
  alike.
- Equations are the same up to sign, or (`scaled`) up to a factor; math-verify also solves them, and
  takes any two with the same solutions.
- Where a number is expected, a formula with unknowns, sines or logarithms is no answer, though its
  value be right: ``tan 100 + 4 sin 100`` is the question over again.
- Formulas are first compared at random points, which is faster than algebra and finds more.
- The constants of a general solution (``C_1``, ``C_2``) may be numbered in any order.

Nothing here evaluates text as Python: only LaTeX grammars are used, and SymPy's own parser, which
calls ``eval``, is switched off.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from itertools import permutations
from random import Random
from typing import TypeAlias

import sympy
import sympy.physics.units  # made of text; loaded before text is refused
from latex2sympy2_extended import NormalizationConfig
from math_verify import LatexExtractionConfig, parse, verify
from sympy.parsing import sympy_parser

from lcbrb.grading.maths_answers.notation import (
    as_tuple,
    balanced,
    is_column,
    plain_derivatives,
    prepared,
    told_apart,
)

logging.getLogger("math_verify").setLevel(logging.CRITICAL)

_CONFIG = [
    LatexExtractionConfig(
        normalization_config=NormalizationConfig(
            basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="last"
        )
    )
]
_DIGITS = 30
_EXACT, _ZERO = sympy.Float("1e-15"), sympy.Float("1e-12")
_CONSTANT = re.compile(r"c_\{?\d\}?", re.IGNORECASE)
_MOST_CONSTANTS = 4
_POINTS, _AGREE = 4, 1e-12
_FUNCTIONS = (
    sympy.functions.elementary.trigonometric.TrigonometricFunction,
    sympy.functions.elementary.trigonometric.InverseTrigonometricFunction,
    sympy.functions.elementary.hyperbolic.HyperbolicFunction,
    sympy.log,
    sympy.exp,
    sympy.Sum,
    sympy.Product,
    sympy.Integral,
    sympy.Limit,
)
_LITERAL = re.compile(r"(?P<sign>-?)(?P<kind>Integer|Float|Symbol) \('?(?P<value>[\w.+-]+)'? ?\)")


#: what the parser makes of an answer; dense matrices are no `Basic`
Parsed: TypeAlias = sympy.Basic | sympy.MatrixBase


def forbid_eval() -> None:
    """Make SymPy's text parser read number literals and names, and refuse all else.

    The grammar's own numbers pass through it: ``Number("2")`` would be evaluated as Python.
    """
    sympy_parser.eval_expr = _literal


def _literal(code: str, *_: object) -> sympy.Expr:
    match = _LITERAL.fullmatch(code.strip())
    if match is None:
        raise ValueError("text is never evaluated here")
    kind, value = match["kind"], match["value"]
    made = {"Integer": sympy.Integer, "Float": sympy.Float, "Symbol": sympy.Symbol}[kind](value)
    return -made if match["sign"] else made


def same(gold: str, answer: str, *, tolerance: float, scaled: bool) -> bool:
    """Whether an answer is equivalent to what is expected.

    Args:
        gold: the expected answer, tidied LaTeX.
        answer: the model's.
        tolerance: relative, where one of the two is a decimal.
        scaled: equations that differ by a factor are the same.
    """
    attempts = [(gold, answer)]
    if is_column(gold) != is_column(answer):
        attempts.append((as_tuple(gold), as_tuple(answer)))
    if r"\log" in answer and r"\ln" in gold:
        attempts.append((gold, re.sub(r"\\log(?!\s*_)(?![a-z])", r"\\ln", answer)))
    return any(_same(*pair, tolerance=tolerance, scaled=scaled) for pair in attempts)


def _same(gold: str, answer: str, *, tolerance: float, scaled: bool) -> bool:
    gold, answer = told_apart(
        plain_derivatives(prepared(gold)), plain_derivatives(prepared(answer))
    )
    expected, given = _parsed(gold), _parsed(answer)
    if expected is None or given is None:
        return False
    if _restated(expected, given):
        return False
    settled = _same_constant(expected, given, tolerance)
    if settled is not None:
        return settled
    if isinstance(expected, sympy.Eq) and isinstance(given, sympy.Eq):
        return _same_equation(expected, given, scaled=scaled)
    agree = _agree_at_points(expected, given)
    if agree is False:
        return _same_but_for_constants(expected, given)
    return agree or verify(expected, given, timeout_seconds=None, allow_set_relation_comp=True)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Parsed | None:
    if not balanced(text):
        return None
    found = parse(rf"\boxed{{{text}}}", _CONFIG, parsing_timeout=None, fallback_mode="no_fallback")
    if not found or not isinstance(found[0], sympy.Basic | sympy.MatrixBase):
        return None
    # the parser guesses from the text whether letters are real: both sides must get one guess
    names = {
        one: sympy.I if one.name == "i" else sympy.Symbol(one.name, real=True)
        for one in found[0].free_symbols
    }
    return found[0].xreplace(names)


# ------------------------------------------------------------------------------- comparisons


def _restated(expected: Parsed, given: Parsed) -> bool:
    """Whether a plain number is expected, and unknowns or functions (``tan 100``) are given."""
    if not (isinstance(expected, sympy.Expr) and isinstance(given, sympy.Expr)):
        return False
    if not expected.is_number or expected.has(*_FUNCTIONS):
        return False
    return bool(given.free_symbols) or given.has(*_FUNCTIONS)


def _agree_at_points(expected: Parsed, given: Parsed) -> bool | None:
    """Whether two formulas in the same letters agree at random points; None: can't be told.

    A difference settles the matter faster than algebra does. Agreement to 15 digits at several
    points settles it too: it is how identities are tested (Schwartz 1980 for polynomials).
    """
    if not (isinstance(expected, sympy.Expr) and isinstance(given, sympy.Expr)):
        return None
    letters = sorted(expected.free_symbols | given.free_symbols, key=str)
    if expected.free_symbols != given.free_symbols or not letters:
        return None
    draw = Random(0)
    for _ in range(_POINTS):
        point = {one: sympy.Float(draw.uniform(0.3, 2.7), _DIGITS) for one in letters}
        try:
            gold, answer = (complex(sympy.N(one.subs(point), _DIGITS)) for one in (expected, given))
        except (TypeError, ValueError, OverflowError, AttributeError):
            return None  # an unknown function, or no number there
        if not abs(gold - answer) <= _AGREE * max(abs(gold), abs(answer)):
            return False
    return True


def _same_constant(expected: Parsed, given: Parsed, tolerance: float) -> bool | None:
    """Whether two constants are equal; None where they are not both constants."""
    values = []
    for one in (expected, given):
        if not isinstance(one, sympy.Expr) or not one.is_number:
            return None
        value = sympy.N(one, _DIGITS)
        if not value.is_number or value.has(sympy.nan, sympy.oo, sympy.zoo, -sympy.oo):
            return None
        values.append(value)
    gold, answer = values
    decimal = any(one.has(sympy.Float) for one in (expected, given))
    size = abs(gold)
    allowed = size * (sympy.Float(tolerance) if decimal else _EXACT) if size > _ZERO**2 else _ZERO
    try:
        return bool(abs(gold - answer) <= allowed)
    except TypeError:  # something without a value
        return None


def _same_equation(expected: sympy.Eq, given: sympy.Eq, *, scaled: bool) -> bool:
    gold, answer = (sympy.simplify(one.lhs - one.rhs) for one in (expected, given))
    if gold == answer or sympy.simplify(gold - answer) == 0 or sympy.simplify(gold + answer) == 0:
        return True
    if not scaled or gold == 0 or answer == 0:
        return False
    factor = sympy.simplify(gold / answer)
    unknowns = {one for one in expected.free_symbols if "dot" in one.name}
    names = {one.name.split("dot")[0] for one in unknowns}
    own = {one.name for one in factor.free_symbols}
    return bool(factor.is_number or (unknowns and not own & (names | {u.name for u in unknowns})))


def _same_but_for_constants(expected: Parsed, given: Parsed) -> bool:
    """Whether some numbering of the arbitrary constants makes two general solutions one."""
    if not isinstance(expected, sympy.Expr) or not isinstance(given, sympy.Expr):
        return False
    theirs, ours = (
        sorted((s for s in one.free_symbols if _CONSTANT.fullmatch(s.name)), key=str)
        for one in (expected, given)
    )
    if theirs != ours or not 1 < len(ours) <= _MOST_CONSTANTS:
        return False
    gold, answer = expected.doit(), given.doit()
    return any(
        sympy.expand(gold - answer.xreplace(dict(zip(ours, order, strict=True)))) == 0
        for order in permutations(theirs)
    )
