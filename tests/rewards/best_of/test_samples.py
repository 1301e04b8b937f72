"""What is read as samples: run folders and files, and what is left out, counted or refused."""

import json

import fakes
import gate_runs
import pytest
from choosing import SIGNS, opened

from lcbrb import codec
from lcbrb.errors import DataUnavailableError, UsageError
from lcbrb.runs.folder import COMPLETIONS
from lcbrb.types import Completion, RunRecord

# ------------------------------------------------------------------------------------- a run folder


def test_a_run_s_samples_have_their_problem_s_text_and_our_verdict(run_folder):
    found = opened(run_folder())
    assert (found.name, found.version, found.left_out, found.notes) == ("code", "1", {}, ())
    assert len(found.samples) == 16
    first = found.samples[0]
    assert (first.problem_id, first.policy_id, first.sample_index) == ("p0", "m", 0)
    assert (first.prompt, first.response, first.passed) == ("Solve p0.", "p0 xxxx", True)
    assert [one.passed for one in found.samples[:4]] == [True, True, False, False]


def test_reasoning_alone_may_be_read(run_folder):
    found = opened(run_folder(), "?reads=reasoning")
    assert found.samples[1].response == "Think 1."


def test_our_failures_and_missing_verdicts_are_no_samples_but_counted(run_folder):
    folder = run_folder(signs={**SIGNS, "p0": "+h--"}, complete=False)
    lines = (folder / "samples.jsonl").read_text().splitlines(keepends=True)
    (folder / "samples.jsonl").write_text("".join(lines[:-1]))
    found = opened(folder)
    assert found.left_out == {"harness_error": 1, "no_verdict": 1}
    assert found.notes == ("the run run is incomplete",)
    assert len(found.samples) == 14


def test_a_verdict_that_was_tried_again_counts_as_it_ended(run_folder):
    folder = run_folder()
    with (folder / "samples.jsonl").open("a") as file:
        file.write(codec.encode(gate_runs.sample("p2", 0, "+")) + "\n")
    assert opened(folder).samples[8].passed


def test_groups_that_are_too_small_are_left_out_and_counted(run_folder):
    folder = run_folder(signs={"p0": "++--", "p1": "+-", "p2": "-"})
    found = opened(folder)
    assert (len(found.samples), found.left_out) == (6, {"too_few": 1})
    found = opened(folder, "?fewest=4")
    assert (len(found.samples), found.left_out) == (4, {"too_few": 3})


def test_the_only_run_below_a_folder_is_meant(run_folder, tmp_path):
    run_folder("runs/one")
    assert opened(tmp_path / "runs") == opened(tmp_path / "runs" / "one")
    run_folder("runs/two")
    with pytest.raises(UsageError, match=r"holds 2 runs of lcbrb bench \(one, two\): name one"):
        opened(tmp_path / "runs")


def test_runs_of_several_policies_are_chosen_among_together(run_folder, tmp_path):
    one = opened(run_folder("runs/one"))
    run_folder("runs/two", policy="n")
    both = opened(tmp_path / "runs")
    assert len(both.samples) == 2 * len(one.samples)
    assert {sample.policy_id for sample in both.samples} == {"m", "n"}


@pytest.mark.parametrize(
    ("fields", "options", "words"),
    [
        ({"kind": "reward-model"}, "", "holds a run of kind reward-model"),
        (
            {"benchmark_version": "2"},
            "",
            r"made on code 2, but code is 1 here: .*\?benchmark=NAME@",
        ),
        ({}, "?fewest=5", "no problem with 5 graded samples .*16 too_few"),
        ({}, "?fewest=0", "option 'fewest' of --best-of"),
        ({}, "?reads=code", "option 'reads' of --best-of"),
        ({}, "?benchmrk=code", "did you mean benchmark"),
    ],
)
def test_what_can_not_be_used_is_said(run_folder, fields, options, words):
    with pytest.raises(UsageError, match=words):
        opened(run_folder(**fields), options)


def test_the_benchmark_may_be_named(run_folder, monkeypatch):
    folder = run_folder()
    record = codec.read_record(RunRecord, folder / "record.json")
    given = codec.to_dict(record) | {"benchmark": "problems.jsonl"}
    (folder / "record.json").write_text(json.dumps(given))
    with pytest.raises(DataUnavailableError, match=r"not found by that name .*\?benchmark="):
        opened(folder)
    assert len(opened(folder, "?benchmark=other").samples) == 16
    with pytest.raises(DataUnavailableError, match="wrong: no such"):
        opened(folder, "?benchmark=wrong")


def test_a_run_of_other_problems_is_refused(run_folder):
    with pytest.raises(UsageError, match="q9 is not a problem of code here"):
        opened(run_folder(signs={"q9": "+-"}))


def test_completions_are_kept_as_they_were(run_folder):
    folder = run_folder()
    before = (folder / COMPLETIONS).read_bytes()
    opened(folder)
    assert (folder / COMPLETIONS).read_bytes() == before
    assert len(codec.read_records(Completion, folder / COMPLETIONS)) == 16


# -------------------------------------------------------------------------------------------- files


def maths_rows(count=3):
    return [
        {
            "question": f"What is {i} plus {i}?",
            "response": ["Surely four.", f"It is {2 * i}.", "Who knows"],
            "score": [False, True, False],
            "pred_score": [[0.5], [2.0], [1.0]],
        }
        for i in range(count)
    ]


def test_a_file_with_texts_and_verdicts_needs_no_benchmark(tmp_path):
    path = fakes.write_lines(tmp_path / "cot.jsonl", maths_rows())
    found = opened(path)
    assert found == opened(f"replay:{path}")
    assert (found.name, found.version) == ("cot.jsonl", codec.sha256_file(path)[:12])
    assert len(found.samples) == 9
    assert (found.samples[1].prompt, found.samples[1].response) == (
        "What is 0 plus 0?",
        "It is 0.",
    )
    assert [one.passed for one in found.samples[:3]] == [False, True, False]
    assert "verdicts come from the file" in found.notes


def test_a_file_that_names_problems_by_id_needs_its_benchmark(tmp_path):
    rows = [
        {"task_id": name, "completion": text, "passed": passed}
        for name, text, passed in [("p0", "a", True), ("p0", "b", False), ("zz", "c", True)]
    ]
    path = fakes.write_lines(tmp_path / "some.jsonl", rows)
    with pytest.raises(UsageError, match=r"gives only ids of problems \(p0\): .*\?benchmark="):
        opened(path)
    found = opened(path, "?benchmark=code")
    assert [one.prompt for one in found.samples] == ["Solve p0."] * 2
    assert found.left_out == {"unknown": 1}
    assert {one.policy_id for one in found.samples} == {"some"}
    named = opened(path, "?benchmark=code&model=big")
    assert {one.policy_id for one in named.samples} == {"big"}


def test_a_file_without_verdicts_is_told_how_to_get_some(tmp_path):
    rows = [{"question": "What is it?", "response": ["a", "b"]}]
    path = fakes.write_lines(tmp_path / "cot.jsonl", rows)
    with pytest.raises(UsageError, match=r"\(2 no_verdict\); .*lcbrb bench --policy replay"):
        opened(path)


def test_nothing_there_is_said(tmp_path):
    with pytest.raises(DataUnavailableError, match=r"^[^:]*gone.*: there is no such run folder"):
        opened(tmp_path / "gone.jsonl")
