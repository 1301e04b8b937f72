r"""Wrong answers made of an expected one: changed by a little, hedged, scaled, or of another kind.

Each is wrong by construction, by every benchmark's rules: a measurement is changed in its first
digit, an arbitrary constant (``C_1``) keeps its name and sign, what is put beside an interval lies
outside it. They are what validation and the tests hold against a judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lcbrb.grading.maths_answers.forms import expected_choice, is_words, tidy
from lcbrb.grading.maths_answers.names import letters
from lcbrb.grading.maths_answers.numbers import number_of
from lcbrb.grading.maths_answers.structure import (
    Bracketed,
    Equation,
    Formula,
    Named,
    Several,
    Union,
    Value,
    structure,
)
from lcbrb.grading.maths_answers.unit_names import units_differ
from lcbrb.grading.maths_answers.units import without_text_unit
from lcbrb.grading.maths_answers.value_mutants import (
    OTHER,
    Mutant,
    brackets,
    formula,
    members,
    other_brackets,
    outside,
)

_NUMBER = re.compile(r"(?<![Cc]_\{)(?<![Cc]_)\d+")  # no index of an arbitrary constant
_LETTER = re.compile(r"(?<![\\A-Za-z])[A-Za-z](?![A-Za-z])")
_ARBITRARY = re.compile(r"[+-]\s*[Cc](?![A-Za-z])")
_WORD = re.compile(r"(?<=\{)[A-Za-z]{2,}(?=\})|\A[A-Za-z]{2,}\Z")
_NOTHING = (
    "false", "true", "True", "False", "None", "nan", "undefined", "?", "0", "1", "-1", "\\infty",
    "q", "\\emptyset", "\\mathbb{R}", "{}", "[]", "()", "\\{\\}", "\\text{false}", "\\text{None}",
    "\\text{no solution}", "\\text{all real numbers}", "\\text{DNE}",
)  # fmt: skip
#: how a right value is put beside another one
_BESIDE = (
    "{0}, {1}", "{1}, {0}", "{0} or {1}", "{1} or {0}", "{0} and {1}", "{1} and {0}", "{0}; {1}",
    "{0} \\text{{ or }} {1}", "{0}\\text{{ or }}{1}", "{0}\\text{{ and }}{1}", "{0}\\text{{, }}{1}",
    "{0} \\lor {1}", "\\text{{either }} {0} \\text{{ or }} {1}", "{0} (or {1})", "{0} ({1})",
    "{0} with {1}", "{0} to {1}", "{0} remainder {1}", "{0} (not {1})", "{0} instead of {1}",
    "{0}\\text{{ hours and }}{1}\\text{{ minutes}}", "{0} hours {1} minutes", "{0}, \\dots, {1}",
    "between {0} and {1}", "{0}\\text{{ if even, }}{1}\\text{{ otherwise}}", "{0} if even else {1}",
    "\\{{{0}, {1}\\}}", "\\text{{not }} {0}, {1}", "{0} \\\\ {1}", "{0} \\quad {1}", "{0} / {1}",
    "[{0}, {1}]", "({0}, {1})", "{0} \\to {1}", "{0} \\approx {1}", "{1} \\approx {0}",
    "{0} \\sim {1}", "{0}\\text{{ or about }}{1}", "{1} (approximately {0})", "{0} \\equiv {1}",
    "\\boxed{{{0}}} \\boxed{{{1}}}", "\\cancel{{{0}}} {1}",
)  # fmt: skip
_PRODUCTS = ("{0} ({1})", "{0} / {1}", "{0} \\quad {1}")  # of zero, they are zero
_DENIED = (
    "not {}", "\\text{{not }}{}", "{}\\text{{ is wrong}}", "{} is not the answer", "\\neq {}",
    "> {}", "x < {}", "x \\ge {}", "{}, ...", "{}, \\ldots", "at least {}", "\\text{{no }} {}",
    "\\cancel{{{}}}", "\\sout{{{}}}", "\\text{{The answer is not }}{}", "{}\\text{{ or more}}",
    "answer: not {}", "{} or more", "\\text{{about }}{}\\text{{ or more}}",
)  # fmt: skip


def answer_mutants(gold: str) -> Iterator[Mutant]:
    """Wrong answers, each once: those that differ by a little first."""
    seen = {gold, tidy(gold), _bare(gold)}
    for mutant in _all(gold):
        if mutant.text not in seen:
            seen.add(mutant.text)
            yield mutant


def _bare(gold: str) -> str:
    return without_text_unit(tidy(gold))


def _all(gold: str) -> Iterator[Mutant]:
    yield from _changed(_bare(gold))
    for unit in ("weeks", "ounces"):  # to which an answer without a unit is not held
        text = f"{_bare(gold)} \\text{{ {unit}}}"
        if units_differ(gold, text):
            yield Mutant("unit", text)
    value = structure(_bare(gold))
    letter = expected_choice(tidy(gold))
    if letter is not None:
        yield from _choices(letter)
    elif isinstance(value, Formula) and is_words(re.sub(r"\\text|[{}]", "", value.text)):
        yield from _words(re.sub(r"\\text|[{}]", "", value.text).strip())
    else:
        yield from _of(value, _bare(gold))
    zero_or_one = number_of(_bare(gold))
    for text in _NOTHING:
        other = number_of(text)
        if zero_or_one is None or other is None or zero_or_one.value != other.value:
            yield Mutant("nothing", text)


def _changed(gold: str) -> Iterator[Mutant]:
    """One number, sign or letter changed at a time."""
    for match in _NUMBER.finditer(gold):
        first = int(match[0][0]) % 9 + 1  # the last digit of a measurement is no certain one
        text = f"{gold[: match.start()]}{first}{match[0][1:]}{gold[match.end() :]}"
        yield Mutant("number", text)
    for match in _WORD.finditer(gold):
        yield Mutant("word", f"{gold[: match.start()]}un{match[0]}{gold[match.end() :]}")
    for match in re.finditer(r"[+-]", gold):
        if not _ARBITRARY.match(gold, match.start()):
            other = "-" if match[0] == "+" else "+"
            yield Mutant("sign", gold[: match.start()] + other + gold[match.end() :])
    for match in _LETTER.finditer(gold):
        if match[0] in "Cc" and "=" not in gold and gold.strip() != match[0]:
            continue  # an arbitrary constant by another name is one
        other = "q" if match[0] != "q" else "z"
        yield Mutant("letter", gold[: match.start()] + other + gold[match.end() :])
        yield Mutant("power", f"{gold[: match.end()]}^{{7}}{gold[match.end() :]}")


def _choices(letter: str) -> Iterator[Mutant]:
    other = "D" if letter != "D" else "A"
    for text in (
        "({1})",
        "\\text{{({1})}}",
        "\\text{{{1}}}",
        "({1}) {0}",
        "{1}. ({0})",
        "({0}) {1}",
    ):
        yield Mutant("choice", text.format(letter, other))
    one, two = f"({letter})", f"({other})"
    for template in (*_BESIDE, "{0}/{1}", "{0}{1}", "{0} & {1}"):
        yield Mutant("hedge", template.format(one, two))
        yield Mutant("hedge", template.format(letter, other))
        yield Mutant("hedge", template.format(f"\\text{{{one}}}", f"\\text{{{two}}}"))
        plain = re.sub(r"\\text\{([^{}]*)\}", r"\1", template.format(one, two))
        yield Mutant("hedge", f"\\text{{{plain}}}")
    for template in _DENIED:
        yield Mutant("denied", template.format(one))


def _words(word: str) -> Iterator[Mutant]:
    other = f"un{word}"
    for text in (other, word[::-1], word[1:], f"{word}s and {other}", f"{word}{word}"):
        yield Mutant("word", text)
    for template in _BESIDE:
        yield Mutant("hedge", template.format(word, other))
        yield Mutant("hedge", template.format(f"\\text{{{word}}}", f"\\text{{{other}}}"))
    for template in _DENIED:
        yield Mutant("denied", template.format(word))


def _doubted(text: str, other: str) -> Iterator[Mutant]:
    """A right value beside another one, or denied."""
    for template in _BESIDE:
        if text.rpartition("=")[2].strip() != "0" or template not in _PRODUCTS:
            yield Mutant("beside", template.format(text, other))
    for template in _DENIED:
        yield Mutant("denied", template.format(text))


def _of(value: Value, text: str) -> Iterator[Mutant]:
    """Wrong answers for a value of each structure."""
    other = outside(value, text)
    yield from _doubted(text, other)
    if isinstance(value, Named):
        inner = text.partition("=" if "\\in" not in text else "\\in")[2].strip()
        yield Mutant("other name", text.replace(value.name, f"{letters(value.name)}q", 1))
        for template in ("{1}, {0}", "{0}, {1}", "{0} or {1}"):
            yield Mutant("beside", template.format(text, f"{value.name} = {other}"))
        yield from _of(value.value, inner)
    elif isinstance(value, Equation):
        yield Mutant("side", f"{text} + 1")
        yield Mutant("side", f"{text} = {OTHER}")
        yield Mutant("side", value.sides[0])
    elif isinstance(value, Bracketed):
        yield from brackets(value, text)
    elif isinstance(value, Union):
        yield from (Mutant("part", part) for part in re.split(r"\s*\\cup\s*", text))
        yield from other_brackets(text)
        yield Mutant("union", text.replace("\\cup", "\\cap"))
        yield Mutant("union", text.replace("\\cup", "\\setminus"))
    elif isinstance(value, Several):
        yield from members(value)
    elif isinstance(value, Formula):
        yield from formula(text)
