"""Position bias: worked out from what is kept of each order, and where there is none to tell."""

import pytest
import tiny
from judged import PAIRS, pair, scored

from lcbrb.rewards.metrics import position
from lcbrb.types import JudgeVotes, Outcome


def test_position_bias_can_be_worked_out_from_what_is_kept(judge):
    found = scored(judge(), *PAIRS)
    estimates = position.estimates(found)
    changes, first = estimates[position.ORDER_CHANGES], estimates[position.FIRST_PLACE]
    assert (changes.value, changes.n) == (2 / 5, 5)
    # p1, p2, p3 give half of their votes to the first place, p4 and p5 all of them
    assert (first.value, first.n) == (0.7, 10)
    assert changes.clusters == first.clusters == 5
    assert position.counts(found) == {
        "unparsable": 2,
        "one_order": 0,
        "replies_read": 10,
        "replies_unparsable": 2,
        "replies_truncated": 2,
    }


@pytest.mark.parametrize(
    ("first", "second", "changes"),
    [
        (1.0, 0.75, False),
        (0.25, 0.0, False),
        (0.75, 0.5, True),
        (0.5, 0.5, False),
        (0.6, 0.4, True),
    ],
)
def test_a_verdict_changes_with_its_side_not_with_its_strength(first, second, changes):
    votes = JudgeVotes(orders=2, votes=8, chosen_first=first, chosen_second=second)
    assert position.changes_with_order(votes) is changes


def test_models_that_are_no_judges_have_no_position():
    plain = [tiny.scored(one, Outcome.WIN) for one in PAIRS]
    assert position.estimates(plain) == {}
    assert position.counts(plain) == {}


def test_one_order_has_no_changes_but_first_place_votes(judge):
    found = scored(
        judge("orders=seeded"), *[pair(f"p{i}", f"is 3 vain {i}", "1") for i in range(9)]
    )
    estimates = position.estimates(found)
    assert position.ORDER_CHANGES not in estimates
    assert estimates[position.FIRST_PLACE].value == 1.0
    assert position.counts(found)["one_order"] == 0
