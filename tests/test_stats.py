"""`lcbrb.stats` against scipy, statsmodels, brute force and values worked by hand."""

from __future__ import annotations

import itertools
import math
import random
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_confint

from lcbrb import stats
from lcbrb.errors import UsageError
from lcbrb.stats import intervals, paired
from lcbrb.types import Estimate

few = settings(deadline=None, max_examples=60)
shares = st.floats(0.0, 1.0)
scores = st.floats(-1e6, 1e6)
labels = st.integers(0, 5).map("problem-{}".format)


def observations(values: st.SearchStrategy[float]) -> st.SearchStrategy[list[tuple[str, float]]]:
    """Some observations, each with the label of its cluster."""
    return st.lists(st.tuples(labels, values), min_size=1, max_size=30)


def clustered(
    rng: np.random.Generator, clusters: int = 60, largest: int = 8
) -> tuple[np.ndarray, np.ndarray]:
    """Right or wrong answers whose problems differ much in difficulty; the true mean is 0.5."""
    sizes = rng.integers(1, largest + 1, clusters)
    difficulty = rng.beta(0.5, 0.5, clusters)
    problem = np.repeat(np.arange(clusters), sizes)
    return (rng.random(problem.size) < difficulty[problem]).astype(float), problem


def bounds(estimate: Estimate) -> tuple[float, float]:
    """The interval, which must be there."""
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


# ------------------------------------------------------------------------------------ pass@k


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
    before, after = (stats.mean_pass_at_k(some, 2, resamples=100) for some in (counts, shuffled))
    assert before == after


@pytest.mark.parametrize(("counts", "k"), [([], 1), ([(5, 1), (1, 1)], 2)])
def test_mean_pass_at_k_refuses(counts: list[tuple[int, int]], k: int) -> None:
    with pytest.raises(UsageError):
        stats.mean_pass_at_k(counts, k)


# ------------------------------------------------------------------------------------ Wilson


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


# ------------------------------------------------------------------------------ cluster mean


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
    robust = stats.effective_sd(values, problem) / math.sqrt(800)
    assert (high - low) / (2 * 1.96 * robust) == pytest.approx(1.0, abs=0.04)


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
    monkeypatch.setattr(intervals, "_CHUNK_CELLS", 7 * 60)
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


# ------------------------------------------------------------------------------ effective sd


@pytest.mark.parametrize("seed", range(3))
def test_effective_sd_agrees_with_statsmodels_cr1(seed: int) -> None:
    # use_correction: G / (G - 1) * (N - 1) / (N - K), and K = 1 for an intercept alone.
    values, problem = clustered(np.random.default_rng(seed), clusters=25)
    fit = OLS(values, np.ones_like(values)).fit(
        cov_type="cluster", cov_kwds={"groups": problem, "use_correction": True}
    )
    assert stats.effective_sd(values, problem) / math.sqrt(25) == pytest.approx(fit.bse[0])


def test_effective_sd_of_equal_clusters_is_that_of_their_means() -> None:
    values = np.random.default_rng(6).normal(size=(40, 3))
    problem = np.repeat(np.arange(40), 3)
    expected = values.mean(axis=1).std(ddof=1)
    assert stats.effective_sd(values.ravel(), problem) == pytest.approx(expected)
    assert stats.effective_sd([0.1] * 4, [1, 1, 1, 2]) == 0.0


def test_effective_sd_refuses_a_single_cluster() -> None:
    with pytest.raises(UsageError, match="2 clusters"):
        stats.effective_sd([0.0, 1.0], ["a", "a"])


# ------------------------------------------------------------------------- paired difference


