r"""The structure of an answer: a formula, a list, a pair or interval, a union, a name and a value.

``x = 3, 5`` is a name with two values, ``(3,4]`` two bounds in brackets, ``1 \pm \sqrt{2}`` two
formulas, ``y = 2x`` sides of an equation. A list is split at commas, semicolons, "and" and "or"
outside all brackets, and nowhere else: other words belong to the value that they stand beside. What
fits nothing is a `Formula` for the parser to refuse. Pure functions; they raise on no text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from lcbrb.grading.maths_answers.forms import TEXT, is_words
from lcbrb.grading.maths_answers.lists import LOGICAL_AND, items
from lcbrb.grading.maths_answers.names import is_name, letters
from lcbrb.grading.maths_answers.splitting import (
    COMMA,
    ORDER,
    RELATION,
    ROUNDING_SIGNS,
    SEPARATOR,
    closed,
    depth,
    split,
)

_SIGN = re.compile(r"\\(?:pm|mp)(?![a-zA-Z])")
_MOST_SIGNS = 3
_DEEPEST = 40  # brackets within each other; each level is read again


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula, number, word or matrix."""

    text: str


@dataclass(frozen=True, slots=True)
class Several:
    """Values in no order: a list, or (`braces`) a set."""

    items: tuple[Value, ...]
    braces: bool = False
    commas: bool = False  # and nothing else between them


@dataclass(frozen=True, slots=True)
class Bracketed:
    """Values in brackets: a point, a vector, an interval."""

    left: str
    items: tuple[Value, ...]
    right: str


