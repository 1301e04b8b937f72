"""A reasoning as text, one item a line, and the text back as the same reasoning.

Each kind of item has several forms, short ones and long ones, which say the same. A form is chosen
by its number, so what a text says and how it says it are independent. `SYMBOLS` is the form with
the fewest words, for models with a small vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from lcbrb.errors import UsageError
from lcbrb.pairs.od.stepwise.structure import (
    Answer,
    Check,
    Expression,
    Item,
    Op,
    Reasoning,
    Remark,
    Stated,
    Step,
    Term,
)

_TEST = "test"
#: short forms first, then as many long ones
FORMS: Mapping[str, tuple[str, ...]] = {
    Step.__name__: (
        "{t} = {E} = {V} = {r}",
        "Then {t} = {E} = {V} = {r}.",
        "{t} is {E}, so {V} = {r}.",
        "We get {t} from {E}; with the values put in this is {V}, so {t} = {r}.",
        "The next quantity is {t}. It equals {E}, that is {V}, which makes {r}.",
        "Work out {t} now: as it equals {E}, it comes to {V}, and that is {r}.",
    ),
    _TEST: (
        "{E}: {V} is {r}",
        "The test {E}: {V} is {r}.",
        "Is {E}? {V} is {r}.",
        "We come to the test {E}; with the values put in this is {V}, which is {r}.",
        "The next line asks for {E}. The values make it {V}, which is {r}.",
        "Look at the test {E} now: as it comes to {V}, it is {r}.",
    ),
    Stated.__name__: (
        "{t} = {r}",
        "Now {t} = {r}.",
        "So {t} = {r}.",
        "At this point we have {t} = {r}.",
        "Let us keep in mind that {t} = {r}.",
        "This is where it stands: {t} = {r}.",
    ),
    Remark.__name__: (
        "{r} is {p}",
        "{r} is {p}.",
        "Here {r} is {p}.",
        "By the way, the number {r} is {p}.",
        "Note in passing that {r} is {p}, whatever it is good for.",
        "It may be of interest that the number {r} is {p}.",
    ),
    Check.__name__: (
        "Check {V} = {r}",
        "Check: {V} = {r}.",
        "To check, {V} = {r}.",
        "As a check, go back the other way: {V} = {r}.",
        "It is worth a check in the other direction: {V} = {r}.",
        "Let us check it by the opposite computation: {V} = {r}.",
    ),
    Answer.__name__: (
        "Answer {r}",
        "Answer: {r}.",
        "The answer is {r}.",
        "So the answer to the question is {r}.",
        "With that we have the answer, which is {r}.",
        "This was what we were asked for, and the answer is {r}.",
    ),
}
SHORT = 3  # so many of the forms are short
SYMBOLS = 0  # the form with the fewest words
_PARITY = {"even": True, "odd": False}
_TRUTH = {"true": 1, "false": 0}


def kind_of(item: Item) -> str:
    """The key of `FORMS` under which an item's forms are."""
    return _TEST if isinstance(item, Step) and not item.target else type(item).__name__


def render(items: Sequence[Item], forms: Sequence[int] | None = None) -> str:
    """The text, one item a line; without `forms`, in `SYMBOLS`."""
    chosen = forms if forms is not None else [SYMBOLS] * len(items)
    return "\n".join(render_item(item, form) for item, form in zip(items, chosen, strict=True))


def render_item(item: Item, form: int) -> str:
    """One item in one of its forms."""
    template = FORMS[kind_of(item)][form]
    match item:
        case Step(target, expression, (left, right), result):
            op = expression.op
            said = {v: k for k, v in _TRUTH.items()}[result] if not target else str(result)
            return template.format(
                t=target,
                E=f"{expression.left} {op} {expression.right}",
                V=f"{left} {op} {right}",
                r=said,
            )
        case Stated(name, value):
            return template.format(t=name, r=value)
        case Remark(value, even):
            return template.format(r=value, p="even" if even else "odd")
        case Check(left, op, right, result):
            return template.format(V=f"{left} {op} {right}", r=result)
        case Answer(value):
            return template.format(r=value)


# ------------------------------------------------------------------------------- and back


def parse(text: str) -> Reasoning:
    """The reasoning in a text that `render` gave; names are words in small letters.

    Raises:
        UsageError: a line in none of the forms; its number is told.
    """
    return tuple(_parse_line(line, number) for number, line in enumerate(text.split("\n"), 1))


def _parse_line(line: str, number: int) -> Item:
    for pattern, read in _readers():
        if match := pattern.fullmatch(line):
            return read(match.groupdict())
    raise UsageError(f"line {number} is in no known form: {line[:60]!r}")


@cache
def _readers() -> Sequence[tuple[re.Pattern[str], Callable[[Mapping[str, str]], Item]]]:
    return [
        (re.compile(_pattern(template, kind)), _READ[kind])
        for kind, templates in FORMS.items()
        for template in templates
    ]


_NUMBER, _NAME = r"-?\d+", "[a-z]+"
_OPS = "|".join(re.escape(op) for op in Op)


def _pattern(template: str, kind: str) -> str:
    """A form's regular expression: a part that comes again has to say the same again."""
    parts = {
        "t": f"(?P<t>{_NAME})",
        "E": f"(?P<a>{_NAME}|{_NUMBER}) (?P<op>{_OPS}) (?P<b>{_NAME}|{_NUMBER})",
        "V": f"(?P<x>{_NUMBER}) {'(?P=op)' if '{E}' in template else f'(?P<op>{_OPS})'} "
        f"(?P<y>{_NUMBER})",
        "r": f"(?P<r>{'|'.join(_TRUTH) if kind == _TEST else _NUMBER})",
        "p": f"(?P<p>{'|'.join(_PARITY)})",
    }
    seen: set[str] = set()
    pattern = ""
    for piece in re.split(r"(\{\w\})", template):
        part = piece.strip("{}")
        if piece != f"{{{part}}}":
            pattern += re.escape(piece)
        else:
            pattern += f"(?P={part})" if part in seen else parts[part]
            seen.add(part)
    return pattern


def _step(parts: Mapping[str, str]) -> Step:
    expression = Expression(_term(parts["a"]), Op(parts["op"]), _term(parts["b"]))
    said = parts["r"]
    result = _TRUTH[said] if said in _TRUTH else int(said)
    return Step(parts.get("t", ""), expression, (int(parts["x"]), int(parts["y"])), result)


def _term(text: str) -> Term:
    return int(text) if text.lstrip("-").isdigit() else text


_READ: Mapping[str, Callable[[Mapping[str, str]], Item]] = {
    Step.__name__: _step,
    _TEST: _step,
    Stated.__name__: lambda parts: Stated(parts["t"], int(parts["r"])),
    Remark.__name__: lambda parts: Remark(int(parts["r"]), _PARITY[parts["p"]]),
    Check.__name__: lambda parts: Check(
        int(parts["x"]), Op(parts["op"]), int(parts["y"]), int(parts["r"])
    ),
    Answer.__name__: lambda parts: Answer(int(parts["r"])),
}
