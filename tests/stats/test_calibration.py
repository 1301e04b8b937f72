"""Calibration of sigma(margin), against hand-made tables and models that are calibrated."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from lcbrb.errors import UsageError
from lcbrb.stats import calibration


def sigmoid(value):
    return 1 / (1 + np.exp(-value))


def drawn(seed, n=600, *, scale=1.0):
    """Margins of a calibrated model; times `scale`, of one that is too sure."""
    rng = np.random.default_rng(seed)
    sure = rng.exponential(1.5, n)
    right = rng.random(n) < sigmoid(sure)
    return np.where(right, sure, -sure) * scale


def points(margins):
    return (np.sign(margins) + 1) / 2


def test_a_table_by_hand():
    logit = np.log(0.82 / 0.18)
    margins = [logit, logit, -logit, 0.0]
    found = calibration(margins, points(margins), range(4))
    low, high = found.bins
    assert (low.low, low.confidence, low.accuracy.value, low.accuracy.n) == (0.5, 0.5, 0.5, 1)
    assert (high.low, high.high) == pytest.approx((0.8, 0.85))
    assert (high.confidence, high.accuracy.value) == pytest.approx((0.82, 2 / 3))
    assert found.ece.value == pytest.approx((0.82 - 2 / 3) * 3 / 4)
    assert found.overconfidence.value == pytest.approx((2.46 + 0.5 - 2.5) / 4)
    assert found.brier.value == pytest.approx((2 * 0.18**2 + 0.82**2 + 0.25) / 4)


@settings(max_examples=30)
@given(st.lists(st.floats(-8, 8), min_size=1, max_size=40))
def test_bins_hold_every_pair_once_and_the_error_is_theirs(margins):
    found = calibration(margins, points(margins), [i % 7 for i in range(len(margins))])
    sizes = [one.accuracy.n for one in found.bins]
    assert sum(sizes) == len(margins)
    gaps = [abs(one.accuracy.value - one.confidence) for one in found.bins]
    expected = sum(n * gap for n, gap in zip(sizes, gaps, strict=True)) / len(margins)
    assert found.ece.value == pytest.approx(expected, abs=1e-12)
    for one in found.bins:
        assert one.low - 1e-12 <= one.confidence <= one.high + 1e-12


@settings(max_examples=20)
@given(st.lists(st.floats(-8, 8), min_size=2, max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_pairs_changes_no_digit(margins, shuffler):
    order = shuffler.sample(range(len(margins)), len(margins))
    clusters = [i % 4 for i in range(len(margins))]
    mixed = [margins[i] for i in order]
    again = calibration(mixed, points(mixed), [clusters[i] for i in order])
    assert again == calibration(margins, points(margins), clusters)


@pytest.mark.slow
def test_calibrated_models_stay_below_what_chance_gives_nineteen_times_in_twenty():
    above = 0
    for seed in range(20):
        margins = drawn(seed, n=200)
        found = calibration(margins, points(margins), range(200))
        above += found.ece.value > found.ece_by_chance
    assert above <= 4


def test_a_model_that_is_too_sure_is_told():
    margins = drawn(1, scale=4.0)
    found = calibration(margins, points(margins), range(600))
    assert found.ece.value > found.ece_by_chance
    assert found.overconfidence.low > 0.05
    assert found.ece.low <= found.ece.value <= found.ece.high


def test_a_model_that_is_always_sure_and_always_wrong_has_no_interval():
    found = calibration([-800.0] * 5, [0.0] * 5, range(5))
    assert (found.ece.value, found.ece.low) == (1.0, None)
    assert found.ece.method == "none: no variation between clusters"


def test_one_cluster_gives_no_interval():
    found = calibration([1.0, -1.0], [1.0, 0.0], ["p", "p"])
    assert (found.ece.low, found.ece.method) == (None, "none: fewer than 2 clusters")


@pytest.mark.parametrize(
    ("margins", "given_points"), [([1.0], [0.0]), ([1.0, 2.0], [1.0]), ([], [])]
)
def test_what_says_two_things_is_refused(margins, given_points):
    with pytest.raises(UsageError):
        calibration(margins, given_points, range(len(margins)))
