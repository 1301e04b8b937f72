"""Wilson's interval, the cluster bootstrap and the sd between clusters, against scipy and statsmodels."""

from __future__ import annotations

import math
import random
import tracemalloc

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, strategies as st
from observed import bounds, clustered, few, observations, scores, sd_between, shares
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.proportion import proportion_confint

from lcbrb import stats
from lcbrb.errors import UsageError
from lcbrb.stats import _draws
from lcbrb.types import Estimate

# ------------------------------------------------------------------------------------------- Wilson


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize(
    ("successes", "n"), [(0, 1), (1, 1), (0, 10), (3, 10), (137, 219), (1140, 1140), (2.5, 7)]
)
def test_wilson_agrees_with_statsmodels(successes: float, n: int, level: float) -> None:
    estimate = stats.wilson(successes, n, level)
    expected = proportion_confint(successes, n, alpha=1 - level, method="wilson")
    assert bounds(estimate) == pytest.approx(expected, abs=1e-12)
    assert (estimate.value, estimate.n, estimate.clusters) == (successes / n, n, n)
    assert (estimate.level, estimate.method) == (level, "wilson")


def test_wilson_by_hand() -> None:
    z2 = 1.959963984540054**2
    assert bounds(stats.wilson(0, 10)) == pytest.approx((0.0, z2 / (10 + z2)))


@few
@given(shares, st.integers(1, 10_000), st.floats(0.01, 0.999))
def test_wilson_encloses_the_share_and_is_symmetric(share: float, n: int, level: float) -> None:
    successes = min(share * n, n)
    estimate, mirrored = (stats.wilson(s, n, level) for s in (successes, n - successes))
    low, high = bounds(estimate)
    assert 0.0 <= low <= estimate.value <= high <= 1.0
    assert high - low > 0.0
    assert bounds(mirrored) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@pytest.mark.parametrize(
    ("successes", "n", "level"),
    [(0, 0, 0.95), (-1, 5, 0.95), (6, 5, 0.95), (1, 5, 1.0), (1, 5, 0.0), (math.nan, 5, 0.95)],
)
def test_wilson_refuses(successes: float, n: int, level: float) -> None:
    with pytest.raises(UsageError):
        stats.wilson(successes, n, level)


# ------------------------------------------------------------------------------------- cluster mean


def test_cluster_mean_of_two_clusters_by_hand() -> None:
    # The four resamples AA, AB, BA, BB have means 0, 3/4, 3/4, 1 (B has three observations):
    # below the 25th percentile lies 0, above the 75th lies 1.
    estimate = stats.cluster_mean([0, 1, 1, 1], ["a", "b", "b", "b"])
    assert estimate == Estimate(
        value=0.75,
        low=0.0,
        high=1.0,
        n=4,
        clusters=2,
        level=0.95,
        method="cluster bootstrap, percentile, 10000 resamples",
    )
    inner = stats.cluster_mean([0, 1, 1, 1], ["a", "b", "b", "b"], level=0.4)
    assert bounds(inner) == (0.75, 0.75)


def test_cluster_mean_agrees_with_scipy_bootstrap_of_a_ratio() -> None:
    values, problem = clustered(np.random.default_rng(1), clusters=150)
    sums, counts = np.bincount(problem, values), np.bincount(problem)
    expected = scipy.stats.bootstrap(
        (sums, counts),
        lambda s, c, axis: s.sum(axis) / c.sum(axis),
        paired=True,
        method="percentile",
        n_resamples=10_000,
        rng=np.random.default_rng(5),
    ).confidence_interval
    estimate = stats.cluster_mean(values, problem)
    assert bounds(estimate) == pytest.approx((expected.low, expected.high), abs=0.004)


def test_cluster_mean_agrees_with_the_robust_error_where_clusters_are_many() -> None:
    values, problem = clustered(np.random.default_rng(2), clusters=800)
    low, high = bounds(stats.cluster_mean(values, problem))
    robust = sd_between(values, problem) / math.sqrt(800)
    assert (high - low) / (2 * 1.96 * robust) == pytest.approx(1.0, abs=0.04)


@pytest.mark.slow
def test_cluster_mean_covers_where_a_bootstrap_of_observations_does_not() -> None:
    rng = np.random.default_rng(20_261_122)
    covered = naive = 0
    for _ in range(300):
        values, problem = clustered(rng)
        low, high = bounds(stats.cluster_mean(values, problem, resamples=1000))
        covered += low <= 0.5 <= high
        low, high = bounds(stats.cluster_mean(values, range(values.size), resamples=1000))
        naive += low <= 0.5 <= high
    assert 0.90 <= covered / 300 <= 0.985
    assert naive / 300 < 0.80


def test_a_narrow_interval_of_skewed_values_still_encloses_the_mean() -> None:
    # The middle 5% of its bootstrap means lie below the mean, 31.875.
    values = [1, 2, 4, 8, 16, 32, 64, 128]
    for mirrored in (values, [-v for v in values]):
        estimate = stats.cluster_mean(mirrored, range(8), level=0.05)
        low, high = bounds(estimate)
        assert low <= estimate.value <= high


