r"""LaTeX rewritten into what the parser reads, and reads rightly. Pure text, no mathematics yet.

Angles become radians; ``\dot{v}``, ``v'`` and ``\frac{dv}{dt}`` become one symbol; capital and
small letters that stand for different things get different names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial

_COLUMN = re.compile(r"\\begin\s*\{[pbvB]?matrix\}([^&]*?)\\end\s*\{[pbvB]?matrix\}")
_TRIGONOMETRY = re.compile(r"\\?(?:sin|cos|tan|cot|sec|csc)")
_IN_DEGREES = re.compile(r"(\d+(?:\.\d+)?)\s*\^\s*(?:\{\s*\\circ\s*\}|\\circ)")
_DEGREES = re.compile(r"\s*\^\s*(?:\{\s*\\circ\s*\}|\\circ)")
_TOKEN = re.compile(r"\\(?:text|mathrm|operatorname)\s*\{[^{}]*\}|\\[A-Za-z]+|[A-Za-z]")
_SPARE = (r"\xi", r"\zeta", r"\eta", r"\kappa", r"\nu", r"\chi", r"\psi", r"\iota", r"\upsilon")
#: what the parser takes for something else (Euler's constant, the gamma function, the imaginary
#: unit) or does not know, and a symbol to stand for it
_SYMBOLS = {
    r"\gamma": r"\varsigma",
    r"\Gamma": r"\varphi",
    r"\varphi": r"\phi",
    r"\varepsilon": r"\epsilon",
    r"\hbar": r"h_{b}",
    r"\ell": "l",
    "I": r"\varpi",
}
_INDEXED = {"E": r"\varrho", "e": r"\vartheta"}  # with an index they are not the number e
_UPRIGHT = re.compile(r"(?<!_)(?<!_\{)\\(?:mathrm|text|operatorname)\s*\{\s*([eid])\s*\}")
_SCIENTIFIC = re.compile(r"(?<![\w.])(\d+\.?\d*|\.\d+)[eE]([-+]?\d+)(?![\w.])")


def prepared(text: str) -> str:
    """The text in commands that the parser knows, angles in radians."""
    text = _UPRIGHT.sub(r" \1 ", text)
    text = _SCIENTIFIC.sub(r"(\1 \\times 10^{\2})", text)
    text = re.sub(r"(?<![A-Za-z\\])([Ee])(?=\s*_)", lambda m: _INDEXED[m[1]] + " ", text)
    text = _TOKEN.sub(lambda m: f"{_SYMBOLS[m[0]]} " if m[0] in _SYMBOLS else m[0], text)
    text = re.sub(r"_\s*\{?\s*\\odot\s*\}?", "_{sun}", text)
    text = re.sub(r"_\s*\{\s*\\(?:text|mathrm|rm)\s*\{?\s*(\w+)\s*\}?\s*\}", r"_{\1}", text)
    if _TRIGONOMETRY.search(text):
        text = _IN_DEGREES.sub(r"(\\frac{\1 \\pi}{180})", text)
    return _DEGREES.sub("", text)


_SYMBOL = r"(\\?[A-Za-z]+(?:_(?:\{[^{}]*\}|\w))?)"
_TIME = r"(?:\s*\(\s*[tx]\s*\))?"
_OVER, _SQUARED = r"\s*\}\s*\{\s*", r"\s*\^\s*\{?2\}?\s*"
#: each way to write a derivative, and the mark of its order
_FORMS = (
    (
        re.compile(rf"\\frac\s*\{{\s*d{_SQUARED}{_SYMBOL}{_TIME}{_OVER}d\s*[tx]{_SQUARED}\}}"),
        "dotc",
    ),
    (re.compile(rf"\\frac\s*\{{\s*d\s*{_SYMBOL}{_TIME}{_OVER}d\s*[tx]\s*\}}"), "dotb"),
    (re.compile(rf"\\ddot\s*\{{?\s*{_SYMBOL}\s*\}}?{_TIME}"), "dotc"),
    (re.compile(rf"\\dot\s*\{{?\s*{_SYMBOL}\s*\}}?{_TIME}"), "dotb"),
    (re.compile(rf"{_SYMBOL}\s*(?:''|\^\s*\{{\s*\\prime\s*\\prime\s*\}}){_TIME}"), "dotc"),
    (re.compile(rf"{_SYMBOL}\s*(?:'|\^\s*\{{\s*\\prime\s*\}}|\^\s*\\prime){_TIME}"), "dotb"),
)
_DERIVATIVE = re.compile(r"'|\\prime|\\d?dot|\\frac\s*\{\s*d(?:(?![a-z])|[a-zA-Z\\])")


#: what the parser skips, or takes for something else: words (which would be products of letters), a
#: comma outside all parentheses, an index of a number, a prime or quotation mark, dots, a new line,
#: two numbers side by side (which would be added)
_NO_FORMULA = re.compile(
    r"\\(?:text|math)[a-z]*\s*\{(?!\s*[A-Za-z]+\s*\})[^{}]*\}"
    r"|(?<![A-Za-z\\])(?:and|or|not?|of|to|if|is|in|[A-Z]?[a-z]{4,}|[A-Z][a-z]{3,})(?![A-Za-z}])"
    r"|[\d)\]]\s*_|\\frac\s*\{[^{}]*\}\s*\{[^{}]*\}\s*_|[;'\"`]|\\prime(?![A-Za-z])"
    r"|(?<!\\frac)(?<!\\frac )(?<![\d.])\d[\d.]*\s+[\d.]"
    r"|\\[lcvd]?dots|\\\\(?![^&]*\\end)"
)


def is_no_formula(text: str) -> bool:
    """Whether a text holds what no single formula does, and what the parser would overlook."""
    if _NO_FORMULA.search(text):
        return True
    depth = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            return True
    return False


def has_derivative(text: str) -> bool:
    """Whether a derivative is in the text."""
    return bool(_DERIVATIVE.search(text))


def plain_derivatives(text: str) -> str:
    r"""A side of an equation, in which ``\dot{v}``, ``v'`` and ``\frac{dv}{dt}`` become one symbol.

    What depends on time is written without it: ``x(t)`` is ``x``.
    """
    for pattern, mark in _FORMS:
        text = pattern.sub(partial(_marked, mark=mark), text)
    return re.sub(r"(\\?[A-Za-z]+(?:_\{[^{}]*\})?)\s*\(\s*t\s*\)", r"\1 ", text)


def marked_primes(text: str) -> str:
    """A formula in which ``y'`` is another symbol than ``y``; the parser drops the mark."""
    if "'" not in text and "prime" not in text:
        return text
    for pattern, mark in _FORMS[-2:]:
        text = pattern.sub(partial(_marked, mark=mark), text)
    return text


