"""Two texts side by side: votes in both orders or in one, and what a pair's score is made of."""

import threading
from fractions import Fraction

import judged
from hypothesis import given, strategies as st
from judged import PAIRS, pair, scored

from lcbrb.rewards.metrics import position
from lcbrb.types import JudgeVotes, Outcome

# ----------------------------------------------------------------------------------- in both orders


def test_the_preference_is_the_mean_of_the_orders_and_half_is_a_tie(judge):
    outcomes = [one.outcome for one in scored(judge(), *PAIRS)]
    assert outcomes == [Outcome.WIN, Outcome.LOSS, *[Outcome.TIE] * 5]
    assert [one.chosen_score for one in scored(judge(), *PAIRS)] == [1, 0, *[0.5] * 5]


def test_each_order_is_kept_apart_and_what_gave_no_vote_is_counted_by_kind(judge):
    found = scored(judge(), *PAIRS)
    orders = [(one.judged.chosen_first, one.judged.chosen_second) for one in found]
    assert orders == [(1, 1), (0, 0), (0.5, 0.5), (1, 0), (1, 0), (None, None), (None, None)]
    assert [one.unparsable for one in found] == [False] * 5 + [True, True]
    last = [(one.judged.votes, one.judged.unparsable, one.judged.truncated) for one in found[4:]]
    assert last == [(2, 0, 0), (0, 2, 0), (0, 0, 2)]
    assert {one.judged.orders for one in found} == {2}


def test_an_order_without_a_vote_leaves_the_say_to_the_other(server, judge):
    def text(body, number):
        first, _ = judged.sides(body)
        return "Hm." if first == "is 1" else judged.verdict(body, number)

    server.text = text
    (one,) = scored(judge(), PAIRS[0])
    assert (one.outcome, one.unparsable) == (Outcome.WIN, False)
    assert one.judged == JudgeVotes(orders=2, votes=1, unparsable=1, chosen_first=1.0)
    assert position.counts([one])["one_order"] == 1


def test_several_votes_are_averaged_within_their_order(server, judge):
    seen = threading.Lock(), {}

    def text(body, number):
        lock, asked = seen
        with lock:  # of three replies to a prompt, the first says the other thing
            key = body["messages"][-1]["content"]
            asked[key] = asked.get(key, 0) + 1
            said = judged.verdict(body, number)
            return said if asked[key] > 1 else {"A": "Verdict: B", "B": "Verdict: A"}[said[-1]]

    server.text = text
    (one,) = scored(judge("votes=3"), PAIRS[0])
    assert one.judged == JudgeVotes(orders=2, votes=6, chosen_first=2 / 3, chosen_second=2 / 3)
    assert one.chosen_score == 2 / 3
    assert len({body["seed"] for body in server.bodies}) == 6
    assert {body["temperature"] for body in server.bodies} == {0.7}


def test_one_vote_is_drawn_greedily_and_bounded(server, judge):
    scored(judge("max_tokens=77"), PAIRS[0])
    assert {(b["temperature"], b["max_tokens"]) for b in server.bodies} == {(0.0, 77)}


def test_two_versions_of_a_problem_stand_beside_their_candidates_in_both_orders(server, judge):
    one = pair("p", "is 3", "is 1", prompt="Whole.", rejected_prompt="Lacking.")
    scored(judge(), one)
    asked = [body["messages"][-1]["content"] for body in server.bodies]
    assert len(asked) == 2
    for text in asked:
        a, b = (
            ("Whole.", "Lacking.")
            if text.index("is 3") < text.index("is 1")
            else ("Lacking.", "Whole.")
        )
        assert f"version that A was given:\n{a}\n" in text
        assert f"version that B was given:\n{b}\n" in text


# ------------------------------------------------------------------------------------- in one order


def test_one_drawn_order_favours_no_side_and_knows_no_labels(server, judge):
    pairs = [pair(f"p{i}", f"is 3 {i}", f"is 1 {i}") for i in range(60)]
    found = scored(judge("orders=seeded"), *pairs)
    assert {one.outcome for one in found} == {Outcome.WIN}
    assert len(server.bodies) == 60
    firsts = sum(one.judged.chosen_first is not None for one in found)
    assert 15 < firsts < 45
    swapped = scored(judge("orders=seeded"), *[one.swap() for one in pairs])
    assert len(server.bodies) == 60, "the same prompts, from the cache"
    assert {one.outcome for one in swapped} == {Outcome.LOSS}
    scored(judge("orders=seeded&seed=1"), *pairs)
    assert len({body["messages"][-1]["content"] for body in server.bodies}) > 60


# ----------------------------------------------------------------------------------------- symmetry

_FRACTIONS = st.fractions(0, 1, max_denominator=5)


@given(st.none() | _FRACTIONS, st.none() | _FRACTIONS)
def test_swapping_a_pair_turns_its_score_around(first, second):
    from lcbrb.judges.judgements import Vote
    from lcbrb.rewards.kinds.judge import _FIRST, _SECOND, _compared
    from lcbrb.types import Reading

    def votes(one):
        return [Vote(Reading.UNPARSABLE)] if one is None else [Vote(Reading.READ, one)]

    one = PAIRS[0]
    straight = _compared("j", one, {_FIRST: votes(first), _SECOND: votes(second)})
    turned = _compared("j", one.swap(), {_FIRST: votes(second), _SECOND: votes(first)})
    assert (straight.chosen_score, straight.rejected_score) == (
        turned.rejected_score,
        turned.chosen_score,
    )
    assert (straight.outcome is Outcome.TIE) == (turned.outcome is Outcome.TIE)
    read = [x for x in (first, None if second is None else 1 - second) if x is not None]
    exact = sum(read, Fraction(0)) / len(read) if read else Fraction(1, 2)
    assert (straight.outcome is Outcome.TIE) == (exact == Fraction(1, 2))
