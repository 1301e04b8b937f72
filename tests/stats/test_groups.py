"""Tied ranks and letters against their definitions."""

from itertools import combinations

import pytest
from hypothesis import given, strategies as st

from lcbrb.errors import UsageError
from lcbrb.stats import letters, tied_ranks

SIZES = st.integers(0, 6)


@st.composite
def trials(draw):
    """A number of subjects, and which pairs of them are told apart."""
    size = draw(SIZES)
    every = list(combinations(range(size), 2))
    return size, draw(st.lists(st.sampled_from(every), unique=True) if every else st.just([]))


def largest_alike(size, apart):
    """Every largest set in which no two are apart, by looking at all sets."""
    apart = {frozenset(pair) for pair in apart}
    alike = [
        set(chosen)
        for count in range(1, size + 1)
        for chosen in combinations(range(size), count)
        if not any(frozenset(pair) in apart for pair in combinations(chosen, 2))
    ]
    return [one for one in alike if not any(one < other for other in alike)]


@given(trials())
def test_letters_are_the_largest_sets_without_two_that_are_apart(given_trials):
    size, apart = given_trials
    found = letters(size, apart)
    names = sorted({letter for one in found for letter in one})
    sets = [{i for i, one in enumerate(found) if letter in one} for letter in names]
    assert sorted(map(sorted, sets)) == sorted(map(sorted, largest_alike(size, apart)))


@given(trials())
def test_two_share_a_letter_exactly_where_they_are_not_apart(given_trials):
    size, apart = given_trials
    found = letters(size, apart)
    assert all(found)
    for pair in combinations(range(size), 2):
        assert bool(set(found[pair[0]]) & set(found[pair[1]])) == (pair not in apart)


@given(trials(), st.randoms(use_true_random=False))
def test_the_order_of_the_tests_changes_nothing(given_trials, shuffler):
    size, apart = given_trials
    mixed = [pair[::-1] for pair in shuffler.sample(apart, len(apart))]
    assert letters(size, mixed) == letters(size, apart)


def test_the_best_subject_has_the_first_letter():
    assert letters(3, [(0, 2)]) == ["a", "ab", "b"]
    assert letters(2, [(0, 1)]) == ["a", "b"]
    assert letters(2, []) == ["a", "a"]
    assert letters(0, []) == []


def test_more_sets_than_letters_are_still_told_apart():
    found = letters(30, list(combinations(range(30), 2)))
    assert found[25:28] == ["z", "aa", "ab"]


def test_a_rank_counts_those_that_are_better_beyond_chance():
    assert tied_ranks(3, [(0, 2)]) == [1, 1, 2]
    assert tied_ranks(3, [(0, 1), (0, 2), (1, 2)]) == [1, 2, 3]
    assert tied_ranks(2, []) == [1, 1]


@given(trials())
def test_whom_nobody_beats_is_first(given_trials):
    size, wins = given_trials
    ranks = tied_ranks(size, wins)
    for subject, rank in enumerate(ranks):
        assert rank == 1 + sum(loser == subject for _, loser in wins)


@pytest.mark.parametrize("pair", [(0, 0), (0, 3), (-1, 1)])
def test_a_pair_that_is_none_is_refused(pair):
    with pytest.raises(UsageError, match="two of 3 subjects"):
        tied_ranks(3, [pair])
    with pytest.raises(UsageError, match="two of 3 subjects"):
        letters(3, [pair])
