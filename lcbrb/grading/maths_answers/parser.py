r"""A formula in LaTeX as SymPy has it. Runs in a worker process only.

It is read by the grammar of math-verify (github.com/huggingface/Math-Verify, 0.9), and as a whole:
math-verify itself looks for formulas within a text, so that ``> \frac{1}{2}`` would be one half.
Only expressions and matrices are formulas: what is read as anything else (a relation, which SymPy
may take for ``false``, a set, a tuple) is none.

Nothing here evaluates text as Python: only LaTeX grammars are used, and SymPy's own parser, which
calls ``eval``, is switched off.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import TypeAlias

import sympy
import sympy.physics.units  # made of text; loaded before text is refused
from latex2sympy2_extended import NormalizationConfig, latex2sympy, normalize_latex
from math_verify.grader import should_treat_as_complex
from sympy.parsing import sympy_parser

from lcbrb.grading.maths_answers.notation import balanced, is_no_formula, marked_primes, prepared

logging.getLogger("math_verify").setLevel(logging.CRITICAL)

_NORMALIZED = NormalizationConfig(
    basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="none"
)
#: the parser forgets an exponent T, which it takes for a transposition, but of a matrix
_TRANSPOSED = re.compile(r"(?<!matrix\})(?<!matrix\} )\s*\^\s*(?:\{\s*T\s*\}|T(?![A-Za-z]))")
_LITERAL = re.compile(r"(?P<sign>-?)(?P<kind>Integer|Float|Symbol) \('?(?P<value>[\w.+-]+)'? ?\)")

#: what the parser makes of a formula; dense matrices are no `Basic`
Parsed: TypeAlias = sympy.Expr | sympy.MatrixBase


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


@lru_cache(maxsize=4096)
def parsed(text: str) -> Parsed | None:
    """A formula as SymPy has it; None where it is none, or no expression."""
    text = _TRANSPOSED.sub("^{(T)}", marked_primes(prepared(text)))
    if not balanced(text) or is_no_formula(text):
        return None
    latex = normalize_latex(text, _NORMALIZED)
    try:
        made = latex2sympy(
            latex,
            is_real=not should_treat_as_complex(latex),
            convert_degrees=False,
            normalization_config=None,
        )
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - the grammar raises anything; it is no formula
        return None
    if isinstance(made, sympy.MatrixExpr):
        made = made.doit().as_explicit()
    if not isinstance(made, sympy.Expr | sympy.MatrixBase):
        return None
    # the parser guesses from the text whether letters are real: both sides must get one guess
    names = {
        symbol: sympy.I if symbol.name == "i" else sympy.Symbol(symbol.name, real=True)
        for symbol in made.free_symbols
    }
    made = made.xreplace(names)
    return made.xreplace(
        {derivative: _unknown(derivative) for derivative in made.atoms(sympy.Derivative)}
    )


def _unknown(derivative: sympy.Derivative) -> sympy.Expr:
    """``dy/dx``, of which nothing is known, as a symbol: SymPy would make 0 of it.

    One that can be worked out, ``d(x^2)/dx``, stays as it is.
    """
    if derivative.expr.free_symbols & set(derivative.variables):
        return derivative
    return sympy.Symbol(str(derivative), real=True)
