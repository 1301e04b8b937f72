"""Closed formulas against scipy, against `lcbrb.stats`, against worked values, and by simulation."""

import itertools
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings, strategies as st

from lcbrb.errors import UsageError
from lcbrb.stats import cluster_mean, paired_difference, wilson
from lcbrb.stats.closed_form import _t, clustered_wilson, sign_flip_p_value

some = settings(max_examples=60)
counts = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6)), min_size=2, max_size=30)


def as_counts(pairs):
    """(samples, passing) with no more passing than samples."""
    return [(n, min(n, c)) for n, c in pairs]


@some
@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=2, max_size=60))
def test_one_coin_a_cluster_is_the_plain_wilson_interval(coins):
    found = clustered_wilson(coins, [1.0] * len(coins), n=len(coins))
    plain = wilson(sum(coins), len(coins))
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=1e-12)


@some
@given(counts)
def test_the_share_is_the_ratio_that_the_bootstrap_is_of(pairs):
    pairs = as_counts(pairs)
    values = [float(i < c) for n, c in pairs for i in range(n)]
    labels = [g for g, (n, _) in enumerate(pairs) for _ in range(n)]
    n = len(values)
    found = clustered_wilson([float(c) for _, c in pairs], [float(n) for n, _ in pairs], n=n)
    boot = cluster_mean(values, labels, resamples=50)
    assert found.value == pytest.approx(boot.value)
    assert (found.n, found.clusters) == (boot.n, boot.clusters)
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0
    if boot.method.startswith("wilson"):  # no variation: both give the same bound
        assert (found.low, found.high) == pytest.approx((boot.low, boot.high))


def test_clusters_that_resemble_themselves_widen_the_interval_as_if_there_were_fewer():
    plain = clustered_wilson([1.0] * 30 + [0.0] * 30, [1.0] * 60, n=60)
    doubled = clustered_wilson([5.0] * 30 + [0.0] * 30, [5.0] * 60, n=300)
    assert doubled.low == pytest.approx(plain.low, abs=0.005)
    assert doubled.high == pytest.approx(plain.high, abs=0.005)


def test_one_cluster_has_no_interval():
    assert clustered_wilson([1.0], [2.0], n=2).low is None


@pytest.mark.parametrize("freedom", [4, 10, 43, 1000])
def test_student_s_t_is_close_to_scipy_s(freedom):
    assert _t(freedom) == pytest.approx(scipy.stats.t.ppf(0.975, freedom), rel=2e-3)


def brute(sums):
    totals = [
        abs(sum(s * d for s, d in zip(signs, sums, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(sums))
    ]
    return sum(total >= abs(sum(sums)) - 1e-9 for total in totals) / len(totals)


@some
@given(st.lists(st.sampled_from([-1.5, -0.5, 0.0, 0.25, 1.0, 2.0]), min_size=1, max_size=8))
def test_few_clusters_are_enumerated(sums):
    kept = [one for one in sums if one]
    expected = brute(kept) if kept else 1.0
    assert sign_flip_p_value(sums) == pytest.approx(expected)


@some
@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=2, max_size=60))
def test_single_coins_are_mcnemar_as_in_paired_difference(sums):
    a = [float(one > 0) for one in sums]
    b = [float(one < 0) for one in sums]
    expected = paired_difference(a, b, list(range(len(sums))), resamples=50).p_value
    assert sign_flip_p_value(sums) == pytest.approx(expected)


def test_many_clusters_agree_with_drawn_flips():
    rng = np.random.default_rng(3)
    a, b = rng.random(200), rng.random(200) * 0.9
    drawn = paired_difference(a, b, np.arange(200), resamples=20_000).p_value
    assert sign_flip_p_value((a - b).tolist()) == pytest.approx(drawn, abs=0.01)


def covered(intervals, truth):
    return sum(one.low <= truth <= one.high for one in intervals)


def least(trials, level=0.95, slip=1e-4):
    """The fewest hits that a coverage of `level` leaves likely; a seeded draw, so no flakes."""
    return scipy.stats.binom.ppf(slip, trials, level)


@pytest.mark.parametrize("problems", [20, 150])
@pytest.mark.parametrize("samples", [1, 8])
def test_intervals_cover_the_truth_as_often_as_they_say(problems, samples):
    rng = np.random.default_rng(problems + samples)
    found = []
    for _ in range(400):
        chances = rng.beta(0.5, 0.5, problems)
        passed = rng.binomial(samples, chances) / samples
        found.append(clustered_wilson(passed.tolist(), [1.0] * problems, n=problems * samples))
    assert covered(found, 0.5) >= least(400, 0.94)


def test_the_test_errs_no_more_often_than_it_says():
    rng = np.random.default_rng(2)
    wrong = 0
    for _ in range(600):
        chances = rng.beta(0.5, 0.5, 80)
        a, b = rng.binomial(4, chances) / 4, rng.binomial(4, chances) / 4
        wrong += sign_flip_p_value((a - b).tolist()) < 0.05
    assert wrong <= scipy.stats.binom.ppf(1 - 1e-4, 600, 0.05)


@pytest.mark.parametrize(
    ("sums", "sizes", "n"),
    [
        ([], [], 0),
        ([1.0], [1.0, 1.0], 2),
        ([0.5, 0.0], [0.0, 1.0], 2),
        ([2.0, 0.0], [1.0, 1.0], 2),
        ([math.nan, 0.0], [1.0, 1.0], 2),
        ([1.0, 0.0], [1.0, 1.0], 1),
    ],
)
def test_what_is_no_share_is_refused(sums, sizes, n):
    with pytest.raises(UsageError):
        clustered_wilson(sums, sizes, n=n)
