"""Judges in an ensemble: a text without a score, and what one juror was refused."""

import judged
import pytest
from judged import PAIRS, pair

from lcbrb.errors import BadScoreError, IncompleteRunError
from lcbrb.protocols.reward import Item, PairSet
from lcbrb.rewards import reward_model
from lcbrb.rewards.ensembles.scales import to_unit
from lcbrb.rewards.evaluation import evaluate
from lcbrb.rewards.replicas import replicated
from lcbrb.rewards.scoring import score_items
from lcbrb.rewards.selection import Selection
from lcbrb.types import Outcome


def test_a_side_that_no_judge_could_score_is_no_win_of_an_ensemble(server, judge, tmp_path):
    server.text = judged.scores
    spec = judge(mode="pointwise").id
    model = reward_model(f"ensemble:({spec})|(length)?scale=unit")
    pairs = [PAIRS[0], pair("p6", "is 3 mumbles", "is 1"), pair("p8", "is 3 refused", "is 1")]
    pair_set = PairSet(name="set", version="1", pairs=pairs)
    with pytest.raises(IncompleteRunError, match=r"1 texts have no score"):
        evaluate(model, pair_set, Selection(total=3), tmp_path / "out")
    server.usual = None
    done = evaluate(model, pair_set, Selection(total=3), tmp_path / "out")
    assert [one.unparsable for one in done.scored] == [False, True, False]
    assert done.record.counts["unparsable"] == 1
    assert [one.outcome for one in done.scored] == [Outcome.WIN, Outcome.TIE, Outcome.WIN]
    items = [Item(prompt="P", response=text) for text in ("is 7", "mumbles", "is 10")]
    given = score_items(model, items)
    found = {item.response: score for item, score in zip(items, given, strict=True)}
    length = reward_model("length")
    lengths = [to_unit(one, length.bounds) for one in length.score(items)]
    assert found == {
        "is 7": pytest.approx((6 / 9 + lengths[0]) / 2),
        "mumbles": None,
        "is 10": pytest.approx((1 + lengths[2]) / 2),
    }
    assert model.score(items[::2]) == [found["is 7"], found["is 10"]]
    with pytest.raises(BadScoreError, match="no readable score for 1 of 3 texts"):
        model.score(items)
    assert replicated(model, None) is model


@pytest.mark.parametrize("mode", ["pairwise", "pointwise"])
def test_what_one_juror_was_refused_costs_no_other_pair(server, judge, mode):
    server.text = judged.verdict if mode == "pairwise" else judged.scores
    model = reward_model(f"ensemble:({judge(mode=mode).id})|(length)?combine=vote")
    portions, found = [(pair("p8", "is 3 refused", "is 1"), PAIRS[0]), (PAIRS[1],)], []

    def run():
        for some in model.compare_portions(portions):
            found.extend(some)

    with pytest.raises(IncompleteRunError, match="have no score"):
        run()
    assert [one.problem_id for one in found] == ["p1", "p2"]
    assert [one.chosen_score for one in found] == [0.75, 0.25]
    with pytest.raises(IncompleteRunError):
        model.compare([one for some in portions for one in some])
