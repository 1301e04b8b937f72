"""Which pairs are held out: whole problems, and no prompt on both sides."""

import pytest
from hypothesis import given, settings, strategies as st
from tiny import pair

from lcbrb.errors import UsageError
from lcbrb.problem_groups import Parts, folds, problem_groups, problem_keys
from lcbrb.training import apart

PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=30).map(
    lambda drawn: [
        pair(f"p{problem}", chosen=f"good {i}", prompt=f"Prompt {prompt}")
        for i, (problem, prompt) in enumerate(drawn)
    ]
)


def held_out_part(pairs, share, seed):
    return apart.parted(pairs, None, share, seed, problem_keys, "pairs")


def check_apart(parts):
    apart.check_apart(parts, problem_keys, "pairs")


@settings(max_examples=60, deadline=None)
@given(PAIRS, st.integers(0, 3), st.floats(0.05, 0.9))
def test_what_is_held_out_shares_nothing_with_the_rest(pairs, seed, share):
    if len(problem_groups(pairs)) == 1:
        with pytest.raises(UsageError, match="one problem"):
            held_out_part(pairs, share, seed)
        return
    parts = held_out_part(pairs, share, seed)
    check_apart(parts)
    assert parts.train
    assert parts.held_out
    assert sorted(p.id for p in [*parts.train, *parts.held_out]) == sorted(p.id for p in pairs)
    assert parts == held_out_part(pairs, share, seed)


@settings(max_examples=60, deadline=None)
@given(PAIRS, st.integers(2, 4))
def test_every_pair_is_held_out_once(pairs, count):
    if len(problem_groups(pairs)) < count:
        with pytest.raises(UsageError, match="folds of"):
            list(folds(pairs, count, 0))
        return
    dealt = list(folds(pairs, count, 0))
    for parts in dealt:
        check_apart(parts)
        assert parts.train
    held_out = [p.id for parts in dealt for p in parts.held_out]
    assert sorted(held_out) == sorted(p.id for p in pairs)


@pytest.mark.parametrize(
    "other", [pair("p1", chosen="else"), pair("p9", prompt="Solve \n p1. ", chosen="else")]
)
def test_a_problem_or_a_prompt_on_both_sides_is_named(other):
    with pytest.raises(UsageError, match=f"1 of 2 held-out pairs .*{other.problem_id}"):
        check_apart(Parts(train=[pair("p1")], held_out=[pair("p2"), other]))


def test_nothing_is_held_out_where_none_is_wanted():
    assert held_out_part([pair("p1")], 0.0, 0) == Parts(train=[pair("p1")], held_out=[])


def test_a_large_problem_is_left_to_train_on():
    sizes = [91, 3, 3, 3]
    many = [pair(f"p{k}", chosen=f"{k} {i}") for k, size in enumerate(sizes) for i in range(size)]
    for seed in range(10):
        assert 9 <= len(held_out_part(many, 0.1, seed).held_out) <= 20