def test_paired_difference_takes_mcnemar_for_one_answer_a_problem() -> None:
    a = [1] * 15 + [0] * 4 + [1] * 20 + [0] * 11
    b = [0] * 15 + [1] * 4 + [1] * 20 + [0] * 11
    result = stats.paired_difference(a, b, range(50))
    assert result.estimate.value == pytest.approx(11 / 50)
    assert result.p_value == pytest.approx(mcnemar([[20, 15], [4, 11]], exact=True).pvalue)
    assert result.method == "McNemar, exact"
    differences = [x - y for x, y in zip(a, b, strict=True)]
    assert result.estimate == stats.cluster_mean(differences, range(50))


def test_sign_flips_are_exact_for_few_clusters() -> None:
    rng = np.random.default_rng(7)
    a, b = rng.normal(0.5, 1, 10), rng.normal(0, 1, 10)
    # Four further problems where the two are alike change the mean, not the p value.
    same = [3.0] * 4
    result = stats.paired_difference([*a, *same], [*b, *same], range(14))
    expected = scipy.stats.permutation_test(
        (a, b), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=np.inf
    )
    assert result.p_value == pytest.approx(expected.pvalue)
    assert result.method == "sign flips over clusters, exact"


def test_sign_flips_by_hand() -> None:
    # Cluster sums 2, 1, 1: of the 8 signed totals only 4 and -4 are as far from 0.
    result = stats.paired_difference([1, 1, 1, 1], [0, 0, 0, 0], ["x", "x", "y", "z"])
    assert result.p_value == 2 / 8


