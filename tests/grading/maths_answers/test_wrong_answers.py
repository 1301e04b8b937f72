"""No wrong answer passes: every expected answer of the benchmarks against broken copies of every form.

All copies together take minutes. Each run takes a fixed draw of them, one of `STEP` for each answer;
the test marked slow takes all.
"""

import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from fakes import reads_data

from evaluators import benchmark
from lcbrb.engine.local import usable_cores
from lcbrb.grading.maths_answers.answer_mutants import answer_mutants
from lcbrb.grading.maths_answers.comparing import compared
from lcbrb.grading.maths_answers.numbers import FOUR_DIGITS
from lcbrb.grading.maths_answers.rules import Rules
from lcbrb.types import Status

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
]


def passing(golds, rules, step):
    """How many broken copies were compared, and those of them that pass."""
    pairs = [
        (gold, mutant)
        for gold in golds
        for place, mutant in enumerate(answer_mutants(gold))
        if (zlib.crc32(gold.encode()) + place) % step == 0
    ]
    with ThreadPoolExecutor(usable_cores()) as pool:
        statuses = list(pool.map(lambda pair: compared(pair[0], pair[1].text, rules), pairs))
    assert Status.HARNESS_ERROR not in statuses
    graded = zip(pairs, statuses, strict=True)
    return len(pairs), [
        (mutant.form, gold, mutant.text)
        for (gold, mutant), status in graded
        if status is Status.PASSED
    ]


@pytest.mark.parametrize("rules", [EXACT, MEASURED], ids=["exact", "measured"])
def test_no_broken_copy_of_an_answer_of_ours_passes(rules):
    compared_copies, found = passing(OURS, rules, 4)
    assert compared_copies > 400
    assert found == [], f"{len(found)} of {compared_copies} wrong answers pass"


@reads_data
@pytest.mark.parametrize("name", RULES)
def test_no_broken_copy_of_a_real_answer_passes(name):
    golds = sorted({one.check.gold for one in benchmark(name).load()})
    compared_copies, found = passing(golds, RULES[name], STEP)
    assert compared_copies >= len(golds)
    assert found == [], f"{len(found)} of {compared_copies} wrong answers pass"


@pytest.mark.slow
@reads_data
@pytest.mark.parametrize("name", RULES)
def test_no_broken_copy_at_all_of_a_real_answer_passes(name):
    golds = sorted({one.check.gold for one in benchmark(name).load()})
    compared_copies, found = passing(golds, RULES[name], 1)
    assert compared_copies > 50 * len(golds)
    assert found == [], f"{len(found)} of {compared_copies} wrong answers pass"
