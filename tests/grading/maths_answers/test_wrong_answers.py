"""No wrong answer passes: every expected answer of the benchmarks against broken copies of every form.

All copies together take minutes (`perf/wrong_answers.py`); here is a fixed draw, one of `STEP`.
"""

import pytest
from fakes import reads_data
from perf_scripts import load

from evaluators import benchmark
from lcbrb.grading.maths_answers.numbers import FOUR_DIGITS
from lcbrb.grading.maths_answers.rules import Rules
from lcbrb.types import Status

pytestmark = pytest.mark.slow

hold_wrong_answers = load("wrong_answers").hold_wrong_answers
EXACT, WHOLE = Rules(), Rules(whole=True)
MEASURED = Rules(measured=True, scaled=True, tolerance=FOUR_DIGITS)
RULES = {"math500": EXACT, "minerva": MEASURED, "aime24": WHOLE, "aime25": WHOLE}
STEP = 24
OURS = [
    "17",
    "-4",
    "0",
    "2.5",
    "\\frac{3}{7}",
    "2\\sqrt{7}",
    "3 - 2i",
    "(1,-4)",
    "[-2,\\infty)",
    "(-\\infty, 2) \\cup (5, \\infty)",
    "x \\in (-3,8]",
    "2, 9",
    "4 \\pm \\sqrt{3}",
    "\\begin{pmatrix} 1 \\\\ -2/3 \\end{pmatrix}",
    "y = 3x - 1",
    "x^2 - 3x + 2",
    "C_{1} e^{t} + C_{2} e^{-t} - \\frac{t}{3}",
    "\\text{(B)}",
    "\\text{west}",
    "34_7",
    "45^\\circ",
    "2^{90} - 1",
    "7 \\text{ cm}",
]


@pytest.mark.parametrize("rules", [EXACT, MEASURED], ids=["exact", "measured"])
def test_no_broken_copy_of_an_answer_of_ours_passes(rules):
    found = hold_wrong_answers(OURS, rules, step=4)
    assert found.compared > 400
    assert found.false_passes == []
    assert Status.HARNESS_ERROR not in found.counts


@reads_data
@pytest.mark.parametrize("name", RULES)
def test_no_broken_copy_of_a_real_answer_passes(name):
    golds = sorted({one.check.gold for one in benchmark(name).load()})
    found = hold_wrong_answers(golds, RULES[name], step=STEP)
    assert found.compared >= len(golds)
    assert found.false_passes == [], f"of {found.compared} wrong answers"
    assert Status.HARNESS_ERROR not in found.counts
