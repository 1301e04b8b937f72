r"""Wrong values of each structure: other members, brackets, entries, bounds, scales.

`answer_mutants` says what they are for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from lcbrb.grading.maths_answers.numbers import number_of
from lcbrb.grading.maths_answers.structure import Bracketed, Formula, Named, Several, Union, Value

_INDEXED = re.compile(r"_\{?\d+\}?\Z")
_MATRIX = re.compile(r"(\\begin\{\w+\})(.*)(\\end\{\w+\})", re.DOTALL)
OTHER = 9973  # a number that no answer is
_FEW = 1000  # a number below it differs from the next by more than any rounding
_SCALED = (
    "2 \\cdot ({})", "10 \\cdot ({})", "100({})", "1000 ({})", "\\frac{{{}}}{{2}}", "({})/10",
    "-({})", "({}) x", "({}) + x", "({}) i", "({}) \\pi", "({}) + {}", "({})^{{3}} + 1",
)  # fmt: skip
_COUNTED = (
    "{} thousand", "{} million", "{} hundred", "{} dozen", "{}\\text{{ thousand}}", "{} billion",
    "{}\\text{{ hundred}}", "{}\\text{{ dozen}}", "{} \\times 10^{{3}}", "{}e2",
    "2x = {}", "x + 1 = {}", "-x = {}", "3x - 1 = {}", "x = 9973 = {}", "x = {} = 9973",
    "9973 = {}", "{} 0", "{}_{{9973}}", "{}\\text{{ (base 9)}}", "{} \\pmod{{1}}",
    "-{} \\pmod{{7}}", "{}xy", "{} xyz", "{} \\mu", "{} \\frac{{x}}{{y}}", "{}^o 9973",
    "{} x^2", "{} ab", "{}m", "{} \\cdot m", "{} - m",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """A wrong answer, and the form of its wrongness in a word or two."""

    form: str
    text: str


def outside(value: Value, text: str) -> str:
    """Something that is not in the answer."""
    if isinstance(value, Named):
        return outside(value.value, text)
    if isinstance(value, Bracketed | Union):
        return f"\\{{-{OTHER}\\}}" if "-\\infty" not in text else "\\{2\\}"
    return str(OTHER)


def members(value: Several) -> Iterator[Mutant]:
    """A list or set with another, a missing or a further member, and as something else."""
    texts = [item.text for item in value.items if isinstance(item, Formula)]
    for place, text in enumerate(texts):
        rest = texts[:place] + texts[place + 1 :]
        if rest:
            yield Mutant("missing", ", ".join(rest))
        yield Mutant("other member", ", ".join([*rest, f"{text} + 1"]))
        yield Mutant("other member", ", ".join([*rest, str(OTHER)]))
    yield Mutant("extra member", ", ".join([*texts, str(OTHER)]))
    yield Mutant("extra member", f"\\{{{', '.join([str(OTHER), *texts])}\\}}")
    yield Mutant("kind", f"({', '.join(texts)})")
    yield Mutant("kind", f"[{', '.join(texts)}]")
    yield Mutant("kind", " + ".join(texts))


def brackets(value: Bracketed, text: str) -> Iterator[Mutant]:
    """A point or interval with other brackets, bounds or members, and other inequalities."""
    yield from other_brackets(text)
    texts = [item.text for item in value.items if isinstance(item, Formula)]
    point = value.left + "{}" + value.right
    changes = {
        "swapped": [texts[::-1], [*texts[1:], texts[0]]],
        "missing": [texts[:-1], texts[1:]],
        "extra": [[*texts, str(OTHER)], [str(OTHER), *texts], [*texts, texts[-1]]],
        "other member": [
            [
                *texts[:place],
                f"{member} + 1" if "infty" not in member else str(OTHER),
                *texts[place + 1 :],
            ]
            for place, member in enumerate(texts)
        ],
    }
    for form, lists in changes.items():
        for members in lists:
            if members != texts:
                yield Mutant(form, point.format(", ".join(members)))
    yield Mutant("kind", f"\\{{{', '.join(texts)}\\}}")
    yield Mutant("union", f"{text} \\cup {outside(value, text)}")
    yield Mutant("kind", " + ".join(texts))
    low, *_, high = texts
    strict = {"(": ("<", "\\le"), "[": ("\\le", "<")}[value.left]
    ends = {")": ("<", "\\le"), "]": ("\\le", "<")}[value.right]
    if len(texts) == 2 and "infty" not in low and "infty" not in high:  # noqa: PLR2004 - a pair
        yield Mutant("inequality", f"{low} {strict[1]} x {ends[0]} {high}")
        yield Mutant("inequality", f"{low} {strict[0]} x {ends[1]} {high}")
        yield Mutant("inequality", f"{low} > x > {high}")
    yield Mutant(
        "inequality",
        f"x < {high if 'infty' not in high else low}" if "infty" not in low else f"x > {high}",
    )


def other_brackets(text: str) -> Iterator[Mutant]:
    """The brackets of an interval or point, one changed at a time."""
    other = {"(": "[", "[": "(", ")": "]", "]": ")"}
    depth = 0
    for place, char in enumerate(text):
        depth -= char in ")]"
        if char in other and depth == 0 and not text[:place].endswith("\\sqrt"):
            yield Mutant("bracket", text[:place] + other[char] + text[place + 1 :])
        depth += char in "(["


def formula(text: str) -> Iterator[Mutant]:
    """A number, formula or matrix: scaled, counted, with other entries."""
    matrix = _MATRIX.fullmatch(text)
    if matrix is not None:
        yield from _matrix(*matrix.groups())
        return
    number = number_of(text)
    if _INDEXED.search(text) and text[0].isdigit():
        yield from _based(text)
        return
    zero = number is not None and not number.value
    for template in _SCALED:
        changed = template.format(text, text)
        if not zero or "+" in template:
            yield Mutant("scaled", changed if not zero else f"{text} + 1")
    yield Mutant("scaled", f"({text})^{{-1}} + {OTHER}")
    if number is not None:
        yield from _number(number.value, text)
    else:  # beside a large number, that is very little
        yield Mutant("next", f"({text}) + 1")
        yield Mutant("next", f"({text}) - 1")


def _based(text: str) -> Iterator[Mutant]:
    digits, _, base = text.replace("{", "").replace("}", "").partition("_")
    for other in (f"{digits}_{int(base) + 1}", f"{digits[::-1]}0_{base}", f"{digits}1_{base}"):
        yield Mutant("base", other)
    yield Mutant("base", str(int(digits, int(base))))
    yield Mutant("base", f"{digits}, {OTHER}")
    yield Mutant("scaled", f"2 \\cdot {text}")


def _number(value: Fraction, text: str) -> Iterator[Mutant]:
    changes = [value * 2, value * 10, value * 1000, value / 10, value / 2, -value, value * 3 / 2]
    if abs(value) < _FEW:
        changes += [value + 1, value - 1, value + 10]
    for other in changes:
        if other != value:
            yield Mutant("scaled", _decimal(other))
            yield Mutant("scaled", f"x = {_decimal(other)}")
            yield Mutant("scaled", f"\\frac{{{other.numerator}}}{{{other.denominator}}}")
    if value:
        for template in _COUNTED:
            yield Mutant("counted", template.format(text, text))
    if text.isdigit() and value > 2:  # noqa: PLR2004 - 2! is 2
        yield Mutant("counted", f"{text}0")
        yield Mutant("counted", f"\\sqrt{{{text}}}")
        yield Mutant("counted", f".{text}")
        yield Mutant("counted", " ".join(text) if len(text) > 1 else f"{text} {text}")
        if value < _FEW:
            yield Mutant("counted", f"{text}!")


def _decimal(value: Fraction) -> str:
    return f"{float(value):.12g}" if value.denominator != 1 else str(value)


def _matrix(begin: str, inside: str, end: str) -> Iterator[Mutant]:
    rows = [[cell.strip() for cell in row.split("&")] for row in inside.split(r"\\")]
    cells = [cell for row in rows for cell in row]
    width = len(rows[0])

    def made(values: list[str]) -> str:
        lines = [" & ".join(values[at : at + width]) for at in range(0, len(values), width)]
        inside = r" \\ ".join(lines)
        return f"{begin} {inside} {end}"

    for place, cell in enumerate(cells):
        yield Mutant("entry", made([*cells[:place], f"{cell} + 1", *cells[place + 1 :]]))
        yield Mutant("entry", made([*cells[:place], f"-({cell}) + {OTHER}", *cells[place + 1 :]]))
    if cells[::-1] != cells:
        yield Mutant("swapped", made(cells[::-1]))
    yield Mutant("missing", made(cells[:-width]))
    yield Mutant("extra", made([*cells, *["0"] * width]))
    yield Mutant("kind", f"{begin} {' & '.join(cells)} {end}")
    yield Mutant("kind", f"\\{{{', '.join(cells)}\\}}")
    yield Mutant("scaled", f"2 {begin} {inside} {end}")
    yield Mutant("scaled", f"{begin} {inside} {end} + {OTHER}")
