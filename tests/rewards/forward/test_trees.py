"""Prefix trees against plain counting: every sequence is read back, every prefix is there once."""

import itertools

import numpy as np
import pytest
from hypothesis import given, strategies as st

from lcbrb.rewards.forward import trees

SEQUENCES = st.lists(st.lists(st.integers(0, 3), max_size=8), max_size=8)
WIDE = st.lists(st.lists(st.sampled_from([0, 1, 255, 256, 65_537]), max_size=5), max_size=6)


def prefixes(sequences):
    """Every distinct beginning, without the empty one: the nodes of a tree made by hand."""
    return {tuple(one[:end]) for one in sequences for end in range(1, len(one) + 1)}


@given(SEQUENCES | WIDE)
def test_every_sequence_is_read_back_from_its_path(sequences):
    row = trees.pack(sequences)
    assert len(row.paths) == len(sequences)
    for one, path in zip(sequences, row.paths, strict=True):
        assert row.tokens[path].tolist() == one
        assert row.positions[path].tolist() == list(range(len(one)))


@given(SEQUENCES | WIDE)
def test_a_row_has_one_token_for_each_distinct_prefix(sequences):
    """So no two branches of one place begin with the same token."""
    row = trees.pack(sequences)
    assert len(row.tokens) == len(row.positions) == len(row.ends) == len(prefixes(sequences))
    arranged = trees.arrange(sequences)
    assert sum(arranged.lengths) - sum(arranged.shared) == len(row.tokens)


@given(SEQUENCES)
def test_a_token_sees_just_its_own_path(sequences):
    row = trees.pack(sequences)
    above = {
        int(path[at]): set(path[: at + 1].tolist()) for path in row.paths for at in range(len(path))
    }
    places = range(len(row.tokens))
    assert set(above) == set(places)
    for query, key in itertools.product(places, places):
        assert (key <= query < row.ends[key]) == (key in above[query])


@given(SEQUENCES)
def test_spans_cover_the_row_in_order_and_end_their_paths(sequences):
    row = trees.pack(sequences)
    assert [i for span in row.spans for i in range(span.first, span.last)] == list(
        range(len(row.tokens))
    )
    for span in row.spans:
        count = span.last - span.first
        assert count > 0
        assert span.path[-count:].tolist() == list(range(span.first, span.last))
        assert span.contiguous == bool((np.diff(span.path) == 1).all())


@given(WIDE)
def test_the_order_is_that_of_lists(sequences):
    arranged = trees.arrange(sequences)
    ordered = [sequences[i] for i in arranged.order]
    assert ordered == sorted(sequences)
    assert sorted(arranged.order) == list(range(len(sequences)))


def test_a_pair_that_shares_its_beginning():
    row = trees.pack([[1, 2, 3, 4], [1, 2, 9]])
    assert row.tokens.tolist() == [1, 2, 3, 4, 9]
    assert row.positions.tolist() == [0, 1, 2, 3, 2]
    assert row.ends.tolist() == [5, 5, 4, 4, 5]
    assert [path.tolist() for path in row.paths] == [[0, 1, 2, 3], [0, 1, 4]]
    assert [span.contiguous for span in row.spans] == [True, False]


# ----------------------------------------------------------------------------------- batches


def computed(sequences, batches):
    return sum(len(trees.pack([sequences[i] for i in batch]).tokens) for batch in batches)


def contiguous_cuts(order, sequences, budget):
    """Every way of cutting the ordered sequences into batches within the budget."""
    for places in itertools.product([False, True], repeat=max(0, len(order) - 1)):
        batches = [[order[0]]]
        for index, is_cut in zip(order[1:], places, strict=True):
            if is_cut:
                batches.append([index])
            else:
                batches[-1].append(index)
        sizes = [computed(sequences, [batch]) for batch in batches]
        if all(
            size <= budget or len(batch) == 1 for size, batch in zip(sizes, batches, strict=True)
        ):
            yield batches


@given(
    st.lists(st.lists(st.integers(0, 1), max_size=6), min_size=1, max_size=6),
    st.integers(1, 20),
    st.integers(0, 4),
    st.none() | st.integers(1, 10),
)
def test_batches_cost_as_little_as_any_cut_of_the_order(sequences, budget, overhead, comfort):
    arranged = trees.arrange(sequences)
    found = trees.split(arranged, budget, overhead, comfort)

    def cost(batches):
        sizes = [computed(sequences, [batch]) for batch in batches]
        past = [max(0, size - comfort) for size in sizes] if comfort else []
        return sum(sizes) + overhead * len(batches) + trees.STRAIN * sum(past)

    assert sorted(i for batch in found for i in batch) == list(range(len(sequences)))
    ways = contiguous_cuts(arranged.order, sequences, budget)
    assert cost(found) == pytest.approx(min(map(cost, ways)))
    for batch in found:
        assert len(batch) == 1 or computed(sequences, [batch]) <= budget


@pytest.mark.parametrize(
    ("budget", "sizes"), [(100, [4]), (8, [2, 2]), (5, [1, 1, 1, 1]), (1, [1, 1, 1, 1])]
)
def test_a_cut_falls_between_problems(budget, sizes):
    pairs = [[1, 1, 1, 1, 1, 2], [1, 1, 1, 1, 1, 3], [2, 2, 2, 2, 2, 4], [2, 2, 2, 2, 2, 5]]
    found = trees.split(trees.arrange(pairs), budget, 1)
    assert [len(batch) for batch in found] == sizes


def test_past_its_comfort_a_batch_is_cut_where_little_is_shared():
    pairs = [[0, k, *[9] * 50, end] for k in range(4) for end in (1, 2)]
    sizes = [len(batch) for batch in trees.split(trees.arrange(pairs), 10_000, 2, 60)]
    assert sizes == [2, 2, 2, 2]
    assert [len(b) for b in trees.split(trees.arrange(pairs), 10_000, 2)] == [8]


def test_nothing_makes_no_batch():
    assert trees.split(trees.arrange([]), 10, 1) == []
    assert len(trees.pack([]).tokens) == 0
