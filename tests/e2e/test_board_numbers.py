"""What the page computes, in a browser: against SciPy, `lcbrb.stats`, worked values and simulations."""

import itertools
import json
import math
import random

import numpy as np
import pytest
import scipy.stats

from lcbrb.runs.results import HEADLINES
from lcbrb.stats import cluster_mean, holm, paired_difference, pass_at_k, wilson
from leaderboards.scoring import observe

DATED = "benchmark=dated+v1"
EXACT = 1e-9


def least(trials, level):
    """The fewest hits that a coverage of `level` leaves likely; a seeded draw, so no flakes."""
    return scipy.stats.binom.ppf(1e-4, trials, level)


@pytest.fixture(scope="module")
def computed(browser, board):
    """What a function of the page gives for each of some cases."""
    tab = browser.new_page()
    tab.goto(board.as_uri())
    tab.wait_for_selector("html[data-ready]", state="attached")

    def compute(function, cases):
        script = f"cases => JSON.parse(cases).map({function})"
        return tab.evaluate(script, json.dumps(cases))  # as one text: a browser takes it at once

    yield compute
    tab.close()


def intervals(computed, *cases):
    """The page's (value, low, high, method) of shares, each of (sums, counts, n)."""
    fields = ("value", "low", "high", "method")
    found = computed("a => lcbrbBoard.clusteredWilson(...a)", cases)
    return [tuple(one[name] for name in fields) for one in found]


def effective_wilson(sums, counts, n):
    """Wilson's interval on n over the design effect, with SciPy's t."""
    sums, counts, groups = np.array(sums), np.array(counts), len(sums)
    value = sums.sum() / counts.sum()
    variance = groups / (groups - 1) * ((sums - value * counts) ** 2).sum() / counts.sum() ** 2
    effective = min(n, n * value * (1 - value) / (n - 1) / variance)
    t = scipy.stats.t.ppf(0.975, [n - 1, groups - 1])
    effective *= (t[0] / t[1]) ** 2
    z2 = scipy.stats.norm.ppf(0.975) ** 2
    centre = (value + z2 / (2 * effective)) / (1 + z2 / effective)
    spread = value * (1 - value) / effective + z2 / (4 * effective**2)
    half = math.sqrt(z2 * spread) / (1 + z2 / effective)
    return value, centre - half, centre + half


def test_intervals_are_wilson_s_on_the_effective_sample_size(computed):
    rng = random.Random(1)
    cases = []
    for _ in range(60):
        counts = [float(rng.randint(1, 6)) for _ in range(rng.randint(8, 60))]
        cases.append(
            ([rng.choice([0.0, c, rng.random() * c]) for c in counts], counts, sum(counts))
        )
    for case, (*shown, method) in zip(cases, intervals(computed, *cases), strict=True):
        assert shown == pytest.approx(effective_wilson(*case), abs=1e-4)  # the page's t is a series
        assert method == "wilson, clustered"


def test_intervals_of_special_cases(computed):
    coins = [1.0] * 17 + [0.0] * 23
    plain, fivefold, alike, alone = intervals(
        computed,
        (coins, [1.0] * 40, 40),
        ([5 * one for one in coins], [5.0] * 40, 200),
        ([1.0] * 9, [2.0] * 9, 18),
        ([1.0], [2.0], 2),
    )
    usual = wilson(17, 40)
    assert plain[:3] == pytest.approx((usual.value, usual.low, usual.high), abs=EXACT)
    assert fivefold[:3] == pytest.approx(plain[:3], abs=0.01)  # five alike of each tell no more
    same = cluster_mean([0.5] * 9, list(range(9)))  # a record says the same where nothing varies
    assert alike[:3] == pytest.approx((0.5, same.low, same.high), abs=EXACT)
    assert alike[3] == same.method
    assert alone == (0.5, None, None, "none: fewer than 2 clusters")


@pytest.mark.parametrize("problems", [20, 150])
@pytest.mark.parametrize("samples", [1, 8])
def test_intervals_cover_the_truth_as_often_as_they_say(computed, problems, samples):
    rng = np.random.default_rng(problems + samples)
    cases = []
    for _ in range(400):
        passed = rng.binomial(samples, rng.beta(0.5, 0.5, problems)) / samples
        cases.append((passed.tolist(), [1.0] * problems, problems * samples))
    covered = sum(low <= 0.5 <= high for _, low, high, _ in intervals(computed, *cases))
    assert covered >= least(400, 0.94)


def adjusted(computed, *cases):
    """The page's intervals of differences, each of (sums, counts)."""
    sized = [(sums, counts, sum(counts)) for sums, counts in cases]
    found = computed("a => lcbrbBoard.adjustedDifference(...a)", sized)
    return [[one["value"], one["low"], one["high"]] for one in found]


