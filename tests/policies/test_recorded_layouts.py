"""The layouts of recorded completions: what a row says, and rows that say nothing usable."""

import gzip
import json

import pytest
from fakes import write_lines
from tiny import completion

from lcbrb.codec import encode
from lcbrb.errors import BadInputError, DataUnavailableError
from lcbrb.policies.recorded_layouts import read_drafts, sampler_of
from lcbrb.types import Recorded

PROGRAM = "print(1)"
REPLY = f"Just print it.\n```python\n{PROGRAM}\n```"
LCB = {"question_id": "q", "output_list": [REPLY], "code_list": [PROGRAM]}


def read(tmp_path, *rows, name="model-x.jsonl"):
    """The completions of a file, each told that it is its sampler's first."""
    drafts = list(read_drafts(write_lines(tmp_path / name, rows)))
    return [draft.completion(draft.problem_id, draft.sampler, 0) for draft in drafts]


def only(tmp_path, row, **names):
    (found,) = read(tmp_path, row, **names)
    return found


# -------------------------------------------------------------------------------- LiveCodeBench


def test_livecodebench_rows_hold_texts_programs_and_verdicts(tmp_path):
    row = {
        "question_id": "q",
        "output_list": [REPLY, "No idea."],
        "code_list": [PROGRAM, ""],
        "graded_list": [True, False],
        "metadata": [{"error_code": None}, {"error_message": "Wrong Answer"}],
    }
    first, second = read(tmp_path, {"question_id": "other", **LCB}, row)[1:]
    assert (first.problem_id, first.policy_id, first.text) == ("q", "model-x", REPLY)
    assert (first.reasoning, first.solution) == ("Just print it.", PROGRAM)
    assert first.recorded == Recorded(file="model-x.jsonl", row=1, passed=True)
    assert (second.reasoning, second.solution) == ("No idea.", None)
    assert second.recorded == Recorded(
        file="model-x.jsonl", row=1, passed=False, detail="Wrong Answer"
    )


def test_the_recorded_program_goes_before_our_extraction(tmp_path):
    assert only(tmp_path, {**LCB, "code_list": ["other()"]}).solution == "other()"


def test_a_blank_program_is_extracted_from_the_text(tmp_path):
    assert only(tmp_path, {**LCB, "code_list": ["  \n"]}).solution == PROGRAM


def test_texts_alone_are_enough(tmp_path):
    found = only(tmp_path, {"question_id": "q", "output_list": [REPLY]})
    assert (found.solution, found.recorded.passed) == (PROGRAM, None)


def test_programs_alone_are_enough_and_hold_no_reasoning(tmp_path):
    found = only(tmp_path, {"question_id": "q", "code_list": [PROGRAM]})
    assert (found.text, found.solution, found.reasoning) == (PROGRAM, PROGRAM, None)


def test_an_id_that_is_a_number_is_taken_as_text(tmp_path):
    assert only(tmp_path, {**LCB, "question_id": 17}).problem_id == "17"


def test_a_row_without_completions_gives_none(tmp_path):
    assert read(tmp_path, {"question_id": "q", "output_list": [], "code_list": []}) == []


@pytest.mark.parametrize(
    "row",
    [
        {**LCB, "code_list": []},
        {**LCB, "code_list": [PROGRAM, PROGRAM]},
        {**LCB, "output_list": []},
        {**LCB, "graded_list": [True, False]},
    ],
)
def test_lists_of_different_lengths_are_refused(tmp_path, row):
    with pytest.raises(BadInputError, match=r"(code|graded)_list has \d entries for \d outputs"):
        read(tmp_path, row)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({**LCB, "output_list": REPLY}, "output_list is not a list of str"),
        ({**LCB, "code_list": [None]}, "code_list is not a list of str"),
        ({**LCB, "graded_list": [1]}, "graded_list is not a list of bool"),
    ],
)
def test_lists_of_other_things_are_refused(tmp_path, row, what):
    with pytest.raises(BadInputError, match=what):
        read(tmp_path, row)


@pytest.mark.parametrize(
    ("metadata", "detail"),
    [
        ([{"error_message": "Time Limit Exceeded"}], "Time Limit Exceeded"),
        (['{"error_message": "Runtime Error"}'], "Runtime Error"),
        (["no json"], "no json"),
        ([{"error_message": None}], ""),
        ([7], ""),
        ([], ""),
        ({"error_message": "of the row"}, ""),
        ([{"error_message": "x" * 900}], "x" * 500),
    ],
)
def test_details_are_taken_from_the_metadata_that_fits(tmp_path, metadata, detail):
    assert only(tmp_path, {**LCB, "metadata": metadata}).recorded.detail == detail


# --------------------------------------------------------------------- EvalPlus, human-eval


def test_an_evalplus_solution_is_the_program_and_no_reasoning(tmp_path):
    found = only(tmp_path, {"task_id": "HumanEval/0", "solution": "def f():\n    return 1\n"})
    assert (found.problem_id, found.solution) == ("HumanEval/0", "def f():\n    return 1\n")
    assert found.reasoning is None
    assert found.recorded == Recorded(file="model-x.jsonl", row=0)


def test_a_human_eval_completion_is_extracted_from(tmp_path):
    row = {"task_id": "HumanEval/0", "completion": REPLY, "passed": False, "result": "timed out"}
    found = only(tmp_path, row)
    assert (found.reasoning, found.solution) == ("Just print it.", PROGRAM)
    assert found.recorded == Recorded(file="model-x.jsonl", row=0, passed=False, detail="timed out")