@dataclass(frozen=True, slots=True)
class Union:
    """Sets joined, or (`without`) the first without the others."""

    parts: tuple[Value, ...]
    without: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """What a name stands for."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Equation:
    """Sides that are equal, of which the first is no plain name."""

    sides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inequality:
    r"""Sides in an order: ``3 < x \le 4``."""

    sides: tuple[str, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inequalities:
    """Inequalities of which one holds, or (`every`) all do."""

    parts: tuple[Inequality, ...]
    every: bool


Value: TypeAlias = (
    Formula | Several | Bracketed | Union | Named | Equation | Inequality | Inequalities
)


_SAID = (Named, Equation, Inequality)


@lru_cache(maxsize=1024)
def structure(text: str) -> Value:
    """The structure of a tidied answer."""
    if depth(text) > _DEEPEST:
        return Formula(text)
    texts, words = items(text)
    values = tuple(_item(item) for item in texts)
    if not values:
        return Formula(text)
    if len(values) == 1:
        return values[0]
    if LOGICAL_AND in words and not any(isinstance(value, _SAID) for value in values):
        return Formula(text)
    orders = tuple(value for value in values if isinstance(value, Inequality))
    if len(orders) == len(values) and words in ({"and"}, {LOGICAL_AND}, {"or"}):
        return Inequalities(orders, every=words != {"or"})
    first, *others = values
    if isinstance(first, Named):
        same = [_without_name(first.name, other) for other in others]
        if all(other is not None for other in same):
            more = tuple(value for value in same if value is not None)
            return Named(first.name, _list((first.value, *more), commas=words == {","}))
    return _list(values, commas=words == {","})


def _without_name(name: str, value: Value) -> Value | None:
    """A further value of what is named; None where it has another name, or is no value."""
    if isinstance(value, Named):
        return value.value if letters(value.name) == letters(name) else None
    return None if isinstance(value, Equation | Inequality) else value


def _list(values: tuple[Value, ...], *, commas: bool) -> Several:
    """A list, in which what has two signs counts as two."""
    flat: list[Value] = []
    for value in values:
        signs = isinstance(value, Several) and not value.braces
        flat += value.items if isinstance(value, Several) and signs else [value]
    return Several(tuple(flat), commas=commas)


# -------------------------------------------------------------------------------------- items


def _item(text: str) -> Value:
    text = _ungrouped(text.replace("<=", "\\le ").replace(">=", "\\ge "))
    parts = split(text, RELATION)
    sides, signs = parts[::2], parts[1::2]
    if not signs:
        return _value(text)
    if len(sides) > 1 and not sides[0] and signs[0] not in ORDER:
        sides, signs = sides[1:], signs[1:]
        if not signs:
            return _value(sides[0])
    if not all(sides):
        return Formula(text)
    if not ROUNDING_SIGNS.isdisjoint(signs) and is_words(TEXT.sub(r"\1", sides[-1])):
        return Formula(text)  # no word rounds another
    if all(sign in ORDER for sign in signs):
        return Inequality(tuple(sides), tuple(ORDER[sign] for sign in signs))
    if signs == ["\\in"]:
        return Named(sides[0], _value(sides[1])) if is_name(sides[0]) else Formula(text)
    if any(sign in ORDER or sign == "\\in" for sign in signs):
        return Formula(text)
    if len(sides) == 2 and is_name(sides[0]):  # noqa: PLR2004 - a name and a value
        return Named(sides[0], _value(sides[1]))
    return Equation(tuple(sides))


def _value(text: str) -> Value:
    """A text without a relation."""
    text = _ungrouped(text)
    for separator, without in ((r"\\setminus|\\backslash", True), (r"\\cup", False)):
        parts = split(text, re.compile(separator))[::2]
        if len(parts) > 1:
            return Union(tuple(_value(part) for part in parts), without=without)
    if value := _bracketed(text):
        return value
    if _SIGN.search(text) and len(_SIGN.findall(text)) <= _MOST_SIGNS:
        return Several(tuple(Formula(signed) for signed in _each_sign(text)))
    return Formula(text)


def _ungrouped(text: str) -> str:
    """A text without braces or parentheses that hold all of it and no list."""
    text = text.strip()
    while len(text) > 2 and text[0] + text[-1] in ("{}", "()", "[]"):  # noqa: PLR2004 - a pair
        inside = text[1:-1].strip()
        whole = closed(inside) and len(split(inside, COMMA)) == 1
        if not inside or not whole:
            break
        text = inside
    return text


def _bracketed(text: str) -> Value | None:
    match = re.fullmatch(
        r"(\\[{]|\\lbrace|\\langle|[(\[\]])(.*?)(\\[}]|\\rbrace|\\rangle|[)\[\]])", text, re.DOTALL
    )
    if match is None or not closed(match[2]):
        return None
    left, inside, right = match.groups()
    parts = split(inside, COMMA)[::2]
    if left in ("\\{", "\\lbrace"):
        return _set(inside) if right in ("\\}", "\\rbrace") else None
    if len(parts) < 2 or not all(parts):  # noqa: PLR2004 - brackets around one value
        return None
    left = {"]": "(", "\\langle": "("}.get(left, left)
    right = {"[": ")", "\\rangle": ")"}.get(right, right)
    return Bracketed(left, tuple(_value(part) for part in parts), right)


def _set(inside: str) -> Value:
    """What stands in braces: elements, or a letter and what holds of it."""
    sides = split(inside, re.compile(r":|\||\\mid"))
    if len(sides) == 3 and is_name(split(sides[0], RELATION)[0]):  # noqa: PLR2004 - x | x > 0
        return structure(sides[2])
    parts = [part for part in split(inside, SEPARATOR)[::2] if part]
    if parts == ["\\emptyset"]:  # a set that holds it is not empty
        return Formula(f"\\{{{inside}\\}}")
    members = _list(tuple(_value(part) for part in parts), commas=True)
    return Several(members.items, braces=True)


def _each_sign(text: str) -> Iterator[str]:
    r"""A formula with each choice of its signs; with ``\mp`` beside ``\pm`` they go together."""
    signs = _SIGN.findall(text)
    together = len(set(signs)) > 1
    for chosen in itertools.product("+-", repeat=1 if together else len(signs)):
        left = iter(chosen * len(signs) if together else chosen)

        def sign(match: re.Match[str], left: Iterator[str] = left) -> str:
            plus = (next(left) == "+") == (match[0] == "\\pm" or not together)
            return "+" if plus else "-"

        yield _SIGN.sub(sign, text)


def leaves(value: Value) -> Iterator[str]:
    """The formulas of an answer, without names."""
    if isinstance(value, Formula):
        yield value.text
    elif isinstance(value, Named):
        yield from leaves(value.value)
    elif isinstance(value, Equation | Inequality):
        yield from value.sides
    else:
        for part in value.parts if isinstance(value, Union | Inequalities) else value.items:
            yield from leaves(part)


def single(value: Value) -> Value:
    """The one value of a list that has one."""
    while isinstance(value, Several) and len(value.items) == 1:
        value = value.items[0]
    return value


def turned(value: Inequality) -> tuple[str, str, str] | None:
    """The greater and the smaller side of an inequality of two, and its sign."""
    if len(value.sides) != 2:  # noqa: PLR2004 - two sides
        return None
    (left, right), (sign,) = value.sides, value.signs
    return (right, left, sign.replace("<", ">")) if "<" in sign else (left, right, sign)