def test_the_difference_of_two_models_is_bonett_and_price_s(computed):
    # 10 of 100 only a, 4 only b: p12 = 11/102, p21 = 5/102
    p12, p21 = 11 / 102, 5 / 102
    half = 1.959963984540054 * math.sqrt((p12 + p21 - (p12 - p21) ** 2) / 102)
    sums = [1.0] * 10 + [-1.0] * 4 + [0.0] * 86
    plain, fivefold, alike, alone = adjusted(
        computed,
        (sums, [1.0] * 100),
        ([5 * one for one in sums], [5.0] * 100),
        ([0.0] * 50, [1.0] * 50),
        ([1.0], [2.0]),
    )
    assert plain == pytest.approx([0.06, p12 - p21 - half, p12 - p21 + half], abs=EXACT)
    assert fivefold == pytest.approx(plain, abs=EXACT)  # five alike of each problem tell no more
    assert alike[1] == -alike[2] < -0.02  # two that never differ still have a width
    assert alone == [0.5, None, None]


def test_differences_cover_the_truth_as_often_as_they_say(computed):
    rng = np.random.default_rng(1)
    cases = []
    for _ in range(400):
        a, b = rng.random(60) < 0.6, rng.random(60) < 0.5
        cases.append(((a.astype(float) - b).tolist(), [1.0] * 60))
    found = adjusted(computed, *cases)
    covered = sum(low <= 0.1 <= high for _, low, high in found)
    assert covered >= least(400, 0.95)


def p_values(computed, *cases):
    return computed("sums => lcbrbBoard.signFlipP(sums)", cases)