@pytest.mark.parametrize(("values", "value"), [([1.0, 0.0], 0.5), ([1.0], 1.0)])
def test_one_cluster_has_no_interval(values: list[float], value: float) -> None:
    estimate = stats.cluster_mean(values, ["only"] * len(values))
    assert (estimate.value, estimate.low, estimate.high) == (value, None, None)
    assert estimate.method == "none: fewer than 2 clusters"


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0, 0.1])
def test_clusters_that_all_agree_get_a_wilson_interval(share: float) -> None:
    # 0.1 three times over and 0.1 once have different floating-point means.
    estimate = stats.cluster_mean([share] * 32, [*range(30), 0, 0])
    assert bounds(estimate) == pytest.approx(proportion_confint(share * 30, 30, method="wilson"))
    assert (estimate.n, estimate.clusters) == (32, 30)
    assert estimate.value == pytest.approx(share)
    assert estimate.method == "wilson over clusters: no variation"


def test_clusters_that_all_agree_get_no_interval_off_the_unit_scale() -> None:
    estimate = stats.cluster_mean([7.0] * 30, range(30))
    assert (estimate.low, estimate.high) == (None, None)
    assert estimate.method == "none: no variation between clusters"


def test_same_seed_same_interval_and_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    values, problem = clustered(np.random.default_rng(3))
    first = stats.cluster_mean(values, problem, resamples=999, seed=4)
    assert first == stats.cluster_mean(values, problem, resamples=999, seed=4)
    assert first != stats.cluster_mean(values, problem, resamples=999, seed=5)
    monkeypatch.setattr(_draws, "_CHUNK_CELLS", 7 * 60)
    assert first == stats.cluster_mean(values, problem, resamples=999, seed=4)


def test_memory_stays_bounded() -> None:
    values, problem = clustered(np.random.default_rng(3), clusters=1140, largest=2)
    tracemalloc.start()
    stats.cluster_mean(values, problem)
    stats.paired_difference(values, values[::-1], problem)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 2**20  # 10,000 x 1,140 indices at once would be 87 MiB


@few
@given(observations(scores), st.randoms(), st.floats(0.5, 0.98))
def test_cluster_mean_is_ordered_and_ignores_the_order_of_observations(
    rows: list[tuple[str, float]], shuffler: random.Random, level: float
) -> None:
    shuffled = rows.copy()
    shuffler.shuffle(shuffled)
    before, after = (
        stats.cluster_mean([v for _, v in some], [c for c, _ in some], level=level, resamples=100)
        for some in (rows, shuffled)
    )
    assert before == after
    assert before.value == pytest.approx(np.mean([v for _, v in rows]), abs=1e-6)
    assert (before.low is None) == (before.high is None)
    if before.low is not None:
        low, high = bounds(before)
        assert low <= before.value <= high


@few
@given(observations(shares))
def test_the_interval_of_a_share_lies_within_0_and_1(rows: list[tuple[str, float]]) -> None:
    estimate = stats.cluster_mean([v for _, v in rows], [c for c, _ in rows], resamples=100)
    if estimate.clusters > 1:
        low, high = bounds(estimate)
        assert 0.0 <= low < high <= 1.0


@pytest.mark.parametrize(
    ("values", "clusters", "options"),
    [
        ([], [], {}),
        ([1.0], ["a", "b"], {}),
        ([1.0, math.nan], ["a", "b"], {}),
        ([1.0, math.inf], ["a", "b"], {}),
        ([[1.0], [2.0]], ["a", "b"], {}),
        (["x", "y"], ["a", "b"], {}),
        ([1.0, 2.0], ["a", 1], {}),
        ([1.0, 2.0], [["a"], ["b"]], {}),
        ([1.0, 2.0], ["a", "b"], {"level": 1.0}),
        ([1.0, 2.0], ["a", "b"], {"level": 95}),
        ([1.0, 2.0], ["a", "b"], {"resamples": 0}),
        ([1.0, 2.0], ["a", "b"], {"resamples": 39}),
        ([1.0, 2.0], ["a", "b"], {"seed": -1}),
        ([1.0, 2.0], ["a", "b"], {"seed": None}),
    ],
)
def test_cluster_mean_refuses(values: list, clusters: list, options: dict) -> None:
    with pytest.raises(UsageError):
        stats.cluster_mean(values, clusters, **options)


# ----------------------------------------------------------------------------- sd between clusters


@pytest.mark.parametrize("seed", range(3))
def test_the_sd_agrees_with_statsmodels_cr1(seed: int) -> None:
    # use_correction: G / (G - 1) * (N - 1) / (N - K), and K = 1 for an intercept alone.
    values, problem = clustered(np.random.default_rng(seed), clusters=25)
    fit = OLS(values, np.ones_like(values)).fit(
        cov_type="cluster", cov_kwds={"groups": problem, "use_correction": True}
    )
    assert sd_between(values, problem) / math.sqrt(25) == pytest.approx(fit.bse[0])


def test_the_sd_of_equal_clusters_is_that_of_their_means() -> None:
    values = np.random.default_rng(6).normal(size=(40, 3))
    problem = np.repeat(np.arange(40), 3)
    expected = values.mean(axis=1).std(ddof=1)
    assert sd_between(values.ravel(), problem) == pytest.approx(expected)
    assert sd_between([0.1] * 4, [1, 1, 1, 2]) == 0.0


def test_the_sd_refuses_a_single_cluster() -> None:
    with pytest.raises(UsageError, match="2 clusters"):
        sd_between([0.0, 1.0], ["a", "a"])
