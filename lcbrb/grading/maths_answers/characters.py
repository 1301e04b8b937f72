"""Unicode mathematics as LaTeX: what models write when they write no LaTeX."""

# ruff: noqa: RUF001 - characters that look like others are what this file is about

from __future__ import annotations

import re

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ", "0123456789+-ni")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₒₓₕₖₗₘₙₚₛₜ", "0123456789+-aeoxhklmnpst")
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ]+")
_LOWERED = re.compile("[₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₒₓₕₖₗₘₙₚₛₜ]+")
_ROOT = re.compile(r"(\\sqrt|√|∛)\s*(?:\{([^{}]*)\}|\(([^()]*)\)|(\d+(?:\.\d+)?|[A-Za-z]))")
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu",
    "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "ϕ": "phi",
    "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta",
    "Λ": "Lambda", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "ℏ": "hbar", "ħ": "hbar",
}  # fmt: skip
_SIGNS = {
    "×": r"\times ", "⋅": r"\cdot ", "·": r"\cdot ", "∙": r"\cdot ", "∗": "*", "÷": "/",
    "\u2212": "-", "\u2013": "-", "\u2010": "-", "\u2011": "-", "\u2044": "/", "\u2215": "/",
    "±": r"\pm ", "∞": r"\infty ",
    "″": "''", "√": r"\sqrt ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "≈": r"\approx ",
    "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ", "∅": r"\emptyset ", "ℝ": r"\mathbb{R}",
    "°": r"^{\circ}", "∘": r"\circ ", "½": r"\frac{1}{2}", "¼": r"\frac{1}{4}",
    "¾": r"\frac{3}{4}", "⅓": r"\frac{1}{3}", "⅔": r"\frac{2}{3}",
    "\u212b": "Å", "′": "'", "\u2019": "'", "\u00a0": " ", "\u2009": " ", "\u202f": " ",
    "，": ",", "（": "(", "）": ")", "＝": "=", "％": "%", "￥": r"\text{yuan}", "€": "", "£": "",
    "¢": r"\text{ cents}", "⌀": r"\emptyset ", "Ø": r"\emptyset ",
}  # fmt: skip
_FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF02, 0xFF5F)}
_TABLE = str.maketrans(_FULL_WIDTH | _SIGNS | {sign: rf"\{name} " for sign, name in _GREEK.items()})
_PLAIN_NAME = re.compile(
    r"(?<![\\A-Za-z])(arcsin|arccos|arctan|sinh|cosh|tanh|sin|cos|tan|cot|sec|csc|ln|log|exp)"
    r"(?=\s*[(\d]|\s+[A-Za-z\\]|\^)"
)
_PLAIN_LETTER = re.compile(
    r"(?<![\\A-Za-z])(?<!text\{)(?<!rm\{)(?<!name\{)(pi|alpha|beta|gamma|delta|epsilon|theta|lambda|omega|phi|sigma|rho|tau)"
    r"(?![A-Za-z])|(?<![\\A-Za-z])(?:(infinity|inf|oo)(?![A-Za-z]))"
)
_PLAIN_COMMAND = re.compile(r"(?<![\\A-Za-z])(sqrt|d?frac|cbrt)(?=\s*[({\[\d]|\s*\\[a-z])")
_CALLED = re.compile(r"\\(sqrt|cbrt)\s*\(|\^\s*\(")
_UNION = re.compile(r"(?<=[)\]])\s*(?:U|union)\s*(?=[(\[][^()\[\]]*,)")
_POWER = re.compile(r"(?<=[\w)\]}])\s*\*\*\s*(?=[\w({\\+-])")
_TIMES_TEN = re.compile(r"(?<=\d)\s*[xX]\s*(?=10\s*(?:\^|\*\*))")
_DEGREES = re.compile(
    r"(?:\^\s*)?(?:\\(?:degree|textdegree)(?![A-Za-z])|[º˚°])|(?<=[\d)}])\s*\\deg(?![A-Za-z])"
    r"|(?<=[\d)}])\s*\^\s*(?:o(?![A-Za-z])|\{\s*(?:\\(?:text|mathrm)\s*\{\s*)?(?:[oº°]|\\degree)\s*\}+)"
)


def to_latex(text: str) -> str:
    """The text with mathematical characters, and what plain text calls by name, as LaTeX."""
    text = _POWER.sub("^", _TIMES_TEN.sub(r" \\times ", text))
    if "**" not in text:
        text = re.sub(r"\+/?-|\+/\u2212", r"\\pm ", text) if "+-" in text or "+/" in text else text
    text = _PLAIN_COMMAND.sub(r"\\\1", text)
    text = _DEGREES.sub(r"^{\\circ}", text)
    text = _PLAIN_NAME.sub(r"\\\1", text)
    text = _PLAIN_LETTER.sub(lambda m: rf"\{m[1] or 'infty'} ", text)
    text = _UNION.sub(r" \\cup ", text)
    if not text.isascii():
        text = _RAISED.sub(lambda m: f"^{{{m[0].translate(_SUPERSCRIPTS)}}}", text)
        text = _LOWERED.sub(lambda m: f"_{{{m[0].translate(_SUBSCRIPTS)}}}", text)
        text = _ROOT.sub(_root, text)
        text = text.translate(_TABLE)
    return _braced(text) if "(" in text else text.replace(r"\cbrt", r"\sqrt[3]")


def _braced(text: str) -> str:
    r"""The text with ``\sqrt(x+1)`` and ``x^(n+1)`` in braces."""
    parts, place = [], 0
    for match in _CALLED.finditer(text):
        end = _closed_at(text, match.end())
        if match.start() < place or end is None:
            continue
        inside = _braced(text[match.end() : end])
        begin = {"sqrt": r"\sqrt{", "cbrt": r"\sqrt[3]{"}.get(match[1] or "", "^{")
        parts += [text[place : match.start()], f"{begin}{inside}}}"]
        place = end + 1
    return "".join([*parts, text[place:]]).replace(r"\cbrt", r"\sqrt[3]")


def _closed_at(text: str, start: int) -> int | None:
    """Where the parenthesis that is open at `start` closes; None where it does not."""
    depth = 1
    for place in range(start, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if depth == 0:
            return place
    return None


def _root(match: re.Match[str]) -> str:
    inside = next(group for group in match.groups()[1:] if group is not None)
    return rf"\sqrt[3]{{{inside}}}" if match[1] == "∛" else rf"\sqrt{{{inside}}}"