def enumerated(sums):
    totals = [
        abs(sum(sign * one for sign, one in zip(signs, sums, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(sums))
    ]
    return sum(total >= abs(sum(sums)) - 1e-9 for total in totals) / len(totals)


def test_few_differences_are_enumerated(computed):
    rng = random.Random(2)
    cases = [[rng.choice([-1.5, -0.5, 0.25, 1, 2]) for _ in range(size)] for size in range(1, 9)]
    assert p_values(computed, *cases, [0.0, 0.0]) == pytest.approx([*map(enumerated, cases), 1.0])


def test_single_coins_are_mcnemar_s_as_the_commands_have_it(computed):
    rng = random.Random(3)
    cases = [rng.choices([-1, 0, 1], [1, 2, lean], k=n) for n in (13, 60, 900) for lean in (1, 4)]
    for sums, shown in zip(cases, p_values(computed, *cases), strict=True):
        a, b = [float(one > 0) for one in sums], [float(one < 0) for one in sums]
        here = paired_difference(a, b, list(range(len(sums))), resamples=50).p_value
        assert shown == pytest.approx(here, rel=1e-8, abs=1e-300)


def test_many_differences_are_taken_as_normal_and_agree_with_drawn_flips(computed):
    rng = np.random.default_rng(3)
    a, b = rng.random(200), rng.random(200) * 0.9
    (near,) = p_values(computed, (a - b).tolist())
    assert near == pytest.approx(
        paired_difference(a, b, np.arange(200), resamples=20_000).p_value, abs=0.01
    )
    cases = [[0.3] * more + [-0.3] * less for more, less in ((8, 7), (30, 20), (300, 200), (90, 1))]
    for sums, shown in zip(cases, p_values(computed, *cases), strict=True):
        z = sum(sums) / math.sqrt(sum(one**2 for one in sums))
        assert shown == pytest.approx(2 * scipy.stats.norm.sf(z), rel=1e-8)


def test_the_test_errs_no_more_often_than_it_says(computed):
    rng = np.random.default_rng(2)
    cases = []
    for _ in range(600):
        chances = rng.beta(0.5, 0.5, 80)
        cases.append(((rng.binomial(4, chances) - rng.binomial(4, chances)) / 4).tolist())
    wrong = sum(p < 0.05 for p in p_values(computed, *cases))
    assert wrong <= scipy.stats.binom.ppf(1 - 1e-4, 600, 0.05)


def test_holm_and_pass_at_k_are_as_the_commands_have_them(computed):
    rng = random.Random(3)
    values = [rng.random() ** 3 for _ in range(30)] + [0.02, 0.02]
    assert computed("a => lcbrbBoard.holm(a)", [values])[0] == pytest.approx(holm(values))
    cases = [(10, 3, 1), (10, 3, 5), (10, 0, 2), (10, 10, 1), (100, 7, 100), (5, 4, 2)]
    shown = computed("a => lcbrbBoard.passAtK(...a)", cases)
    assert shown == pytest.approx([pass_at_k(n, c, k) for n, c, k in cases])


# ------------------------------------------------------------------------------- ranks

RANKS = """({ letters, problemOf, coverage }) => {
  const pairs = { problem: problemOf, category: [], gap: [] };
  const column = { kind: "policy", isPairs: problemOf.length > 0, pairs, units: letters[0].length, cache: new Map(),
    problems: [...new Set(problemOf.length ? problemOf : [...letters[0]].keys())], released: [], difficulty: [] };
  column.rows = letters.map((text, index) => ({ index, width: 1, letters: [text, "", ""], estimates: {}, cache: new Map(),
    record: { coverage: coverage[index] ?? 1, counts: {} } }));
  const metric = column.isPairs ? "accuracy" : "pass@1";
  return lcbrbBoard.ranks(column, { metric, part: "", from: "", to: "" });
}"""


def board_of(*letters, problem_of=(), coverage=()):
    """A row's letters, one a unit, and the problem of each unit where several share one."""
    return {"letters": letters, "problemOf": list(problem_of), "coverage": list(coverage)}


def ranks(computed, *boards):
    return computed(RANKS, boards)


def test_models_that_can_t_be_told_apart_share_a_rank(computed):
    good, close, bad = "p" * 40, "p" * 38 + "ww", "w" * 35 + "p" * 5
    assert ranks(computed, board_of(good, bad, close, bad)) == [[1, 3, 1, 3]]


def test_two_differ_below_5_percent(computed):
    """Five one-sided problems have p = 0.0625, six 0.031."""
    five, six = (board_of("p" * k + "w" * (20 - k), "w" * 20) for k in (5, 6))
    assert ranks(computed, five, six) == [[1, 1], [1, 2]]


def test_ranks_are_adjusted_for_the_number_of_pairs(computed):
    """p = 0.016 between two; among six models it is no finding."""
    better, other = "p" * 7 + "w" * 13, "w" * 20
    two, six = ranks(computed, board_of(better, other), board_of(better, *[other] * 5))
    assert (two, six) == ([1, 2], [1] * 6)


def test_below_95_percent_of_the_problems_there_is_no_rank(computed):
    letters = ["p" * 100, "h" * 6 + "p" * 94, "h" * 5 + "p" * 95, "p" * 100]
    (found,) = ranks(computed, board_of(*letters, coverage=[1, 1, 1, 0.9]))
    assert found == [1, None, 1, None]


def test_reward_models_are_paired_by_pair_and_clustered_by_problem(computed):
    eighty = [i // 4 for i in range(80)]
    right, wrong, ties = ("W" * 80, "L" * 80, "T" * 80)
    clear = board_of(right, wrong, ties, problem_of=eighty)
    seven = board_of("W" * 7, "L" * 7, problem_of=range(7))
    one_problem = board_of("W" * 7, "L" * 7, problem_of=[0] * 7)  # seven alike, of which p is 1
    assert ranks(computed, clear, seven, one_problem) == [[1, 3, 2], [1, 2], [1, 1]]


def test_no_model_is_found_better_too_often_where_all_are_alike(computed):
    rng = np.random.default_rng(5)
    boards = [
        board_of(*["".join("wp"[one] for one in rng.integers(0, 2, 30)) for _ in range(4)])
        for _ in range(200)
    ]
    split = sum(any(rank != 1 for rank in found) for found in ranks(computed, *boards))
    assert split <= scipy.stats.binom.ppf(1 - 1e-3, 200, 0.05)


# ------------------------------------------------------------------------ the table itself


def test_without_a_window_the_table_has_the_record_s_intervals(opened, in_python):
    one = opened()
    for label in ("dated v1", "plain v1", "pairs v1"):
        one.go(f"benchmark={label.replace(' ', '+')}")
        names, shown = one.column("Model"), one.column("95% interval")
        for row in in_python[label].rows:
            (place,) = [i for i, name in enumerate(names) if name.startswith(row.name)]
            estimate = row.result.record.estimates[HEADLINES[in_python[label].kind]]
            assert shown[place] == f"{100 * estimate.low:.1f} to {100 * estimate.high:.1f}"
    one.go("benchmark=plain+v1")
    assert one.column("Rank") == ["=1", "=1"]
    one.go(DATED)  # gamma lacks 2 of 120 problems only
    assert one.column("Rank") == ["1", "=2", "=2"]


def test_a_window_is_scored_over_its_problems(opened, in_python):
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
        there = tab.evaluate(
            "r => {const B=lcbrbBoard, c=B.chosenColumn(); const s=B.score(c, c.rows[r], B.viewOf(c)); return [s.value, s.low, s.high, s.n]}",
            place,
        )
        assert there == pytest.approx(
            [*effective_wilson(values, [1.0] * len(values), n), n], abs=1e-4
        )
        assert there[0] == pytest.approx(np.mean(values), abs=EXACT)
