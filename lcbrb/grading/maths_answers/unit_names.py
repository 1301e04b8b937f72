r"""Whether two answers name different units: ``5 \text{ cm}`` and ``5 \text{ m}``.

An answer without a unit, or with one that is not known here, may mean any. A length may stand for
its power, as many write ``15 cm`` for an area, but a square is no cube. Pure functions; they raise
on no text.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lcbrb.grading.maths_answers.forms import tidy
from lcbrb.grading.maths_answers.units import with_plain_unit

_KNOWN = """
metre: m meter meters metre metres
kilometre: km kilometer kilometers kilometre kilometres kph
centimetre: cm centimeter centimeters centimetre centimetres
millimetre: mm millimeter millimeters millimetre millimetres
inch: in inch inches
foot: ft foot feet
yard: yd yard yards
mile: mi mile miles mph
second: s sec secs second seconds
minute: min mins minute minutes
hour: h hr hrs hour hours mph kph
day: day days
week: week weeks
month: month months
year: yr yrs year years
gram: g gram grams
kilogram: kg kilogram kilograms
ounce: oz ounce ounces
pound: lb lbs pound pounds
litre: L liter liters litre litres
millilitre: mL ml milliliter milliliters
gallon: gal gallon gallons
degree: deg degree degrees circ
radian: rad radian radians
celsius: C celsius Celsius
coulomb: C coulomb coulombs
fahrenheit: F fahrenheit Fahrenheit
farad: F farad farads
kelvin: K kelvin kelvins Kelvin
square: square sq 2
cube: cubic cu 3
dollar: dollar dollars USD
cent: cent cents
"""
_NAMES: dict[str, frozenset[str]] = {}
for _line in _KNOWN.split("\n"):
    _unit, _, _words = _line.partition(":")
    for _word in _words.split():
        _NAMES[_word] = _NAMES.get(_word, frozenset()) | {_unit}
_WORD = re.compile(r"[A-Za-z]+|(?<=\^)[23]\b|(?<=\^\{)[23](?=\})")
_COMMAND = re.compile(r"\\(?!circ)[A-Za-z]+")
_DOLLARS, _CENTS = re.compile(r"\\\$"), re.compile(r"\d\s*[¢￠]")


def units_differ(gold: str, answer: str) -> bool:
    """Whether both name units that are known, and neither is a part of the other.

    Args:
        gold: the expected answer, as the benchmark has it.
        answer: as the model wrote it.
    """
    expected, given = _units(gold), _units(answer)
    return bool(expected and given) and not (expected <= given or given <= expected)


@lru_cache(maxsize=4096)
def _units(text: str) -> frozenset[str]:
    money = {"dollar"} if _DOLLARS.search(text) else set()
    money |= {"cent"} if _CENTS.search(text) else set()
    text = tidy(text)
    value = with_plain_unit(text)[-1]
    unit = text.removeprefix(value) if text.startswith(value) else ""
    words = _WORD.findall(_COMMAND.sub(" ", unit))
    return frozenset(money).union(*(_NAMES.get(word, frozenset()) for word in words))
