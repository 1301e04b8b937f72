r"""A value without its unit: ``\frac{3}{2}\text{ hours}``, ``5 cm^2``, ``100 billion``.

A unit is words behind a value. Words that change the value (``not``, ``squared``, ``dozen``), that
tie it to another (``or``, ``to``), and numbers among the words are no unit, and stay. Pure
functions; they raise on no text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

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
_NUMBER = re.compile(
    r"[-+]?(?:\d[\d,]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
    r"(?:\s*(?:\\times|\\cdot|[xX*])\s*10\s*(?:\^|\*\*)\s*(?:\{\s*[-+]?\d+\s*\}|[-+]?\d+))?"
)
#: what a value without letters begins with
_VALUE = re.compile(
    r"(?:\d[\d,]*(?:\.\d*)?(?:[eE][-+]?\d+(?![\w.]))?|\.\d+|[-+*/^(){}!\s]"
    r"|\\(?:frac|sqrt|pi|times|cdot|pm)(?![A-Za-z])|\[\d\](?=\{))+"
)
_IN_BRACKETS = re.compile(r"(?<=[\d}\s])\[\s*([A-Za-z\\][^\[\],]*)\]\s*\Z")
_UNIT_FRACTION = re.compile(
    r"\\frac\s*\{\s*([A-Za-zÅ]+(?:\^\{?\d\}?)?)\s*\}\s*\{\s*([A-Za-zÅ]+(?:\^\{?\d\}?)?)\s*\}\Z"
)
_JOINT = re.compile(r"(?:\s+1(?=\s*/))?[\s/(^{]*\Z")
_ARC_SECONDS = re.compile(
    r"\s*(?:\^\s*\{\s*(?:\\prime\s*\\prime|'')\s*\}|\^\s*\\prime\s*\\prime|''|\"|\\arcsec)\s*\Z"
)
_WORD = re.compile(r"\\?[A-Za-zÅ]+")
_POWER = r"\s*\^\s*(?:\{\s*[-+]?\d+\s*\}|[-+]?\d+|\([-+\d]+\))"
_UNIT = re.compile(rf"(?:[A-Za-zÅ]\d?|{_POWER}|[/^{{}}()\s.*_-]|1\s*/)*")
#: commands within a unit, in letters
_COMMANDS = (
    (re.compile(r"\\mu\s*(?=[A-Za-z])"), "u"),
    (re.compile(r"\\(?:Omega|ohm)(?![A-Za-z])"), "ohm"),
    (re.compile(r"([LMR])\s*_\s*\{?\s*\\(?:odot|oplus|star)\s*\}?"), r" solar"),
    (re.compile(r"\\(?:cdot|times)(?![A-Za-z])"), " "),
    (re.compile(r"\^\s*\{?\s*\\circ\s*\}?\s*(?=[CFK])"), " degree"),
)
_NOT_UNITS = frozenset(
    "and or nor to through pi sin cos tan sec csc cot log ln exp sqrt frac dfrac cdot pm mod "
    "over if is for infty theta alpha beta gamma lambda omega binom choose dots ldots not no never "
    "none neither either but except plus minus divided multiplied squared cubed factorial half "
    "halves third thirds quarter quarters tenth tenths hundredth hundredths thousandth thousandths "
    "maybe perhaps possibly otherwise else wrong incorrect false less more than between least most "
    "hundred dozen double twice e i".split()
)
_SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_LETTER_UNITS = frozenset("A C F G H J K L M N S T V W g h l m s u Å".split())
_PREFIXES = ("", *"k c m n p f a M G T P d u".split())
_SYMBOLS = frozenset(
    prefix + symbol
    for prefix in _PREFIXES
    for symbol in (
        "m g s A K L l N J W V F C T H S Hz Pa eV pc cal bar mol Bq Sv Gy Wb ohm M Å".split()
    )
) | frozenset(
    "ft in yd mi lb lbs oz gal pt qt hr hrs min sec ly yr yrs AU au Jy sr lm lx kt dB cc sq cu atm "
    "rad deg psi mph rpm kph fps erg dyn amu Da ppm ppb mas USD EUR usd am pm".split()
)
_LEAST_WORD, _LEAST_GLUED = 3, 4  # letters of a word that may be any unit, behind a gap and without


@lru_cache(maxsize=4096)
def with_plain_unit(text: str) -> tuple[str, ...]:
    """A model's value as it is, without a unit in text, and without one in plain letters."""
    bare = without_text_unit(_IN_BRACKETS.sub(r" \1", text))
    seconds = _ARC_SECONDS.search(bare)
    if seconds and _VALUE.fullmatch(bare, 0, seconds.start()):
        bare = bare[: seconds.start()]
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
    """``5 cm^2`` as 5, ``3/2 inches`` as 3/2, ``100 billion`` as 100e9.

    A value without letters, and what reads like words or units behind it.
    """
    number, unit = _value_and_rest(_UNIT_FRACTION.sub(r" \1/\2", text))
    if not number:
        return text
    for pattern, letters in _COMMANDS:
        unit = pattern.sub(letters, unit)
    unit = re.sub(_TEXT_WORDS, r" \1 ", unit)
    words = _WORD.findall(unit)
    if not words or not _UNIT.fullmatch(unit):
        return text
    plain, apart = _NUMBER.fullmatch(number) is not None, unit[:1].isspace()
    scale = _SCALES.get(words[0].lower())
    several = len(words) > 1 or "^" in unit
    known = all(
        _is_unit(word, apart=apart, letters=(apart and plain) or several)
        and (index == 0 or word.lower() not in _SCALES)
        for index, word in enumerate(words)
    )
    if not known or (scale is not None and not plain):
        return text
    return number if scale is None else f"{number} \\times 10^{{{scale}}}"


def _value_and_rest(text: str) -> tuple[str, str]:
    """The value without letters that a text begins with, if it ends like one, and the rest."""
    match = _VALUE.match(text)
    if match is None or match.end() == len(text):
        return "", text
    end = match.start() + (_JOINT.search(match[0]) or match).start()
    number = text[:end].strip()
    whole = number.count("{") == number.count("}") and number.count("(") == number.count(")")
    ends = re.search(r"(?:[\d)}!.]|\\pi)\Z", number) and re.search(r"\d|\\pi", number)
    return (number, text[end:]) if whole and ends else ("", text)


def _is_unit(word: str, *, apart: bool, letters: bool) -> bool:
    """Whether a word may be one of a unit; `letters`: single ones may, too."""
    if word.lower() in _NOT_UNITS:
        return False
    if len(word) == 1:
        return word == "Å" or (letters and word in _LETTER_UNITS)
    steps = {ord(after) - ord(letter) for letter, after in pairwise(word)}
    if word in _SYMBOLS or word.lower() in _SCALES:
        return True
    return steps != {1} and len(word) >= (_LEAST_WORD if apart else _LEAST_GLUED)
