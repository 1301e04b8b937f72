"""A text split at signs that stand outside all its brackets, texts and matrices. Pure functions."""

from __future__ import annotations

import re

WORDS_IN_TEXT = r"\\(?:text(?:rm|it|bf|normal)?|math(?:rm|bf|it|sf)|mbox|operatorname)\s*\{[^{}]*\}"
_TOKEN = re.compile(
    r"\\begin\s*\{(?P<kind>\w+\*?)\}.*?\\end\s*\{(?P=kind)\}"
    rf"|{WORDS_IN_TEXT}|\\[A-Za-z]+|\\.|[A-Za-z]+|.",
    re.DOTALL,
)
_OPEN = frozenset(["(", "[", "{", "\\{", "\\lbrace", "\\langle"])
_CLOSE = frozenset([")", "]", "}", "\\}", "\\rbrace", "\\rangle"])
SEPARATOR = re.compile(
    r"[,;]|and|or|\\l(?:and|or)|\\vee"
    r"|\\text\s*\{(?=[^}]*[,;a-z])\s*[,;]?\s*(?:and|or)?\s*[,;]?\s*\}"
)
ROUNDING_SIGNS = frozenset("\\approx \\simeq \\sim \\approxeq \\thickapprox \\doteq".split())
APPROXIMATELY = re.compile("|".join(map(re.escape, sorted(ROUNDING_SIGNS, key=len, reverse=True))))
_DEFINED = "= \\triangleq \\coloneqq".split()
EQUAL = {**dict.fromkeys([*_DEFINED, *ROUNDING_SIGNS], "="), "\\in": "\\in"}
ORDER = {
    "<": "<", "\\lt": "<", ">": ">", "\\gt": ">", "\\le": "<=", "\\leq": "<=", "\\leqslant": "<=",
    "\\ge": ">=", "\\geq": ">=", "\\geqslant": ">=", "\\ne": "!=", "\\neq": "!=",
}  # fmt: skip
COMMA = re.compile("[,;]")
RELATION = re.compile("|".join(map(re.escape, sorted([*EQUAL, *ORDER], key=len, reverse=True))))


def split(text: str, separators: re.Pattern[str]) -> list[str]:
    """Parts of a text and, between them, the separators outside all brackets."""
    parts, depth = [""], 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        depth += (token in _OPEN) - (token in _CLOSE)
        if depth == 0 and separators.fullmatch(token):
            parts += [token, ""]
        else:
            parts[-1] += token
    return [part.strip() for part in parts]


def depth(text: str) -> int:
    """How many brackets are open at the same time, at most."""
    level = deepest = 0
    for match in _TOKEN.finditer(text):
        level += (match[0] in _OPEN) - (match[0] in _CLOSE)
        deepest = max(deepest, level)
    return deepest


def closed(text: str) -> bool:
    """Whether no bracket within a text closes one that was opened outside."""
    depth = 0
    for match in _TOKEN.finditer(text):
        depth += (match[0] in _OPEN) - (match[0] in _CLOSE)
        if depth < 0:
            return False
    return depth == 0
