"""Token lists into batches, and the four ways to treat one that is too long."""

import pytest
from hypothesis import given, strategies as st

from lcbrb.errors import UsageError
from lcbrb.models.batching import batches
from lcbrb.rewards.forward.batching import Truncation, fit

CUTS = (Truncation.LEFT, Truncation.RIGHT, Truncation.KEEP_HEAD_AND_TAIL)


@pytest.mark.parametrize(
    ("how", "limit", "kept"),
    [
        (Truncation.LEFT, 4, [4, 5, 6, 7]),
        (Truncation.RIGHT, 4, [0, 1, 2, 3]),
        (Truncation.KEEP_HEAD_AND_TAIL, 4, [0, 1, 6, 7]),
        (Truncation.KEEP_HEAD_AND_TAIL, 5, [0, 1, 2, 6, 7]),
        (Truncation.KEEP_HEAD_AND_TAIL, 1, [0]),
        (Truncation.LEFT, 1, [7]),
        (Truncation.RIGHT, 1, [0]),
    ],
)
def test_what_is_kept_of_eight_tokens(how, limit, kept):
    assert fit(range(8), limit, how) == kept


@pytest.mark.parametrize(
    ("limit", "leading", "kept"),
    [(4, 1, [0, 5, 6, 7]), (4, 2, [0, 1, 6, 7]), (1, 1, [0]), (2, 3, [0, 1]), (8, 1, [*range(8)])],
)
def test_a_mark_of_the_beginning_is_not_cut_off(limit, leading, kept):
    assert fit(range(8), limit, Truncation.LEFT, leading) == kept


@pytest.mark.parametrize("how", Truncation)
def test_what_fits_is_left_alone(how):
    assert fit([3, 1, 2], 3, how) == [3, 1, 2]
    assert fit([], 1, how) == []


def test_too_long_is_refused_with_both_lengths_and_the_way_out():
    with pytest.raises(UsageError, match=r"9 tokens.* takes 8: .*\?truncation=keep-head-and-tail"):
        fit(range(9), 8, Truncation.REFUSE)


@given(st.lists(st.integers()), st.integers(1, 20), st.sampled_from(CUTS), st.integers(0, 2))
def test_a_cut_is_as_long_as_allowed_and_in_order(tokens, limit, how, leading):
    marked = list(enumerate(tokens))
    kept = fit(marked, limit, how, leading)
    assert len(kept) == min(len(tokens), limit)
    assert kept == sorted(kept)
    assert set(kept) <= set(marked)


@given(st.lists(st.integers(0, 50)), st.integers(1, 120))
def test_batches_hold_every_index_once_within_the_budget(lengths, budget):
    found = list(batches(lengths, budget))
    assert sorted(index for batch in found for index in batch) == list(range(len(lengths)))
    for batch in found:
        assert len(batch) == 1 or max(lengths[i] for i in batch) * len(batch) <= budget


@given(st.lists(st.integers(1, 50)), st.integers(1, 120))
def test_the_longest_come_first_so_a_batch_holds_its_like(lengths, budget):
    order = [index for batch in batches(lengths, budget) for index in batch]
    assert order == sorted(order, key=lambda i: (-lengths[i], i))


def test_a_batch_is_filled_as_far_as_the_budget_goes():
    assert list(batches([5] * 7, 15)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(batches([100, 3, 3], 10)) == [[0], [1, 2]]
    assert list(batches([], 10)) == []
