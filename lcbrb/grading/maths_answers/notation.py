r"""LaTeX rewritten into what the parser reads, and reads rightly. Pure text, no mathematics yet.

Angles become radians; ``\dot{v}``, ``v'`` and ``\frac{dv}{dt}`` become one symbol; capital and
small letters that stand for different things get different names.
"""

from __future__ import annotations

import re
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


def prepared(text: str) -> str:
    """The text in commands that the parser knows, angles in radians."""
    text = re.sub(r"(?<![A-Za-z\\])([Ee])(?=\s*_)", lambda m: _INDEXED[m[1]] + " ", text)
    text = _TOKEN.sub(lambda m: f"{_SYMBOLS[m[0]]} " if m[0] in _SYMBOLS else m[0], text)
    text = re.sub(r"_\s*\{?\s*\\odot\s*\}?", "_{sun}", text)
    text = re.sub(r"_\s*\{\s*\\(?:text|mathrm|rm)\s*\{?\s*(\w+)\s*\}?\s*\}", r"_{\1}", text)
    if _TRIGONOMETRY.search(text):
        text = _IN_DEGREES.sub(r"(\\frac{\1 \\pi}{180})", text)
    return _DEGREES.sub("", text)


def as_tuple(text: str) -> str:
    r"""A column vector as a tuple, and ``\langle a, b \rangle`` too."""
    text = re.sub(r"\\[lr]angle", lambda m: "(" if "l" in m[0][:2] else ")", text)
    return _COLUMN.sub(
        lambda m: "(" + ",".join(row.strip() for row in m[1].split(r"\\") if row.strip()) + ")",
        text,
    )


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


def plain_derivatives(text: str) -> str:
    r"""A differential equation with ``\dot{v}``, ``v'``, ``\frac{dv}{dt}`` as one symbol each."""
    if "=" not in text or not _DERIVATIVE.search(text):
        return text
    for pattern, mark in _FORMS:
        text = pattern.sub(partial(_marked, mark=mark), text)
    return re.sub(r"(\\?[A-Za-z]+(?:_\{[^{}]*\})?)\s*\(\s*t\s*\)", r"\1 ", text)


def _marked(match: re.Match[str], mark: str) -> str:
    """The symbol with a mark of the derivative in its index."""
    name, _, index = match[1].partition("_")
    return f"{name}_{{{index.strip('{}')}{mark}}} "


def told_apart(gold: str, answer: str) -> tuple[str, str]:
    """Both texts with capital letters renamed, where one uses both cases of a letter."""
    letters = [{t for t in _TOKEN.findall(text) if len(t) == 1} for text in (gold, answer)]
    clashing = sorted({c for own in letters for c in own if c.isupper() and c.lower() in own})
    spare = [name for name in _SPARE if name not in gold and name not in answer]
    names = dict(zip(clashing, spare, strict=False))
    if not names:
        return gold, answer
    renamed = (
        _TOKEN.sub(lambda m: names.get(m[0], m[0]) + (" " if m[0] in names else ""), text)
        for text in (gold, answer)
    )
    return next(renamed), next(renamed)


def balanced(text: str) -> bool:
    """Whether every brace has its partner."""
    depth = 0
    for brace in re.findall(r"\\.|[{}]", text):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            return False
    return depth == 0


def is_column(text: str) -> bool:
    """Whether a column vector is in the text."""
    return bool(_COLUMN.search(text))
