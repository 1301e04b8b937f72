"""Best-of-n and rank correlations, held against enumeration and against SciPy."""

import math
from itertools import combinations
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import rankdata, spearmanr

from lcbrb.errors import UsageError
from lcbrb.stats import (
    Samples,
    best_of_k,
    mean_best_of_k,
    mean_spearman,
    pass_at_k,
    pooled_spearman,
    spearman,
)

# few distinct scores, so that ties are the rule
_scores = st.integers(0, 3).map(float) | st.just(-math.inf)
groups = st.lists(st.tuples(_scores, st.booleans()), min_size=1, max_size=7).map(
    lambda rows: Samples([s for s, _ in rows], [p for _, p in rows])
)


def enumerated(samples, k):
    """The definition: every choice of k samples, every one of those that share the top score."""
    values = []
    for chosen in combinations(range(samples.n), k):
        top = max(samples.scores[i] for i in chosen)
        values.append(fmean(samples.passes[i] for i in chosen if samples.scores[i] == top))
    return fmean(values)


# ------------------------------------------------------------------------------------ best of k


@given(groups, st.integers(1, 7))
def test_the_closed_form_is_the_mean_over_all_subsets(samples, k):
    if k > samples.n:
        with pytest.raises(UsageError):
            best_of_k(samples, k)
    else:
        assert best_of_k(samples, k) == pytest.approx(enumerated(samples, k), abs=1e-12)


@given(groups, st.data())
def test_equal_scores_are_chance_and_verdicts_as_scores_an_oracle(samples, data):
    k = data.draw(st.integers(1, samples.n))
    n, c = samples.n, samples.passing
    assert best_of_k(Samples([0.0] * n, samples.passes), k) == c / n
    oracle = best_of_k(Samples([float(one) for one in samples.passes], samples.passes), k)
    assert oracle == pass_at_k(n, c, k)
    assert best_of_k(samples, 1) == c / n
    assert best_of_k(samples, k) <= oracle


@given(groups, st.data())
def test_only_the_order_of_scores_matters(samples, data):
    k = data.draw(st.integers(1, samples.n))
    turned = Samples([math.exp(score) for score in samples.scores], samples.passes)
    order = data.draw(st.permutations(range(samples.n)))
    shuffled = Samples([turned.scores[i] for i in order], [turned.passes[i] for i in order])
    assert best_of_k(samples, k) == best_of_k(shuffled, k)


def test_by_hand():
    samples = Samples([3.0, 2.0, 1.0], [False, True, True])
    # of the three pairs, two hold the wrong sample on top
    assert [best_of_k(samples, k) for k in (1, 2, 3)] == [2 / 3, 1 / 3, 0.0]
    tied = Samples([1.0, 1.0, 0.0], [True, False, False])
    assert [best_of_k(tied, k) for k in (1, 2, 3)] == [1 / 3, 0.5, 0.5]


def test_many_samples_are_no_matter():
    samples = Samples([float(i) for i in range(2000)], [i % 2 == 0 for i in range(2000)])
    assert best_of_k(samples, 1) == 0.5
    assert best_of_k(samples, 2000) == 0.0
    assert 0.0 < best_of_k(samples, 1000) < 0.5


@pytest.mark.parametrize(
    ("scores", "passes"), [([], []), ([1.0], []), ([1.0], [True, False]), ([math.nan], [True])]
)
def test_what_can_not_be_ranked_is_refused(scores, passes):
    with pytest.raises(UsageError):
        Samples(scores, passes)


@pytest.mark.parametrize("k", [0, -1, 1.5])
def test_k_is_a_whole_number(k):
    with pytest.raises(UsageError, match="k must be"):
        best_of_k(Samples([1.0, 2.0], [True, False]), k)


def test_the_mean_counts_samples_and_clusters_problems():
    samples = [Samples([1.0, 0.0], [True, False]), Samples([1.0, 0.0], [False, True])]
    found = mean_best_of_k([*samples, samples[0]], ["a", "a", "b"], 2)
    assert (found.value, found.n, found.clusters) == (2 / 3, 6, 2)
    assert found.method.startswith("cluster bootstrap")
    assert found.low <= found.value <= found.high
    with pytest.raises(UsageError):
        mean_best_of_k([], [], 1)


# ------------------------------------------------------------------------------------- Spearman


finite = st.lists(st.tuples(st.integers(0, 4).map(float), st.booleans()), min_size=2, max_size=12)


