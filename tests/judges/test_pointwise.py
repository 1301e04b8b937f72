"""One text at a time: scores within their range, and a side without a score."""

import judged
import pytest
from judged import PAIRS, pair, scored

from lcbrb.protocols.reward import Item
from lcbrb.rewards.base import PairwiseModel, RewardModel
from lcbrb.rewards.scoring import score_items
from lcbrb.types import JudgeVotes


def test_scores_are_the_judge_s_and_lie_in_its_bounds(server, judge):
    server.text = judged.scores
    model = judge(mode="pointwise")
    assert isinstance(model, RewardModel)
    assert not isinstance(model, PairwiseModel)
    assert model.bounds == (1.0, 10.0)
    items = [
        Item(prompt="P", response=text) for text in ("is 7", "is 3", "is 7", "is 11", "mumbles")
    ]
    assert score_items(model, items) == [7.0, 3.0, 7.0, None, None]
    assert model.score(items) == [7.0, 3.0, 7.0, 5.5, 5.5]
    assert len(server.bodies) == 4


def test_a_side_without_a_score_makes_a_marked_tie(server, judge):
    server.text = judged.scores
    found = scored(judge(mode="pointwise"), *PAIRS[:3], PAIRS[5], PAIRS[6])
    assert [(one.chosen_score, one.rejected_score) for one in found] == [
        (3, 1),
        (1, 3),
        (2, 2),
        (5.5, 5.5),
        (5.5, 5.5),
    ]
    assert [one.unparsable for one in found] == [False] * 3 + [True] * 2
    assert found[3].judged == JudgeVotes(orders=0, votes=1, unparsable=1)
    assert found[4].judged == JudgeVotes(orders=0, votes=1, truncated=1)


@pytest.mark.parametrize("texts", [("mumbles", "is 9"), ("is 9", "mumbles")])
def test_either_side_may_be_the_one_without_a_score(server, judge, texts):
    server.text = judged.scores
    (one,) = scored(judge(mode="pointwise"), pair("p", *texts))
    assert (one.chosen_score, one.rejected_score, one.unparsable) == (5.5, 5.5, True)


def test_the_range_is_declared(server, judge):
    server.text = judged.scores
    model = judge("low=0&high=3", mode="pointwise")
    assert model.bounds == (0.0, 3.0)
    items = [Item(prompt="P", response=f"is {n}") for n in (-1, 0, 3, 4)]
    assert score_items(model, items) == [None, 0.0, 3.0, None]


def test_the_ends_of_the_range_are_shown_in_all_their_digits(server, judge, tmp_path):
    server.text = judged.scores
    (tmp_path / "one.toml").write_text(judged.ONE.replace("Only", "From {low} to {high}.\nOnly"))
    score_items(judge("low=0.5&high=1234567", mode="pointwise"), [Item(prompt="P", response="1")])
    assert "From 0.5 to 1234567." in server.bodies[0]["messages"][-1]["content"]
