r"""Words beside a value that do not change it: "about", "(option B)", "(mod 1000)".

Pure functions; they raise on no text.
"""

from __future__ import annotations

import re

_ABOUT = r"(?:approximately|approx\.?|about|roughly|around|nearly|circa)"
_IN_TEXT = re.compile(rf"\\text\s*\{{\s*[,(]?\s*(?:(?:or|which is|i\.e\.),?\s+)?{_ABOUT}\s*\}}")
_IN_WORDS = re.compile(
    rf"(?:,?\s*(?:\bor|\bwhich is|\bi\.e\.),?\s+)?(?<![A-Za-z\\]){_ABOUT}(?![A-Za-z])\s*"
)
_OR_SIGN = re.compile(
    r"(?:,\s*)?(?:\bor\b|\\text\s*\{\s*or\s*\})\s*(?=\\(?:approx|simeq|sim)(?![A-Za-z]))"
)
_BESIDE = re.compile(r"\(\s*(\\(?:approx|simeq|sim)(?![A-Za-z])[^()]*)\)\s*\Z")

_LABEL_BEHIND = re.compile(
    r"(?<=[\d})])\s*,?\s*[(\[]?\s*(?:\\text\s*\{\s*)?[(\[]?\s*(?:option|choice|answer)\s*"
    r"\(?\s*[A-E]\s*\)?\s*[)\]}]*\Z",
    re.IGNORECASE,
)
_MODULUS = re.compile(
    r"(?P<value>.*?)\s*,?\s*(?:\(\s*)?(?:\\(?:pmod|mod|bmod|pod)\s*|(?:\\(?:text|mathrm|operatorname)\s*\{\s*)?"
    r"\(?\s*(?<![A-Za-z\\])mod(?:ulo)?(?![A-Za-z])\.?\s*\}?\s*)"
    r"\(?\{?\s*(?P<modulus>\d{1,30})\s*\}{0,2}\s*\){0,2}\s*\}?",
    re.DOTALL,
)
_CONGRUENT = re.compile(r"\\(?:equiv|cong)(?![A-Za-z])|≡|=")


def residue(text: str) -> str | None:
    r"""The least residue that a tidied answer names: 73 of ``N \equiv 73 \pmod{1000}``.

    Only that one stands for itself: ``-927 \pmod{1000}`` and ``73 \pmod 5`` do not say 73. None of
    any other answer.
    """
    match = _MODULUS.fullmatch(text) if "mod" in text or "pod" in text else None
    if match is None:
        return None
    value = _CONGRUENT.split(match["value"])[-1].strip()
    if not re.fullmatch(r"\d{1,30}", value) or int(value) >= int(match["modulus"]):
        return None
    return value


def with_signs(text: str) -> str:
    r"""The text with ``\approx`` for words that say so, and not in parentheses."""
    if "bout" in text or "ppro" in text or "ough" in text or "round" in text or "nearly" in text:
        text = _IN_WORDS.sub(r" \\approx ", _IN_TEXT.sub(r" \\approx ", text))
        if text.endswith(")") and text.count(")") > text.count("("):
            text = text[:-1].strip()
    return _BESIDE.sub(r"\1", _OR_SIGN.sub("", text)) if "\\" in text else text


def without_label(text: str) -> str:
    """``73 (option B)`` as 73."""
    return _LABEL_BEHIND.sub("", text)
