"""The logistic fit against statsmodels, by simulation, and where data have no finite answer."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given, settings, strategies as st

from lcbrb.errors import UsageError
from lcbrb.stats import fit_logistic, probability_at, slope_estimate


def simulated(seed, *, n=300, groups=60, intercept=0.4, slope=0.8):
    """x, y with ties, and clusters that share a push."""
    rng = np.random.default_rng(seed)
    clusters = rng.integers(0, groups, n)
    x = rng.normal(size=n)
    logit = intercept + slope * x + rng.normal(0, 0.7, groups)[clusters]
    y = (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(float)
    y[rng.random(n) < 0.1] = 0.5
    return x, y, clusters


@pytest.mark.parametrize("seed", range(3))
def test_coefficients_and_clustered_errors_are_those_of_statsmodels(seed):
    x, y, clusters = simulated(seed)
    fit = fit_logistic(x, y, clusters)
    theirs = sm.GLM(y, sm.add_constant(x), family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": clusters}, tol=1e-12
    )
    assert (fit.intercept, fit.slope) == pytest.approx(tuple(theirs.params), rel=1e-5)
    assert np.array(fit.covariance) == pytest.approx(theirs.cov_params(), rel=1e-4)
    assert (fit.separated, fit.n, fit.clusters) == (False, 300, len(set(clusters)))


points = st.sampled_from([0.0, 0.5, 1.0])
rows = st.lists(st.tuples(st.integers(-20, 20), points, st.integers(0, 5)), min_size=4, max_size=40)


@given(rows, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_swapping_every_pair_turns_the_fit_round(given_rows, shuffler):
    x, y, clusters = (list(column) for column in zip(*given_rows, strict=True))
    assume(len(set(x)) > 1)
    fit = fit_logistic(x, y, clusters)
    swapped = fit_logistic([-one for one in x], [1 - one for one in y], clusters)
    assert swapped.intercept == pytest.approx(-fit.intercept, abs=1e-5)
    assert swapped.slope == pytest.approx(fit.slope, abs=1e-5)
    mixed = shuffler.sample(given_rows, len(given_rows))
    assert fit_logistic(*zip(*mixed, strict=True)) == fit
    at_zero = probability_at(fit, 0.0)
    assert 0.0 <= at_zero.value <= 1.0
    if at_zero.low is not None:
        assert at_zero.low <= at_zero.value <= at_zero.high


@pytest.mark.parametrize("at", [-1.0, 0.7])
def test_a_point_of_x_is_the_zero_of_a_shifted_x(at):
    x, y, clusters = simulated(5)
    here = probability_at(fit_logistic(x, y, clusters), at)
    shifted = probability_at(fit_logistic(x - at, y, clusters), 0.0)
    assert (here.value, here.low, here.high) == pytest.approx(
        (shifted.value, shifted.low, shifted.high), rel=1e-5
    )


def test_without_a_slope_it_is_the_plain_share():
    x = [-1.0, 1.0] * 40
    y = ([1.0, 1.0] * 3 + [0.0, 0.0]) * 10
    fit = fit_logistic(x, y, range(80))
    assert fit.slope == pytest.approx(0.0, abs=1e-9)
    assert probability_at(fit, 0.0).value == pytest.approx(0.75, abs=1e-6)


def test_what_length_alone_decides_has_no_interval():
    x = [-2.0, -1.0, 1.0, 2.0] * 5
    fit = fit_logistic(x, [0.0, 0.0, 1.0, 1.0] * 5, range(20))
    assert fit.separated
    found = probability_at(fit, 0.0)
    assert found.value == pytest.approx(0.5, abs=1e-6)
    assert (found.low, found.high) == (None, None)
    assert found.method == "none: x alone tells all high from all low values"
    assert slope_estimate(fit).low is None


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_outcomes_that_never_vary_have_no_interval(share):
    fit = fit_logistic([-1.0, 1.0, 2.0], [share] * 3, range(3))
    assert fit.separated
    assert probability_at(fit, 0.0).low is None
    assert probability_at(fit, 0.0).value == pytest.approx(share, abs=1e-3)


def test_one_cluster_gives_no_interval():
    fit = fit_logistic([-1.0, 1.0, 2.0, 0.5], [1.0, 0.0, 1.0, 0.0], [0] * 4)
    assert fit.covariance is None
    assert probability_at(fit, 0.0).method == "none: fewer than 2 clusters"


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(7)
    truth, slope, covered, trials = 0.6, 1.0, 0, 200
    intercept = math.log(truth / (1 - truth))
    for _ in range(trials):
        x = rng.normal(size=160)
        y = (rng.random(160) < 1 / (1 + np.exp(-intercept - slope * x))).astype(float)
        found = probability_at(fit_logistic(x, y, np.arange(160) // 2), 0.0)
        covered += found.low <= truth <= found.high
    assert 0.90 <= covered / trials <= 0.99


@pytest.mark.parametrize(
    ("x", "y", "clusters"),
    [
        ([1.0, 2.0], [1.0], [0, 1]),
        ([1.0, 2.0], [1.0, 2.0], [0, 1]),
        ([1.0, 1.0], [1.0, 0.0], [0, 1]),
        ([1.0, math.nan], [1.0, 0.0], [0, 1]),
        ([1.0, 2.0], [1.0, 0.0], [0]),
    ],
)
def test_what_can_not_be_fitted_is_refused(x, y, clusters):
    with pytest.raises(UsageError):
        fit_logistic(x, y, clusters)
