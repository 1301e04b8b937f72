"""Cohen's kappa against statsmodels and by hand, Krippendorff's alpha by hand and as published."""

import random

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa as peer

from lcbrb import stats
from lcbrb.errors import UsageError


def pairs_of(table):
    """Two raters' categories, so that category met category as often as the table says."""
    cells = [(x, y) for x, row in enumerate(table) for y, n in enumerate(row) for _ in range(n)]
    return [str(x) for x, _ in cells], [str(y) for _, y in cells]


def test_kappa_by_hand():
    a, b = pairs_of([[20, 5], [10, 15]])
    estimate = stats.cohens_kappa(a, b, list(range(50)))
    assert estimate.value == pytest.approx((0.7 - 0.5) / (1 - 0.5))  # 35 of 50 agree, 25 by chance
    assert (estimate.n, estimate.clusters) == (50, 50)
    assert estimate.low < estimate.value < estimate.high
    assert estimate.method == "cluster bootstrap, percentile, 10000 resamples"


def test_kappa_agrees_with_statsmodels():
    rng = random.Random(1)
    for size in (2, 3, 5):
        table = np.array([[rng.randrange(1, 30) for _ in range(size)] for _ in range(size)])
        a, b = pairs_of(table)
        ours = stats.cohens_kappa(a, b, list(range(len(a))), seed=3)
        theirs = peer(table, wt=None)
        assert ours.value == pytest.approx(theirs.kappa, abs=1e-12)
        # one item a cluster: the bootstrap's interval is near the asymptotic one
        assert ours.low == pytest.approx(theirs.kappa_low, abs=0.03)
        assert ours.high == pytest.approx(theirs.kappa_upp, abs=0.03)


def test_items_of_one_problem_count_as_one_and_make_the_interval_wider():
    a, b = pairs_of([[20, 5], [10, 15]])
    alone = stats.cohens_kappa(a, b, list(range(50)))
    tied = stats.cohens_kappa(a * 4, b * 4, [f"p{i}" for i in range(50)] * 4)
    assert tied.value == pytest.approx(alone.value)
    assert (tied.n, tied.clusters) == (200, 50)
    assert tied.high - tied.low == pytest.approx(alone.high - alone.low, abs=0.03)


A = "1 2 3 3 2 1 4 1 2 . . ."
B = "1 2 3 3 2 2 4 1 2 5 . 3"
C = ". 3 3 3 2 3 4 2 2 5 1 ."
D = "1 2 3 3 2 4 4 1 2 5 1 ."


def by_item(*raters):
    rows = zip(*(one.split() for one in raters), strict=True)
    return [[None if word == "." else word for word in row] for row in rows]


@pytest.mark.parametrize(
    ("raters", "expected"),
    [
        # two items, a-a and a-b: 2 of 4 ratings met another, and 2 would by chance
        (["a a", "a b"], 0.0),
        # a-a, b-b: none met another; 8/3 would by chance
        (["a b", "a b"], 1.0),
        # Krippendorff (2011), Computing Krippendorff's Alpha-Reliability: examples A and C
        (["0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"], 0.095),
        ([A, B, C, D], 0.743),
    ],
)
def test_alpha_by_hand_and_as_published(raters, expected):
    ratings = by_item(*raters)
    estimate = stats.krippendorff_alpha(ratings, list(range(len(ratings))))
    assert estimate.value == pytest.approx(expected, abs=5e-4)
    assert estimate.n == sum(sum(x is not None for x in row) > 1 for row in ratings)


def test_perfect_agreement_has_no_interval_and_one_category_no_value():
    same = ["a", "b"] * 10
    for estimate in (
        stats.cohens_kappa(same, same, list(range(20))),
        stats.krippendorff_alpha([(x, x) for x in same], list(range(20))),
    ):
        assert (estimate.value, estimate.low, estimate.high) == (1.0, None, None)
        assert estimate.method.startswith("none: no variation")
    alone = ["a"] * 20
    assert stats.cohens_kappa(alone, alone, list(range(20))) is None
    assert stats.krippendorff_alpha([(x, x) for x in alone], list(range(20))) is None
    assert stats.krippendorff_alpha([("a", None)], [0]) is None
    one_problem = stats.cohens_kappa(*pairs_of([[3, 1], [1, 3]]), ["p"] * 8)
    assert (one_problem.low, one_problem.clusters) == (None, 1)


def test_resamples_without_a_value_are_counted():
    rare = stats.cohens_kappa(["a", "a", "b"], ["a", "a", "b"], [0, 1, 2])
    assert rare.value == 1.0
    mixed = stats.cohens_kappa(["a", "a", "b", "b"], ["a", "a", "b", "a"], [0, 1, 2, 3])
    assert "of them undefined" in mixed.method


def test_the_order_of_items_changes_nothing():
    a, b = pairs_of([[9, 2, 1], [3, 8, 2], [0, 1, 7]])
    items = list(zip(a, b, [f"p{i % 7}" for i in range(len(a))], strict=True))
    shuffled = random.Random(5).sample(items, len(items))
    first, second = (stats.cohens_kappa(*zip(*rows, strict=True)) for rows in (items, shuffled))
    assert first == second


@pytest.mark.parametrize(
    "call",
    [
        lambda: stats.cohens_kappa(["a"], ["a", "b"], [1]),
        lambda: stats.cohens_kappa([], [], []),
        lambda: stats.cohens_kappa(["a"], ["a"], [1, 2]),
        lambda: stats.krippendorff_alpha([("a", "b")], []),
    ],
)
def test_what_does_not_fit_together_is_refused(call):
    with pytest.raises(UsageError):
        call()
