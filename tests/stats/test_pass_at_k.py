"""pass@k of a problem and its mean over problems: by hand, by enumeration and by its laws."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, strategies as st
from observed import bounds, few
from statsmodels.stats.proportion import proportion_confint

from lcbrb import stats
from lcbrb.errors import UsageError


@pytest.mark.parametrize(
    ("n", "c", "k", "expected"),
    [
        (1, 0, 1, 0.0),
        (1, 1, 1, 1.0),
        (10, 3, 1, 0.3),
        (5, 2, 2, 0.7),  # 1 - C(3,2)/C(5,2) = 1 - 3/10
        (4, 1, 2, 0.5),  # 1 - C(3,2)/C(4,2) = 1 - 3/6
        (10, 5, 5, 251 / 252),  # 1 - C(5,5)/C(10,5)
        (200, 1, 100, 0.5),
        (10_000, 1, 1, 1e-4),
        (3, 2, 2, 1.0),  # more samples drawn than wrong ones exist
    ],
)
def test_pass_at_k_by_hand(n: int, c: int, k: int, expected: float) -> None:
    assert stats.pass_at_k(n, c, k) == expected


def test_pass_at_k_is_the_share_of_subsets_with_a_pass() -> None:
    for n in range(1, 8):
        for c, k in itertools.product(range(n + 1), range(1, n + 1)):
            subsets = list(itertools.combinations([1] * c + [0] * (n - c), k))
            share = sum(any(subset) for subset in subsets) / len(subsets)
            assert stats.pass_at_k(n, c, k) == share


def test_pass_at_k_agrees_with_the_product_of_the_paper_where_factorials_overflow() -> None:
    n, c, k = 5000, 37, 100
    product = 1.0 - float(np.prod(1.0 - k / np.arange(n - c + 1, n + 1)))
    assert stats.pass_at_k(n, c, k) == pytest.approx(product, rel=1e-12)


@few
@given(st.data())
def test_pass_at_k_grows_with_passes_and_with_tries(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 300))
    c, k = data.draw(st.integers(0, n - 1)), data.draw(st.integers(1, n - 1))
    here = stats.pass_at_k(n, c, k)
    assert 0.0 <= here <= stats.pass_at_k(n, c + 1, k) <= 1.0
    assert here <= stats.pass_at_k(n, c, k + 1)


@pytest.mark.parametrize(
    "counts", [(0, 0, 1), (5, 6, 1), (5, -1, 1), (5, 2, 0), (5, 2, 6), (5.0, 2, 1), (5, 2, 1.5)]
)
def test_pass_at_k_refuses(counts: tuple[int, int, int]) -> None:
    with pytest.raises(UsageError):
        stats.pass_at_k(*counts)


def test_mean_pass_at_k_weighs_problems_alike() -> None:
    estimate = stats.mean_pass_at_k([(10, 0), (2, 2), (4, 1), (5, 2)], 2)
    assert estimate.value == pytest.approx((0.0 + 1.0 + 0.5 + 0.7) / 4)
    assert (estimate.n, estimate.clusters) == (21, 4)
    low, high = bounds(estimate)
    assert 0.0 <= low < estimate.value < high <= 1.0


def test_mean_pass_at_k_of_perfect_problems_is_not_certain() -> None:
    estimate = stats.mean_pass_at_k([(5, 5)] * 20, 1)
    assert estimate.value == 1.0
    assert estimate.low == pytest.approx(proportion_confint(20, 20, method="wilson")[0])
    assert estimate.method == "wilson over clusters: no variation"


@few
@given(st.lists(st.integers(0, 6), min_size=1, max_size=12), st.randoms())
def test_mean_pass_at_k_ignores_the_order_of_problems(
    passes: list[int], shuffler: random.Random
) -> None:
    counts = [(6, c) for c in passes]
    shuffled = counts.copy()
    shuffler.shuffle(shuffled)
    before, after = (stats.mean_pass_at_k(some, 2) for some in (counts, shuffled))
    assert before == after


@pytest.mark.parametrize(("counts", "k"), [([], 1), ([(5, 1), (1, 1)], 2)])
def test_mean_pass_at_k_refuses(counts: list[tuple[int, int]], k: int) -> None:
    with pytest.raises(UsageError):
        stats.mean_pass_at_k(counts, k)
