r"""A value without its unit: ``\frac{3}{2}\text{ hours}``, ``5 cm^2``, ``100 billion``.

A unit is words behind a value. Words that change the value (``not``, ``squared``, ``dozen``), that
tie it to another (``or``, ``to``), and numbers among the words are no unit, and stay. Pure
functions; they raise on no text.
"""

from __future__ import annotations

import re
from functools import lru_cache

_TEXT_WORDS = (
    r"\\(?:text(?:rm|it|bf|normal)?|math(?:rm|it|bf|sf)|mbox|operatorname|unit)\s*\{([^{}]*)\}"
)
_EXPONENT = r"(?:\s*\^\s*(?:\{[^{}]*\}|-?\w|\\circ))?"
_TEXT_UNIT = re.compile(
    rf"(?<![\s/.*])(?:\s1(?=\s*/))?(?:\s|/|\\cdot|\\times|[.*])*{_TEXT_WORDS}{_EXPONENT}[\s.)]*\Z"
)
_DEGREES = re.compile(r"\s*\^\s*(?:\\circ|\{\s*\\circ\s*\})\s*[CFKcfk]?\s*\Z")
_ANGLE = re.compile(r"sin|cos|tan|cot|sec|csc")
_ORDINAL = re.compile(
    r"(?<=\d)\s*(?:\^\s*)?\{?\s*(?:\\(?:text|mathrm)\s*\{)?\s*(?:st|nd|rd|th)\b\s*\}*"
)
_NUMBER_FIRST = re.compile(
    r"([-+]?(?:\d[\d,]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
    r"(?:\s*(?:\\times|\\cdot|[xX*])\s*10\s*(?:\^|\*\*)\s*(?:\{\s*[-+]?\d+\s*\}|[-+]?\d+))?)"
    r"(?P<unit>\s*[^\d\s.].*)",
    re.DOTALL,
)
_WORD = re.compile(r"\\?[A-Za-zÅ]+")
_POWER = r"\s*\^\s*(?:\{\s*-?\d+\s*\}|-?\d+|\([-\d]+\))"
_UNIT = re.compile(rf"(?:[A-Za-zÅ]\d?|{_POWER}|\\circ|[\\/^{{}}()\s.*_-]|1\s*/)*")
_NOT_UNITS = frozenset(
    "and or nor to through pi sin cos tan sec csc cot log ln exp sqrt frac dfrac cdot pm mod "
    "over if is for infty theta alpha beta gamma lambda omega binom choose dots ldots not no never "
    "none neither either but except plus minus divided multiplied squared cubed factorial half "
    "halves third thirds quarter quarters tenth tenths hundredth hundredths thousandth thousandths "
    "maybe perhaps possibly otherwise else wrong incorrect false less more than between least most "
    "hundred dozen double twice e i".split()
)
_SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_LETTER_UNITS = frozenset("A C F H J K L M N S T V W g h l m s u Å".split())


@lru_cache(maxsize=4096)
def with_plain_unit(text: str) -> tuple[str, ...]:
    """A model's value as it is, without a unit in text, and without one in plain letters."""
    bare = without_text_unit(text)
    return tuple(dict.fromkeys([text, bare, _without_plain_unit(bare)]))


def without_text_unit(text: str) -> str:
    r"""A value without the ending of an ordinal, and without a unit that is marked as text."""
    text = _ORDINAL.sub("", text)
    while True:
        unit = _TEXT_UNIT.search(text)
        cut = text
        if unit is not None and not _changes_value(unit[1], text[: unit.start()]):
            cut = text[: unit.start()]
        cut = (cut if _ANGLE.search(cut) else _DEGREES.sub("", cut)).strip()
        if not cut or cut == text or cut.endswith(("=", "\\")):
            return text
        text = cut


def _changes_value(unit: str, value: str) -> bool:
    """Whether words behind a value make another of it: a scale, a denial, a second number."""
    if not re.search(r"[A-Za-zÅ%°]", unit) or not re.sub(_TEXT_WORDS, "", value).strip():
        return True  # a mere comma, or a word behind a word
    words = {word.lower() for word in re.findall(r"(?<!\\)\b[A-Za-z]+", unit)}
    if any(char.isdigit() for char in re.sub(r"\^\s*\{?-?\d+\}?|[A-Za-z]\d", "", unit)):
        return True
    if words & _NOT_UNITS or words & _SCALES.keys():
        return True
    return value.rstrip().endswith(("+", "-", "^", "_", "="))


def _without_plain_unit(text: str) -> str:
    """``5 cm^2`` as 5, ``100 billion`` as 100e9: a number, and what reads like words or units."""
    match = _NUMBER_FIRST.fullmatch(text)
    if match is None:
        return text
    unit = re.sub(_TEXT_WORDS, r" \1 ", match["unit"])
    if not _UNIT.fullmatch(unit):
        return text
    words = _WORD.findall(unit)
    apart = unit[:1].isspace()
    scale = _SCALES.get(words[0].lower()) if words else None
    known = all(
        word.lower() not in _NOT_UNITS
        and not word.startswith("\\")
        and (len(word) > 1 or (apart and word in _LETTER_UNITS))
        and (index == 0 or word.lower() not in _SCALES)
        for index, word in enumerate(words)
    )
    if not words or not known:
        return text
    number = match[1].strip()
    return number if scale is None else f"{number} \\times 10^{{{scale}}}"
