"""PRMScore's two F1s and their interval."""

import pytest
from hypothesis import given, strategies as st

from lcbrb.errors import UsageError
from lcbrb.stats import balanced_f1

steps = st.lists(st.tuples(st.booleans(), st.booleans(), st.sampled_from("abc")), min_size=1)


def f1(hits, errors):
    return 2 * hits / (2 * hits + errors) if hits or errors else 0.0


@given(steps)
def test_it_is_the_mean_of_both_f1s(rows):
    right, called, clusters = zip(*rows, strict=True)
    errors = sum(a != b for a, b, _ in rows)
    kept = sum(a and b for a, b, _ in rows)
    caught = sum(not a and not b for a, b, _ in rows)
    found = balanced_f1(right, called, clusters, resamples=40)
    assert found.value == pytest.approx((f1(kept, errors) + f1(caught, errors)) / 2)
    assert (found.n, found.clusters) == (len(rows), len(set(clusters)))
    if found.low is not None:
        assert 0 <= found.low <= found.value <= found.high <= 1
    flipped = balanced_f1([not a for a in right], [not b for b in called], clusters, resamples=40)
    assert flipped.value == pytest.approx(found.value)


def test_what_does_not_pair_is_refused():
    with pytest.raises(UsageError, match="do not pair"):
        balanced_f1([True], [], ["a"])
    with pytest.raises(UsageError, match="do not pair"):
        balanced_f1([], [], [])
