r"""Matrices in one notation: ``\begin{pmatrix} a & b \\ c & d \end{pmatrix}``.

Models write ``\\[4pt]`` and ``\cr`` between rows, arrays and small matrices in brackets, stars and
lines. A determinant (``vmatrix``) is no matrix, and stays. Pure functions; they raise on no text.
"""

from __future__ import annotations

import re

_KINDS = r"(?:small|p|b|B)?matrix\*?"
_OPEN, _CLOSE = (
    r"(?:\\left\s*)?(?:\(|\[|\\\{|\\lbrace)\s*",
    r"\s*(?:\\right\s*)?(?:\)|\]|\\\}|\\rbrace)",
)
_ARRAY = re.compile(
    rf"{_OPEN}\\begin\s*\{{(?:array|(?:small)?matrix\*?)\}}(?:\s*\{{[clr|\s]*\}})?"
    r"(?P<inside>(?:(?!\\begin|\\end).)*)"
    rf"\\end\s*\{{(?:array|(?:small)?matrix\*?)\}}{_CLOSE}",
    re.DOTALL,
)
_MATRIX = re.compile(
    rf"\\begin\s*\{{(?P<kind>{_KINDS})\}}(?:\s*\[[clr]*\])?(?P<inside>(?:(?!\\begin|\\end).)*)"
    r"\\end\s*\{(?P=kind)\}",
    re.DOTALL,
)
_OLD = re.compile(r"\\(?:p|b|small)?matrix\s*\{(?P<inside>(?:[^{}]|\{[^{}]*\})*)\}")
_ROW = re.compile(
    r"\\\\\s*\*?(?:\s*\[\s*-?[\d.]+\s*[a-z]{2}\s*\])?|\\cr(?![A-Za-z])|\\tabularnewline"
)
_LINE = re.compile(r"\\(?:hline|noalign\s*\{[^{}]*\})")


def plain_matrices(text: str) -> str:
    """The text with its matrices in one notation."""
    if "matrix" not in text and "array" not in text:
        return text
    for pattern in (_ARRAY, _MATRIX, _OLD):
        text = pattern.sub(_plain, text)
    return text


def _plain(match: re.Match[str]) -> str:
    rows = [row.strip() for row in _ROW.split(_LINE.sub("", match["inside"]))]
    while rows and not rows[-1]:
        rows.pop()
    inside = r" \\ ".join(rows)
    return rf"\begin{{pmatrix}} {inside} \end{{pmatrix}}"
