"""Scores of samples: which texts a model is asked for, what no score is, and what is refused."""

import math

import fakes
import pytest
from choosing import ByLength, evaluated, opened
from estimates import by_name

from lcbrb import codec
from lcbrb.errors import BadScoreError, IncompleteRunError
from lcbrb.protocols.reward import Item
from lcbrb.rewards.base import ItemScore
from lcbrb.runs.folder import SAMPLE_SCORES
from lcbrb.types import RunRecord, ScoredSample


def test_an_empty_reply_is_never_read_ranks_last_and_is_counted(tmp_path):
    rows = [{"question": "What is it?", "response": ["", "short", "  "], "score": [1, 0, 1]}]
    path = fakes.write_lines(tmp_path / "cot.jsonl", rows)
    model = ByLength()
    done = evaluated(model, opened(path), tmp_path / "out")
    assert model.calls == [[Item(prompt="What is it?", response="short")]]
    assert done.record.counts["unscored"] == 2
    assert by_name(done.record.estimates)["best_of@3"].value == 0.0
    lines = codec.read_records(ScoredSample, done.path / SAMPLE_SCORES)
    assert {one.sample_index: one.score for one in lines} == {0: None, 1: 5.0, 2: None}


def test_a_text_that_stands_twice_is_scored_once_and_cuts_are_counted(run_folder, tmp_path):
    class Cuts(ByLength):
        def truncated(self, items):
            return ["p0" in item.response for item in items]

    samples = opened(run_folder(), "?reads=reasoning")
    model = ByLength()
    evaluated(model, samples, tmp_path / "out")
    (call,) = model.calls
    assert len(call) == len(set(call)) == 16
    done = evaluated(Cuts(), opened(run_folder("other")), tmp_path / "cut")
    assert done.record.counts["truncated"] == 4


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_no_number_stops_the_run_and_names_the_sample(run_folder, tmp_path, value):
    with pytest.raises(BadScoreError, match="sample 1 of p1 as"):
        evaluated(ByLength({"p1 xxx": value}), opened(run_folder()), tmp_path / "out")
    (folder,) = (tmp_path / "out").iterdir()
    record = codec.read_record(RunRecord, folder / "record.json")
    assert not record.complete
    assert any("sample 1 of p1" in note for note in record.notes)


def test_too_few_scores_are_no_scores(run_folder, tmp_path):
    model = ByLength()
    model.score = lambda items: [1.0]
    with pytest.raises(BadScoreError, match="gave 1 numbers, but 16 were expected"):
        evaluated(model, opened(run_folder()), tmp_path / "out")


def test_a_judge_s_missing_score_ranks_last(run_folder, tmp_path):
    class Mumbles(ByLength):
        def score_portions(self, portions):
            for number, items in enumerate(portions):
                for item in items:
                    score = None if "p0 xxxx" in item.response else -1.0
                    yield number, {item: ItemScore(score=score)}

    model = Mumbles()
    done = evaluated(model, opened(run_folder(signs={"p0": "+-"})), tmp_path / "out")
    assert done.record.counts["unscored"] == 1
    assert by_name(done.record.estimates)["best_of@2"].value == 0.0


class Refuses(ByLength):
    """A judge whose server refuses texts until `heals`."""

    each_alone = True

    def __init__(self, *refused):
        super().__init__()
        self.refused, self.asked = refused, []

    def score_portions(self, portions):
        (items,) = portions
        self.asked += items
        for item in items:
            if item.response not in self.refused:
                score = None if item.response == "mumbles" else float(len(item.response))
                yield 0, {item: ItemScore(score=score)}
        if any(item.response in self.refused for item in items):
            raise IncompleteRunError("a text was refused")


def test_a_refused_sample_costs_no_other_one(tmp_path):
    rows = [
        {
            "question": f"What is {i}?",
            "response": [f"{i}.{'x' * j}" for j in range(1, 4)] + ["mumbles"],
            "score": [False, False, True, False],
        }
        for i in range(100)
    ]
    samples = opened(fakes.write_lines(tmp_path / "many.jsonl", rows))
    model = Refuses("7.xxx")
    for start in range(2):  # a second start asks for what is missing alone
        with pytest.raises(IncompleteRunError, match="a text was refused"):
            evaluated(model, samples, tmp_path / "out")
        assert len(model.asked) == 400 + start
    (folder,) = (tmp_path / "out").iterdir()
    assert len(codec.read_records(ScoredSample, folder / SAMPLE_SCORES)) == 399
    record = codec.read_record(RunRecord, folder / "record.json")
    assert not record.complete
    assert (record.counts["samples"], record.counts["missing"]) == (399, 1)
    assert record.counts["unscored"] == 101
    assert by_name(record.estimates)["best_of@3"].n == 399
    assert "a text was refused" in record.notes
    model.refused = ()
    done = evaluated(model, samples, tmp_path / "out")
    assert len(model.asked) == 402
    assert (done.record.complete, done.fresh) == (True, 1)
    assert by_name(done.record.estimates)["best_of@4"].value == 1.0
    assert (done.record.counts["unscored"], "missing" in done.record.counts) == (100, False)


def test_what_is_left_of_a_group_that_was_refused_has_no_figures(tmp_path):
    rows = [
        {"question": f"What is {i}?", "response": [f"{i}.x", f"{i}.xx"], "score": [0, 1]}
        for i in range(3)
    ]
    samples = opened(fakes.write_lines(tmp_path / "some.jsonl", rows))
    with pytest.raises(IncompleteRunError):
        evaluated(Refuses("1.x"), samples, tmp_path / "out")
    (folder,) = (tmp_path / "out").iterdir()
    record = codec.read_record(RunRecord, folder / "record.json")
    assert (record.counts["groups"], by_name(record.estimates)["best_of@2"].n) == (2, 4)
    with pytest.raises(IncompleteRunError):
        evaluated(Refuses("0.x", "1.x", "2.xx"), samples, tmp_path / "none")
    (folder,) = (tmp_path / "none").iterdir()
    assert codec.read_record(RunRecord, folder / "record.json").estimates == {}
