"""avg@k and maj@k against what drawing every subset gives."""

from collections import Counter
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, strategies as st

from lcbrb.errors import UsageError
from lcbrb.stats import Ballot, maj_at_k, mean_avg_at_k, mean_maj_at_k, mean_pass_at_k

ballots = st.builds(
    Ballot,
    right=st.integers(0, 4),
    wrong=st.lists(st.integers(1, 3), max_size=3).map(tuple),
    silent=st.integers(0, 2),
).filter(lambda ballot: ballot.n > 0)


def drawn(ballot, k):
    votes = ["right"] * ballot.right + [None] * ballot.silent
    votes += [str(index) for index, count in enumerate(ballot.wrong) for _ in range(count)]
    won, draws = Fraction(0), 0
    for chosen in combinations(votes, k):
        draws += 1
        counts = Counter(vote for vote in chosen if vote)
        top = [vote for vote, count in counts.items() if count == max(counts.values())]
        won += Fraction("right" in top, len(top) or 1)
    return float(won / draws)


@given(ballots, st.data())
def test_majority_is_what_all_draws_give(ballot, data):
    k = data.draw(st.integers(1, ballot.n))
    assert maj_at_k(ballot, k) == pytest.approx(drawn(ballot, k), abs=1e-12)


@given(ballots)
def test_a_vote_of_one_is_the_share_that_is_right(ballot):
    assert maj_at_k(ballot, 1) == pytest.approx(ballot.right / ballot.n)


def test_a_tie_is_split():
    assert maj_at_k(Ballot(right=2, wrong=(2,)), 4) == 0.5
    assert maj_at_k(Ballot(right=1, wrong=(1, 1)), 3) == pytest.approx(1 / 3)


def test_silence_elects_nothing():
    assert maj_at_k(Ballot(right=0, silent=3), 3) == 0
    assert maj_at_k(Ballot(right=1, silent=9), 10) == 1


def test_means_carry_samples_problems_and_an_interval():
    found = mean_maj_at_k([Ballot(right=3, wrong=(1,)), Ballot(right=1, wrong=(3,))] * 20, 4)
    assert (found.value, found.n, found.clusters) == (0.5, 160, 40)
    assert found.low < 0.5 < found.high


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 5)), min_size=2, max_size=6))
def test_the_average_is_pass_at_one(counts):
    counts = [(n, min(n, c)) for n, c in counts]
    one = mean_avg_at_k(counts, 1)
    assert one.value == pytest.approx(mean_pass_at_k(counts, 1).value)
    assert (one.low, one.high) == (mean_pass_at_k(counts, 1).low, mean_pass_at_k(counts, 1).high)


@pytest.mark.parametrize(
    "call",
    [
        lambda: maj_at_k(Ballot(right=1), 2),
        lambda: maj_at_k(Ballot(right=1), 0),
        lambda: Ballot(right=-1),
        lambda: Ballot(right=1, wrong=(0,)),
        lambda: mean_maj_at_k([], 1),
        lambda: mean_avg_at_k([(2, 3)], 1),
        lambda: mean_avg_at_k([(2, 1)], 3),
    ],
)
def test_what_can_not_be_counted_is_refused(call):
    with pytest.raises(UsageError):
        call()