def _marked(match: re.Match[str], mark: str) -> str:
    """The symbol with a mark of the derivative in its index."""
    name, _, index = match[1].partition("_")
    return f"{name}_{{{index.strip('{}')}{mark}}} "


def letter_cases(golds: Iterable[str], answers: Iterable[str]) -> dict[str, str]:
    """Other names for the capital letters of two answers, where one uses both cases of a letter."""
    texts = [" ".join(golds), " ".join(answers)]
    letters = [{t for t in _TOKEN.findall(text) if len(t) == 1} for text in texts]
    clashing = sorted({c for own in letters for c in own if c.isupper() and c.lower() in own})
    spare = [name for name in _SPARE if all(name not in text for text in texts)]
    return dict(zip(clashing, spare, strict=False))


def renamed(text: str, names: Mapping[str, str]) -> str:
    """A formula with letters renamed."""
    return _TOKEN.sub(lambda m: f"{names[m[0]]} " if m[0] in names else m[0], text)


def balanced(text: str) -> bool:
    """Whether every brace has its partner."""
    depth = 0
    for brace in re.findall(r"\\.|[{}]", text):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            return False
    return depth == 0


def column(text: str) -> tuple[str, ...]:
    """The values of a matrix of one column, where the whole text is one."""
    match = _COLUMN.fullmatch(text.strip())
    if match is None:
        return ()
    return tuple(row.strip() for row in match[1].split(r"\\") if row.strip())
