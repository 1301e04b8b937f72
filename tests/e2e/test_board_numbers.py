"""The page in a browser computes what Python computes: intervals, tests, ranks, windows."""

import math
import random

import numpy as np
import pytest
import scipy.stats

from lcbrb.stats import closed_form, holm, pass_at_k
from leaderboards.scoring import observe, standings

DATED = "benchmark=dated+v1"
EXACT = 1e-9


def bounds(one):
    return [one.value, one.low, one.high]


def clusters(rng):
    counts = [rng.randint(1, 6) for _ in range(rng.randint(1, 60))]
    sums = [rng.choice([0, count, rng.random() * count]) for count in counts]
    if rng.random() < 0.2:
        sums = [0.0] * len(counts)
    return [float(one) for one in sums], [float(one) for one in counts]


def test_intervals_are_python_s(opened):
    tab, rng = opened().go(), random.Random(1)
    for _ in range(60):
        sums, counts = clusters(rng)
        n = int(sum(counts))
        there = tab.evaluate("a => lcbrbBoard.clusteredWilson(...a)", [sums, counts, n])
        here = closed_form.clustered_wilson(sums, counts, n=n)
        shown = [there["value"], there["low"], there["high"]]
        assert shown == pytest.approx(bounds(here), abs=EXACT, nan_ok=False)
        assert there["method"] == here.method


def adjusted(tab, *cases):
    """The page's intervals of differences, each of (sums, counts)."""
    script = "cases => cases.map(([s, c]) => lcbrbBoard.adjustedDifference(s, c, sum(c)))"
    total = "const sum = (all) => all.reduce((x, y) => x + y, 0);"
    wrapped = f"cases => {{ {total} return ({script})(cases); }}"
    return [[one["value"], one["low"], one["high"]] for one in tab.evaluate(wrapped, cases)]


def test_the_difference_of_two_models_is_bonett_and_price_s(opened):
    # 10 of 100 only a, 4 only b: p12 = 11/102, p21 = 5/102
    p12, p21 = 11 / 102, 5 / 102
    half = 1.959963984540054 * math.sqrt((p12 + p21 - (p12 - p21) ** 2) / 102)
    sums = [1.0] * 10 + [-1.0] * 4 + [0.0] * 86
    tab = opened().go()
    plain, fivefold, alike, alone = adjusted(
        tab,
        (sums, [1.0] * 100),
        ([5 * one for one in sums], [5.0] * 100),
        ([0.0] * 50, [1.0] * 50),
        ([1.0], [2.0]),
    )
    assert plain == pytest.approx([0.06, p12 - p21 - half, p12 - p21 + half], abs=EXACT)
    assert fivefold == pytest.approx(plain, abs=EXACT)  # five alike of each problem tell no more
    assert alike[1] == -alike[2] < -0.02  # two that never differ still have a width
    assert alone == [0.5, None, None]


def test_differences_cover_the_truth_as_often_as_they_say(opened):
    rng = np.random.default_rng(1)
    cases = []
    for _ in range(400):
        a, b = rng.random(60) < 0.6, rng.random(60) < 0.5
        cases.append(((a.astype(float) - b).tolist(), [1.0] * 60))
    found = adjusted(opened().go(), *cases)
    covered = sum(low <= 0.1 <= high for _, low, high in found)
    assert covered >= scipy.stats.binom.ppf(1e-4, 400, 0.95)  # a seeded draw, so no flakes


@pytest.mark.parametrize("size", [1, 5, 12, 13, 60, 900])
@pytest.mark.parametrize("values", [(-1.0, 0.0, 1.0), (-1.0, -0.3, 0.0, 0.25, 1.0)])
def test_tests_are_python_s(opened, size, values):
    tab, rng = opened().go(), random.Random(size)
    for lean in (0.0, 0.4, 0.9):
        sums = [max(values) if rng.random() < lean else rng.choice(values) for _ in range(size)]
        there = tab.evaluate("a => lcbrbBoard.signFlipP(a)", sums)
        assert there == pytest.approx(closed_form.sign_flip_p_value(sums), rel=1e-8, abs=1e-300)


def test_holm_and_pass_at_k_are_python_s(opened):
    tab, rng = opened().go(), random.Random(3)
    p_values = [rng.random() ** 3 for _ in range(30)] + [0.02, 0.02]
    assert tab.evaluate("a => lcbrbBoard.holm(a)", p_values) == pytest.approx(holm(p_values))
    for n, c, k in [(10, 3, 1), (10, 3, 5), (10, 0, 2), (10, 10, 1), (100, 7, 100), (5, 4, 2)]:
        assert tab.evaluate("a => lcbrbBoard.passAtK(...a)", [n, c, k]) == pytest.approx(
            pass_at_k(n, c, k)
        )


@pytest.mark.parametrize("label", ["dated v1", "plain v1", "pairs v1"])
def test_scores_and_ranks_of_the_table_are_python_s(opened, in_python, label):
    one = opened()
    one.go(f"benchmark={label.replace(' ', '+')}")
    expected = standings(in_python[label])
    names = one.column("Model")
    for standing in expected:
        (place,) = [i for i, name in enumerate(names) if name.startswith(standing.row.name)]
        ranks = one.column("Rank")
        assert ranks[place].lstrip("=") == (
            "\N{EN DASH}" if standing.rank is None else str(standing.rank)
        )
        shown = one.column("95% interval")[place]
        low, high = (100 * bound for bound in bounds(standing.estimate)[1:])
        assert shown == f"{low:.1f} to {high:.1f}"
    assert any(rank.startswith("=") for rank in ranks) or label != "plain v1"


def test_a_window_is_scored_as_python_scores_its_problems(opened, in_python):
    column = in_python["dated v1"]
    tab = opened().go(f"{DATED}&from=2023-09&to=2024-03")
    inside = [
        i for i, day in enumerate(column.released) if "2023-09" <= day.isoformat()[:7] <= "2024-03"
    ]
    assert 20 < len(inside) < 60
    for place, row in enumerate(column.rows):
        values = [float(observe(column, row).values_U[i]) for i in inside]
        n = sum(
            row.verdicts[i * row.width : (i + 1) * row.width].count(x)
            for i in inside
            for x in "pwtn"
        )
        here = closed_form.clustered_wilson(values, [1.0] * len(values), n=n)
        there = tab.evaluate(
            "r => {const B=lcbrbBoard, c=B.chosenColumn(); const s=B.score(c, c.rows[r], B.viewOf(c)); return [s.value, s.low, s.high, s.n]}",
            place,
        )
        assert there == pytest.approx([*bounds(here), n], abs=EXACT)