@given(finite)
def test_spearman_is_scipy_s(rows):
    samples = Samples([s for s, _ in rows], [p for _, p in rows])
    found = spearman(samples)
    if samples.passing in {0, samples.n}:
        assert found is None
    elif len(set(samples.scores)) == 1:
        assert found == 0.0
    else:
        theirs = spearmanr(samples.scores, [float(one) for one in samples.passes]).statistic
        assert found == pytest.approx(theirs, abs=1e-12)


def test_the_mean_within_problems_leaves_out_those_with_one_verdict():
    right = Samples([2.0, 1.0], [True, False])
    wrong = Samples([2.0, 1.0, 0.0], [False, True, True])
    alike = Samples([2.0, 1.0], [True, True])
    found = mean_spearman([right, wrong, alike], ["a", "b", "c"])
    assert (found.n, found.clusters) == (5, 2)
    assert found.value == pytest.approx((1.0 + spearman(wrong)) / 2)
    assert mean_spearman([alike], ["c"]) is None
    assert pooled_spearman([alike], ["c"]) is None


@settings(max_examples=30)
@given(st.lists(groups, min_size=2, max_size=5), st.integers(0, 100))
def test_the_pooled_bootstrap_ranks_every_resample_anew(samples, seed):
    names = [f"p{i}" for i in range(len(samples))]
    found = pooled_spearman(samples, names, resamples=40, seed=seed)
    scores = np.concatenate([one.scores for one in samples])
    passes = np.concatenate([one.passes for one in samples]).astype(float)
    if len(set(passes)) < 2:
        assert found is None
        return
    drawn = np.random.default_rng(seed).integers(0, len(samples), size=(40, len(samples)))
    values = []
    for row in drawn:
        x = rankdata(np.concatenate([samples[i].scores for i in row]))
        y = np.concatenate([samples[i].passes for i in row]).astype(float)
        if len(set(y)) > 1:
            values.append(0.0 if len(set(x)) == 1 else float(np.corrcoef(x, y)[0, 1]))
    whole = Samples(scores.tolist(), [bool(one) for one in passes])
    assert found.value == spearman(whole)
    assert (found.n, found.clusters) == (len(scores), len(samples))
    low, high = np.quantile(values, [0.025, 0.975]) if values else (0.0, 0.0)
    if max(high, found.value) - min(low, found.value) < 1e-12:
        assert (found.low, found.high) == (None, None)
    else:
        assert found.low == pytest.approx(min(low, found.value), abs=1e-9)
        assert found.high == pytest.approx(max(high, found.value), abs=1e-9)
    lost = 40 - len(values)
    assert (f"{lost} with one verdict left out" in found.method) == bool(lost)


def test_where_problems_agree_the_interval_is_one_of_correlations():
    wrong, blind = Samples([2.0, 1.0], [False, True]), Samples([1.0, 1.0], [False, True])
    names = [f"p{i}" for i in range(6)]
    found = mean_spearman([blind] * 6, names)
    assert found.value == 0.0
    assert found.low == pytest.approx(-found.high)
    assert found.low < -0.5
    found = mean_spearman([wrong] * 6, names)
    assert (found.value, found.low) == (-1.0, -1.0)
    assert -1.0 < found.high < 0.5
    assert found.method == "wilson over clusters: no variation"


def test_resamples_that_agree_carry_no_interval():
    right = Samples([2.0, 1.0], [True, False])
    found = pooled_spearman([right] * 4, list("abcd"))
    assert (found.value, found.low, found.high) == (1.0, None, None)
    assert found.method == "none: no variation between resamples"


@settings(max_examples=50)
@given(st.lists(groups, min_size=2, max_size=5))
def test_no_correlation_is_beside_its_interval_or_sure(samples):
    names = [f"p{i}" for i in range(len(samples))]
    mirrored = [Samples([-s for s in one.scores], one.passes) for one in samples]
    for figure in (mean_spearman, lambda *a: pooled_spearman(*a, resamples=40)):
        found, other = figure(samples, names), figure(mirrored, names)
        if found is None:
            assert other is None
            continue
        assert other.value == pytest.approx(-found.value, abs=1e-9)
        assert (other.low is None) == (found.low is None)
        if found.low is not None:
            assert -1.0 <= found.low <= found.value <= found.high <= 1.0
            assert found.high - found.low > 1e-9
            # scores turned around turn the interval around
            assert (other.low, other.high) == pytest.approx((-found.high, -found.low), abs=1e-9)


def test_one_problem_carries_no_interval():
    found = pooled_spearman([Samples([1.0, 0.0], [True, False])], ["a"])
    assert (found.value, found.low, found.method) == (1.0, None, "none: fewer than 2 clusters")
