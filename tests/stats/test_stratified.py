"""Weighted stratum means against plain means, hand-worked cases and simulation."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from lcbrb.errors import UsageError
from lcbrb.stats import cluster_mean, stratified_mean, wilson
from lcbrb.stats._draws import Resampling, drawn_weights


def test_strata_count_by_their_weights_and_not_by_their_size():
    found = stratified_mean([1, 1, 1, 0], ["a", "a", "a", "b"], {"a": 0.25, "b": 0.75}, range(4))
    assert (found.value, found.n, found.clusters) == (0.25, 4, 4)
    assert found.low <= 0.25 <= found.high


def test_weights_by_size_give_the_plain_mean_and_nearly_its_interval():
    rng = np.random.default_rng(3)
    values, clusters = rng.random(300), rng.integers(0, 80, 300)
    strata = ["a" if i % 3 else "b" for i in range(300)]
    found = stratified_mean(values, strata, {"a": 2 / 3, "b": 1 / 3}, clusters)
    plain = cluster_mean(values, clusters)
    assert found.value == pytest.approx(plain.value)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=0.004)


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from("ab"), st.integers(0, 4)),
        min_size=1,
        max_size=20,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_observations_changes_no_digit(rows, shuffler):
    mixed = shuffler.sample(rows, len(rows))

    def mean(given_rows):
        values, strata, clusters = zip(*given_rows, strict=True)
        return stratified_mean(values, strata, {"a": 1.0, "b": 2.0}, clusters, resamples=200)

    assert mean(mixed) == mean(rows)


def test_a_stratum_that_a_resample_misses_gives_its_weight_away():
    found = stratified_mean([1.0, 0.0], ["a", "b"], {"a": 0.5, "b": 0.5}, [0, 1])
    assert (found.low, found.high) == (0.0, 1.0)


def test_shares_that_do_not_vary_get_wilsons_interval_on_effective_clusters():
    found = stratified_mean([1] * 40, ["a", "b"] * 20, {"a": 0.5, "b": 0.5}, range(40))
    assert (found.low, found.high) == (wilson(40, 40).low, 1.0)
    lopsided = stratified_mean([1] * 40, ["a"] + ["b"] * 39, {"a": 0.5, "b": 0.5}, range(40))
    assert lopsided.low == wilson(3, 3).low
    assert stratified_mean([2, 2], ["a", "b"], {"a": 1, "b": 1}, [0, 1]).low is None


def test_one_cluster_has_no_interval():
    one = stratified_mean([1, 0], ["a", "b"], {"a": 1, "b": 1}, [0, 0])
    assert (one.low, one.method) == (None, "none: fewer than 2 clusters")


def test_every_resample_draws_as_many_clusters_as_there_are():
    chunks = list(drawn_weights(Resampling(1000), 7))
    weights = np.concatenate(chunks)
    assert weights.shape == (1000, 7)
    assert (weights.sum(1) == 7).all()
    assert weights.mean(0) == pytest.approx(np.ones(7), abs=0.15)


@pytest.mark.parametrize(
    ("strata", "weights"),
    [(["a"], {"a": 1}), (["a", "b"], {"a": 1}), (["a", "b"], {"a": 1, "b": 0})],
)
def test_strata_without_a_weight_are_refused(strata, weights):
    with pytest.raises(UsageError):
        stratified_mean([1.0, 0.0], strata, weights, [0, 1])
