"""The engine without a run folder, as a trainer calls it; and a text that a cut leaves nothing of."""

import math

import fakes
import pytest
from choosing import ByLength, evaluated, opened

from lcbrb.errors import BadScoreError, IncompleteRunError, NothingLeftError, UsageError
from lcbrb.protocols.reward import Item
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import ItemScore
from lcbrb.rewards.scoring import score_items, score_rows


def items(*texts, prompt="p"):
    return [Item(prompt=prompt, response=text) for text in texts]


def test_texts_are_scored_in_process_as_often_as_asked():
    model = ByLength()
    for start in range(3):
        assert score_items(model, items("xxx", "x", "xxx")) == [3.0, 1.0, 3.0]
        assert len(model.calls) == start + 1
    assert model.calls[0] == items("xxx", "x")  # each text once
    assert score_items(model, []) == []
    assert score_items(reward_model("length"), items("four")) == [4.0]


def test_a_model_that_compares_pairs_is_refused():
    with pytest.raises(UsageError, match="compares two texts and gives no scores"):
        score_items(reward_model("judge:openai:m@http://localhost:1/v1"), items("a"))


def test_many_texts_are_scored_in_portions():
    model = ByLength()
    assert score_items(model, items(*("x" * n for n in range(1, 151)))) == list(range(1, 151))
    assert [len(call) for call in model.calls] == [64, 64, 22]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_no_number_is_no_score(value):
    with pytest.raises(BadScoreError, match="response that begins 'poison' as"):
        score_items(ByLength({"poison": value}), items("good", "poison"))


def test_a_text_without_a_score_has_none_and_one_that_was_refused_is_an_error():
    class Refuses(ByLength):
        def score_portions(self, portions):
            yield 0, {portions[0][0]: ItemScore(score=None)}
            if len(portions[0]) > 1:
                raise IncompleteRunError("refused")

    assert score_items(Refuses(), items("mumbles")) == [None]
    with pytest.raises(IncompleteRunError, match="refused"):
        score_items(Refuses(), items("mumbles", "other"))


def test_a_row_has_the_scores_of_its_own_portion_and_comes_when_its_last_text_is_there():
    class Twice(ByLength):
        def score_portions(self, portions):
            (one, two), (other, _) = portions
            yield 1, {other: ItemScore(score=7.0)}
            yield 0, {one: ItemScore(score=1.0)}
            yield 0, {two: ItemScore(score=2.0)}
            yield 1, {portions[1][1]: ItemScore(score=8.0)}

    a, b, c = items("a", "b", "c")
    rows = [[(a, b), (), (b, a)], [(a, c)]]
    found = [
        [(row, [scores[item].score for item in row]) for row in some]
        for some, scores in score_rows(Twice(), rows, lambda row: row)
    ]
    assert found == [
        [((), [])],
        [((a, b), [1.0, 2.0]), ((b, a), [2.0, 1.0])],
        [((a, c), [7.0, 8.0])],
    ]


def test_a_sample_of_which_a_cut_leaves_nothing_is_named(tmp_path):
    class Cuts(ByLength):
        def score(self, items):
            raise NothingLeftError("nothing is left", items[1])

    rows = [{"question": "What is it?", "response": ["is", "that"], "score": [1, 0]}]
    samples = opened(fakes.write_lines(tmp_path / "cot.jsonl", rows))
    with pytest.raises(UsageError, match=r"^sample 1 of .*: nothing is left"):
        evaluated(Cuts(), samples, tmp_path / "out")
