"""Recorded maths replies: matched by the text of the statement, verdicts and all."""

import pytest
from fakes import write_lines

from lcbrb.errors import BadInputError
from lcbrb.policies.recorded_layouts import read_drafts
from lcbrb.policies.replay import from_spec
from lcbrb.registry import parse_spec
from lcbrb.types import AnswerCheck, Problem, StopReason

SUM = Problem(id="a/1", source="t", prompt="What is\n$1+1$?", check=AnswerCheck(gold="2"))


def replayed(tmp_path, *rows):
    path = write_lines(tmp_path / "m.jsonl", rows)
    return from_spec(parse_spec(f"replay:{path}")).replay([SUM])


@pytest.mark.parametrize("statement", ["question", "problem"])
@pytest.mark.parametrize("answer", ["generation", "completion", "response", "output"])
def test_a_reply_is_matched_by_the_text_of_its_problem(tmp_path, statement, answer):
    row = {statement: " What  is $1+1$? ", answer: "It is $\\boxed{2}$.", "score": True}
    (completion,) = replayed(tmp_path, row).completions
    assert (completion.problem_id, completion.solution) == ("a/1", "2")
    assert completion.recorded.passed is True


def test_what_the_file_read_is_kept_beside_its_verdict(tmp_path):
    row = {"question": SUM.prompt, "generation": "\\boxed{3}", "score": False, "pred": "3"}
    (completion,) = replayed(tmp_path, row).completions
    assert completion.recorded.passed is False
    assert completion.recorded.detail == "read 3"


def test_a_list_of_replies_is_as_many_samples(tmp_path):
    row = {
        "question": SUM.prompt,
        "code": ["\\boxed{2}", "\\boxed{3}"],
        "score": [True, False],
        "pred": ["2", "3"],
        "finish_reason": ["stop", "length"],
    }
    first, second = replayed(tmp_path, row).completions
    assert (first.sample_index, second.sample_index) == (0, 1)
    assert (first.recorded.passed, second.recorded.passed) == (True, False)
    assert (first.stop_reason, second.stop_reason) == (StopReason.END, StopReason.LENGTH)
    assert second.recorded.detail == "read 3"


def test_a_score_that_is_no_verdict_is_none(tmp_path):
    rows = [
        {"question": SUM.prompt, "generation": "x", "score": score} for score in (0.7, None, "yes")
    ]
    assert [one.recorded.passed for one in replayed(tmp_path, *rows).completions] == [None] * 3


def test_an_unknown_statement_is_named_by_its_beginning(tmp_path):
    rows = [
        {"question": SUM.prompt, "generation": "x"},
        {"question": "Another " * 50, "generation": "x"},
    ]
    (name,) = replayed(tmp_path, *rows).unknown
    assert name.startswith("Another Another")
    assert len(name) < 70


def test_a_statement_without_a_reply_is_in_no_layout(tmp_path):
    path = write_lines(tmp_path / "m.jsonl", [{"question": "?", "pred": "3"}])
    with pytest.raises(BadInputError, match="question or problem with completion or generation"):
        list(read_drafts(path))
