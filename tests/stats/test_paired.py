"""Paired differences and their sign-flip test: by hand, against scipy and by simulation."""

from __future__ import annotations

import random

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, strategies as st
from observed import bounds, clustered, few, labels, scores
from statsmodels.stats.contingency_tables import mcnemar

from lcbrb import stats
from lcbrb.errors import UsageError
from lcbrb.stats import paired


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
    monkeypatch.setattr(paired, "ENUMERATED_CLUSTERS", 0)
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