def test_drawn_sign_flips_agree_with_the_exact_p_value(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    a, b = rng.normal(0.5, 1, 12), rng.normal(0, 1, 12)
    exact = stats.paired_difference(a, b, range(12))
    monkeypatch.setattr(paired, "_ENUMERATED_CLUSTERS", 0)
    drawn = stats.paired_difference(a, b, range(12), resamples=50_000)
    assert drawn.p_value == pytest.approx(exact.p_value, abs=0.006)
    assert drawn.method == "sign flips over clusters, 50000 drawn"


def test_a_drawn_p_value_is_never_zero() -> None:
    result = stats.paired_difference([3.0] * 50, [1.0] * 50, range(50), resamples=199)
    assert result.p_value == 1 / 200


@few
@given(st.lists(st.sampled_from([(0, 0), (0, 1), (1, 0), (1, 1)]), min_size=2, max_size=12))
def test_sign_flips_of_doubled_problems_are_mcnemar(pairs: list[tuple[int, int]]) -> None:
    # Each answer repeated once: new observations, no new evidence.
    a, b = [x for x, _ in pairs], [y for _, y in pairs]
    once = stats.paired_difference(a, b, range(len(a)), resamples=100)
    twice = stats.paired_difference(a * 2, b * 2, [*range(len(a))] * 2, resamples=100)
    assert (once.method, twice.method) == ("McNemar, exact", "sign flips over clusters, exact")
    assert twice.p_value == pytest.approx(once.p_value)
    # The repeats count as observations but leave the interval as it was.
    assert bounds(twice.estimate) == pytest.approx(bounds(once.estimate))
    assert (once.estimate.n, twice.estimate.n) == (len(a), 2 * len(a))


def test_sign_flips_keep_their_level_where_clusters_are_large() -> None:
    rng = np.random.default_rng(9)
    rejected = naive = 0
    for _ in range(200):
        values, problem = clustered(rng, clusters=40)
        # Both subjects have the same mean, but each its own difficulties.
        other = (rng.random(values.size) < rng.beta(0.5, 0.5, 40)[problem]).astype(float)
        result = stats.paired_difference(values, other, problem, resamples=200)
        rejected += result.p_value is not None and result.p_value <= 0.05
        by_answer = stats.paired_difference(values, other, range(values.size), resamples=200)
        naive += by_answer.p_value is not None and by_answer.p_value <= 0.05
    assert rejected / 200 <= 0.09
    assert naive / 200 >= 0.15


def test_identical_subjects_are_no_evidence_of_equality() -> None:
    answers = [0, 1, 1, 0, 1] * 20
    result = stats.paired_difference(answers, answers, range(100))
    assert (result.estimate.value, result.p_value) == (0.0, 1.0)
    # (1 - u) ** 100 = 0.05: the rule of three says about 3 / 100.
    assert bounds(result.estimate) == pytest.approx((-0.029513, 0.029513), abs=1e-6)
    assert result.estimate.method == "rule of three over clusters: no variation"


def test_identical_scores_off_the_unit_scale_get_no_interval() -> None:
    result = stats.paired_difference([2.5, -1.0, 0.1 + 0.2], [2.5, -1.0, 0.3], "abc")
    assert (result.estimate.value, result.p_value) == (0.0, 1.0)
    assert (result.estimate.low, result.estimate.high) == (None, None)
    assert result.estimate.method == "none: no variation between clusters"


def test_a_constant_difference_is_bounded_on_its_open_side() -> None:
    result = stats.paired_difference([1] * 50, [0] * 50, range(50))
    u = 1 - 0.05 ** (1 / 50)
    assert bounds(result.estimate) == pytest.approx((1 - 2 * u, 1.0))
    assert result.p_value == pytest.approx(2**-49)
    swapped = stats.paired_difference([0] * 50, [1] * 50, range(50))
    assert bounds(swapped.estimate) == pytest.approx((-1.0, 2 * u - 1))


def test_one_cluster_has_no_test() -> None:
    result = stats.paired_difference([1, 1], [0, 1], ["a", "a"])
    assert (result.estimate.low, result.p_value) == (None, None)
    assert result.method == result.estimate.method == "none: fewer than 2 clusters"


triples = st.lists(st.tuples(labels, scores, scores), min_size=1, max_size=30)
answers = st.sampled_from([0.0, 1.0])
binary_triples = st.lists(st.tuples(labels, answers, answers), min_size=1, max_size=30)


@few
@given(st.one_of(triples, binary_triples), st.randoms())
def test_swapping_the_subjects_mirrors_everything(
    rows: list[tuple[str, float, float]], shuffler: random.Random
) -> None:
    problem, a, b = zip(*rows, strict=True)
    result = stats.paired_difference(a, b, problem, resamples=100)
    swapped = stats.paired_difference(b, a, problem, resamples=100)
    assert swapped.estimate.value == -result.estimate.value
    assert swapped.p_value == result.p_value
    assert swapped.method == result.method
    if result.estimate.low is not None:
        low, high = bounds(result.estimate)
        assert low <= result.estimate.value <= high
        assert bounds(swapped.estimate) == pytest.approx((-high, -low), rel=1e-9, abs=1e-6)
    shuffled = rows.copy()
    shuffler.shuffle(shuffled)
    problem, a, b = zip(*shuffled, strict=True)
    assert stats.paired_difference(a, b, problem, resamples=100) == result


@pytest.mark.parametrize(
    ("a", "b", "clusters"), [([1.0], [1.0, 2.0], ["a"]), ([1.0], [1.0], ["a", "b"]), ([], [], [])]
)
def test_paired_difference_refuses(a: list, b: list, clusters: list) -> None:
    with pytest.raises(UsageError):
        stats.paired_difference(a, b, clusters)


# ----------------------------------------------------------------------------------- McNemar


@few
@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_agrees_with_statsmodels_and_scipy(only_a: int, only_b: int) -> None:
    p_value = stats.mcnemar_exact(only_a, only_b)
    assert p_value == stats.mcnemar_exact(only_b, only_a)
    expected = mcnemar([[0, only_a], [only_b, 0]], exact=True).pvalue
    assert p_value == pytest.approx(expected, rel=1e-9)
    if only_a + only_b:
        expected = scipy.stats.binomtest(only_a, only_a + only_b).pvalue
        assert p_value == pytest.approx(expected, rel=1e-9)


def test_mcnemar_by_hand_and_at_size() -> None:
    assert stats.mcnemar_exact(0, 0) == 1.0
    assert stats.mcnemar_exact(5, 0) == pytest.approx(2 / 32)
    assert stats.mcnemar_exact(1, 4) == pytest.approx(2 * (1 + 5) / 32)
    expected = scipy.stats.binomtest(49_500, 100_000).pvalue
    assert stats.mcnemar_exact(49_500, 50_500) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("counts", [(-1, 3), (3, -1), (1.5, 2)])
def test_mcnemar_refuses(counts: tuple[int, int]) -> None:
    with pytest.raises(UsageError):
        stats.mcnemar_exact(*counts)


# -------------------------------------------------------------------------------------- Holm


def test_holm_by_hand() -> None:
    # Sorted 0.01, 0.02, 0.03 become 0.03, 0.04, and 0.03 raised to 0.04.
    assert stats.holm([0.03, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert stats.holm([]) == []
    assert stats.holm([0.6, 0.7]) == [1.0, 1.0]


@settings(deadline=None, max_examples=15)  # statsmodels takes 0.1 s for each
@given(st.lists(shares, min_size=1, max_size=20))
def test_holm_agrees_with_statsmodels_and_keeps_order(p_values: list[float]) -> None:
    adjusted = stats.holm(p_values)
    assert adjusted == pytest.approx(list(multipletests(p_values, method="holm")[1]))
    assert all(raw <= new <= 1.0 for raw, new in zip(p_values, adjusted, strict=True))
    by_raw = [new for _, new in sorted(zip(p_values, adjusted, strict=True))]
    assert by_raw == sorted(by_raw)


@pytest.mark.parametrize("p_values", [[0.5, 1.1], [-0.1], [math.nan]])
def test_holm_refuses(p_values: list[float]) -> None:
    with pytest.raises(UsageError):
        stats.holm(p_values)


# ---------------------------------------------------------------------------------- planning


@pytest.mark.parametrize(("alpha", "power"), [(0.05, 0.8), (0.01, 0.9), (0.1, 0.5)])
def test_minimum_detectable_effect_agrees_with_statsmodels(alpha: float, power: float) -> None:
    effect = stats.minimum_detectable_effect(0.6, 219, alpha=alpha, power=power)
    one_sample = NormalIndPower().power(effect / 0.6, 219, alpha, ratio=0, alternative="two-sided")
    assert one_sample == pytest.approx(power, abs=1e-3)


def test_minimum_detectable_effect_by_hand() -> None:
    # 1.95996 + 0.84162 = 2.80159 standard errors of 0.5 / 10.
    assert stats.minimum_detectable_effect(0.5, 100) == pytest.approx(0.1400793, abs=1e-6)
    assert stats.clusters_for_effect(0.5, 0.14) == 101
    assert stats.clusters_for_effect(0.5, 10.0) == 2


@few
@given(st.floats(0.01, 10.0), st.integers(2, 100_000))
def test_clusters_for_effect_inverts(sd: float, clusters: int) -> None:
    effect = stats.minimum_detectable_effect(sd, clusters)
    assert stats.clusters_for_effect(sd, effect) == clusters


@pytest.mark.parametrize(
    ("sd", "clusters", "options"),
    [
        (0.0, 10, {}),
        (-1.0, 10, {}),
        (math.inf, 10, {}),
        (1.0, 1, {}),
        (1.0, 10, {"alpha": 0.0}),
        (1.0, 10, {"power": 1.0}),
        (1.0, 10, {"alpha": 0.5, "power": 0.2}),
    ],
)
def test_minimum_detectable_effect_refuses(sd: float, clusters: int, options: dict) -> None:
    with pytest.raises(UsageError):
        stats.minimum_detectable_effect(sd, clusters, **options)
    with pytest.raises(UsageError):
        stats.clusters_for_effect(sd, 0.0)


# ------------------------------------------------------------------------------------ import


def test_importing_stats_stays_light() -> None:
    heavy = "{'scipy', 'pandas', 'statsmodels', 'torch', 'pydantic'}"
    code = f"import sys, lcbrb.stats; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