def test_a_completion_that_is_all_program_holds_no_reasoning(tmp_path):
    found = only(tmp_path, {"task_id": "t", "completion": "import os\nprint(1)\n"})
    assert (found.solution, found.reasoning) == ("import os\nprint(1)", None)


def test_a_reasoning_whose_words_are_in_the_program_stays_one(tmp_path):
    text = "<think>print</think>\n```python\nprint(1)\n```"
    found = only(tmp_path, {"task_id": "t", "completion": text})
    assert (found.solution, found.reasoning) == ("print(1)", "print")


def test_a_verdict_that_is_no_bool_is_none(tmp_path):
    assert (
        only(tmp_path, {"task_id": "t", "solution": PROGRAM, "passed": 1}).recorded.passed is None
    )


# --------------------------------------------------------------------------------------- ours


def test_our_own_completions_come_back_as_they_were(tmp_path):
    mine = completion(
        "Think.",
        sound=True,
        recorded=Recorded(file="first.jsonl", row=7, passed=True),
        completion_tokens=5,
        seed=1,
    )
    assert only(tmp_path, encode(mine)) == mine


@pytest.mark.parametrize(
    "text",
    [
        "<|channel|>analysis<|message|>One.<|end|><|start|>assistant<|channel|>final<|message|>{}",
        "[THINK]One.[/THINK]{}",
        "One.\u25c1/think\u25b7{}",
    ],
)
def test_no_completion_holds_a_marker_in_its_reasoning(tmp_path, text):
    program = "```python\nprint(1)\n```"
    found = only(tmp_path, {"task_id": "t", "completion": text.format(program)})
    assert (found.solution, found.reasoning) == ("print(1)", "One.")
    old = only(tmp_path, encode(completion(text.format(""))))
    assert old.reasoning == "One."


def test_our_own_completions_are_told_where_they_were_read(tmp_path):
    found = only(tmp_path, encode(completion()))
    assert found.recorded == Recorded(file="model-x.jsonl", row=0)


def test_our_own_completions_keep_their_sampler(tmp_path):
    (draft,) = read_drafts(write_lines(tmp_path / "x.jsonl", [encode(completion(sampler="m"))]))
    assert draft.sampler == "m"


def test_a_misspelt_field_is_answered_with_the_known_one(tmp_path):
    path = write_lines(tmp_path / "a.jsonl", [{"taskid": "t", "solutions": "x", "model": "m"}])
    with pytest.raises(
        BadInputError, match="did you mean solution for solutions and task_id for taskid"
    ):
        list(read_drafts(path))
    path = write_lines(tmp_path / "b.jsonl", [{"task_id": "t", "chosen": "x"}])
    with pytest.raises(BadInputError, match=r"\(fields: chosen, task_id\);"):
        list(read_drafts(path))


def test_a_record_of_another_kind_is_refused(tmp_path):
    with pytest.raises(BadInputError, match="not a valid Completion"):
        read(tmp_path, {"schema_version": 1, "problem_id": "p"})


# ----------------------------------------------------------------------------- samplers, files


@pytest.mark.parametrize(
    ("name", "sampler"),
    [
        ("model-x.jsonl", "model-x"),
        ("model-x.jsonl.gz", "model-x"),
        ("Qwen2.5-7B.json", "Qwen2.5-7B"),
        ("model", "model"),
    ],
)
def test_the_files_name_names_the_sampler(tmp_path, name, sampler):
    assert sampler_of(tmp_path / name) == sampler


def test_a_rows_model_goes_before_the_files_name(tmp_path):
    assert only(tmp_path, {**LCB, "model": "gpt-x"}).policy_id == "gpt-x"


def test_halves_of_surrogate_pairs_are_mended(tmp_path):
    row = {
        "question_id": "q",
        "output_list": ["a\ud800"],
        "code_list": ["b\udc00"],
        "graded_list": [False],
        "metadata": [{"error_message": "c\ud800"}],
    }
    found = only(tmp_path, row)
    assert encode(found)
    assert (found.text, found.solution) == ("a\ufffd", "b\ufffd")


def test_a_json_list_is_read_too(tmp_path):
    path = tmp_path / "model-x.json.gz"
    path.write_bytes(gzip.compress(json.dumps([LCB, LCB]).encode()))
    assert [draft.recorded.row for draft in read_drafts(path)] == [0, 1]


def test_rows_count_what_is_there_and_lines_what_is_written(tmp_path):
    path = write_lines(tmp_path / "x.jsonl", [LCB, "", LCB, "", {"x": 1}])
    with pytest.raises(BadInputError) as caught:
        list(read_drafts(path))
    assert caught.value.line == 5
    path = write_lines(tmp_path / "x.jsonl", [LCB, "", LCB])
    assert [draft.recorded.row for draft in read_drafts(path)] == [0, 1]


@pytest.mark.parametrize(
    ("row", "there"),
    [
        ({"question_id": "q", "answer": "x"}, "fields: answer, question_id"),
        ({"task_id": "t", "solution": 7}, "field 'solution' is not a text"),
        ({}, "fields: nothing"),
        ("[1]", "expected an object, found list"),
        ("{", "not valid JSON"),
    ],
)
def test_an_unknown_layout_names_line_and_fields(tmp_path, row, there):
    with pytest.raises(BadInputError, match=there) as caught:
        read(tmp_path, LCB, row)
    assert caught.value.line == 2


def test_a_json_file_that_is_no_list_is_refused(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("{}")
    with pytest.raises(BadInputError, match="expected a list"):
        list(read_drafts(path))


def test_a_file_that_is_not_there_is_unavailable(tmp_path):
    with pytest.raises(DataUnavailableError, match="No such file"):
        list(read_drafts(tmp_path / "x.jsonl"))
