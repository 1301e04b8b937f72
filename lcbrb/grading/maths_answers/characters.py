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
    "±": r"\pm ", "∞": r"\infty ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "≈": r"\approx ",
    "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ", "∅": r"\emptyset ", "ℝ": r"\mathbb{R}",
    "°": r"^{\circ}", "∘": r"\circ ", "½": r"\frac{1}{2}", "¼": r"\frac{1}{4}",
    "¾": r"\frac{3}{4}", "⅓": r"\frac{1}{3}", "⅔": r"\frac{2}{3}",
    "\u212b": "Å", "′": "'", "\u2019": "'", "\u00a0": " ", "\u2009": " ", "\u202f": " ",
    "，": ",", "（": "(", "）": ")", "＝": "=", "％": "%", "￥": r"\text{yuan}", "€": "", "£": "",
}  # fmt: skip
_TABLE = str.maketrans(_SIGNS | {sign: rf"\{name} " for sign, name in _GREEK.items()})


_PLAIN_ROOT = re.compile(r"(?<![\\A-Za-z])sqrt\s*\(([^()]*)\)")
_PLAIN_NAME = re.compile(
    r"(?<![\\A-Za-z])(arcsin|arccos|arctan|sinh|cosh|tanh|sin|cos|tan|cot|sec|csc|ln|log|exp)"
    r"(?=\s*[(\d]|\s+[A-Za-z\\]|\^)"
)


def to_latex(text: str) -> str:
    """The text with mathematical characters, and names of functions, as LaTeX commands."""
    text = _PLAIN_ROOT.sub(r"\\sqrt{\1}", text)
    text = _PLAIN_NAME.sub(r"\\\1", text)
    if not text.isascii():
        text = _RAISED.sub(lambda m: f"^{{{m[0].translate(_SUPERSCRIPTS)}}}", text)
        text = _LOWERED.sub(lambda m: f"_{{{m[0].translate(_SUBSCRIPTS)}}}", text)
        text = _ROOT.sub(_root, text)
        text = text.translate(_TABLE)
    return text


def _root(match: re.Match[str]) -> str:
    inside = next(group for group in match.groups()[1:] if group is not None)
    return rf"\sqrt[3]{{{inside}}}" if match[1] == "∛" else rf"\sqrt{{{inside}}}"
