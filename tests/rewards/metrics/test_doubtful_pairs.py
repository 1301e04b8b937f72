"""Pairs that say nothing or say it twice are counted, by what a model reads, and told."""

import pytest
from hypothesis import given, strategies as st

from lcbrb.pair_identity import make_pair
from lcbrb.rewards.metrics.doubtful_pairs import doubts
from lcbrb.types import Provenance, Relation


def pair(chosen, rejected, *, prompt="p", problem="1", **fields):
    return make_pair(
        problem_id=problem,
        prompt=prompt,
        chosen=chosen,
        rejected=rejected,
        relation=Relation.GIVEN,
        provenance=Provenance(source="file"),
        **fields,
    )


@pytest.mark.parametrize(
    ("pairs", "counts"),
    [
        ([pair("a", "b"), pair("a", "c"), pair("a", "b", prompt="q")], {}),
        # the same text in rows with ids of their own is the same pair
        ([pair("a", "b"), pair("a", "b", problem="2"), pair("a", "b")], {"pairs_repeated": 2}),
        ([pair("a", "b"), pair("b", "a")], {"pairs_contradicting": 2}),
        ([pair("a", "a"), pair("a", "b")], {"pairs_identical": 1}),
        ([pair("a", "a"), pair("a", "a")], {"pairs_repeated": 1, "pairs_identical": 2}),
        ([pair(" \n", "b"), pair("a", ""), pair("a", "b")], {"pairs_empty": 2}),
        # the prompts of two sides are a part of what is read
        ([pair("a", "a", rejected_prompt="q"), pair("a", "a", rejected_prompt="r")], {}),
    ],
)
def test_each_kind_is_counted(pairs, counts):
    found = doubts(pairs)
    assert found.counts == counts
    assert len(found.notes) == len(counts)


def test_notes_say_one_and_several():
    (one,) = doubts([pair("a", "a")]).notes
    assert one == "1 pair has two identical sides, which nothing tells apart"
    (two,) = doubts([pair("a", "a"), pair("c", "c")]).notes
    assert two.startswith("2 pairs have two identical sides")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=12))
def test_the_order_of_rows_changes_no_count(sides):
    pairs = [pair(*both) for both in sides]
    assert doubts(pairs) == doubts(pairs[::-1])
