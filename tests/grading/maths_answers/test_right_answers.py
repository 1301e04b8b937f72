"""Every right answer passes: the expected answers of the benchmarks, as they are and rewritten."""

import pytest
from fakes import reads_data

from evaluators import benchmark
from evaluators.minerva import RULES as MEASURED
from lcbrb.grading.maths_answers.comparing import compared
from lcbrb.grading.maths_answers.forms import expected_choice, is_words, tidy
from lcbrb.grading.maths_answers.numbers import number_of
from lcbrb.grading.maths_answers.rules import Rules
from lcbrb.grading.maths_answers.structure import (
    Bracketed,
    Equation,
    Formula,
    Named,
    Several,
    Union,
    structure,
)
from lcbrb.grading.maths_answers.units import without_text_unit
from lcbrb.types import Status

RULES = {
    "math500": Rules(),
    "minerva": MEASURED,
    "aime24": Rules(whole=True),
    "aime25": Rules(whole=True),
}
DRESSES = [
    "{}",
    "${}$",
    "  {} .",
    "\\({}\\)",
    "\\displaystyle {}",
    "**{}**",
    "{}\\,",
]


def rewritten(value):
    """The same answer in other words: its formulas as sums, its lists the other way round."""
    match value:
        case Formula(text):
            words = is_words(text.removeprefix("\\text{").removesuffix("}"))
            whole = "infty" in text or "matrix" in text or (text[:1].isdigit() and "_" in text)
            return text if words or whole or expected_choice(text) else f"0 + ({text})"
        case Several(items):
            return ", ".join(map(rewritten, reversed(items)))
        case Bracketed(left, items, right):
            return f"{left} {', '.join(map(rewritten, items))} {right}"
        case Union(parts):
            return " \\cup ".join(map(rewritten, reversed(parts)))
        case Named(name, inner):
            return f"{name} = {rewritten(inner)}"
        case Equation((left, right)):
            return f"{right} = {left} + 0"
    raise AssertionError(value)


@reads_data
@pytest.mark.parametrize("name", RULES)
def test_every_expected_answer_passes_in_every_dress(name):
    """It equals itself letter by letter, so this asks no worker."""
    refused = [
        (gold, dress)
        for gold in {one.check.gold for one in benchmark(name).load()}
        for dress in DRESSES[: 1 if "$" in gold else None]
        if compared(gold, dress.format(gold), RULES[name]) is not Status.PASSED
    ]
    assert refused == []


@pytest.mark.slow
@reads_data
@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", RULES)
def test_expected_answers_pass_rewritten(name, step):
    """Mathematics has to read each that is no mere number; of the numbers, one of ten."""
    golds = sorted({one.check.gold for one in benchmark(name).load()})
    numbers = [gold for gold in golds if number_of(without_text_unit(tidy(gold)))]
    chosen = [gold for gold in golds if gold not in numbers] + numbers[::10]
    refused = [
        (gold, other)
        for gold in chosen[::step]
        for other in [rewritten(structure(without_text_unit(tidy(gold))))]
        if compared(gold, other, RULES[name]) is not Status.PASSED
    ]
    assert refused == []


OURS = [
    "3x - 1",
    "(1, 2]",
    "x \\in [0,3)",
    "2, 5",
    "y = 3x",
    "x - y = 4",
    "1 \\pm \\sqrt{2}",
    "\\{2\\}",
]


@pytest.mark.parametrize("gold", OURS)
def test_an_answer_of_ours_passes_rewritten(gold):
    other = rewritten(structure(gold))
    assert other != gold
    assert compared(gold, other, Rules()) is Status.PASSED
