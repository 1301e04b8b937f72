"""A score of 50% that measures nothing comes with a note that says so."""

from lcbrb.rewards.evaluation import told_nothing
from lcbrb.rewards.pair_sides import outcome_of
from lcbrb.types import ScoredPair


def scored(*scores, unparsable=False):
    return [
        ScoredPair(
            pair_id=str(place),
            problem_id="p",
            chosen_score=chosen,
            rejected_score=rejected,
            outcome=outcome_of(chosen, rejected),
            unparsable=unparsable,
        )
        for place, (chosen, rejected) in enumerate(scores)
    ]


def test_one_score_for_all_is_noted():
    (note,) = told_nothing("rm", scored((1.5, 1.5), (1.5, 1.5)))
    assert "the same score" in note


def test_a_judge_of_which_nothing_was_read_is_noted():
    (note,) = told_nothing("judge:m", scored((0.0, 0.0), (0.0, 0.0), unparsable=True))
    assert "no reply could be read" in note


def test_ties_at_different_scores_are_a_result():
    assert told_nothing("rm", scored((1.0, 1.0), (2.0, 2.0))) == ()
    assert told_nothing("rm", scored((1.0, 2.0))) == ()
    assert told_nothing("rm", []) == ()
