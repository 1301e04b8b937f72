"""Run folders to results: what is read, what is refused, in one sentence each."""

import dataclasses
import json

import pytest
from boards import policy_run, problems, record, reward_run, write_record
from estimates import by_name

from lcbrb import codec
from lcbrb.errors import BadInputError, DataUnavailableError, UsageError
from lcbrb.runs.folder import RECORD, SAMPLES, SCORES
from lcbrb.runs.results import ResultKind, read_results
from lcbrb.stats import wilson
from lcbrb.types import Metric


def test_a_run_of_two_samplers_gives_a_result_each_with_its_own_estimates(tmp_path):
    policy_run(tmp_path / "run", {"a": problems("ppw"), "org/b": problems("www")})
    a, b = read_results([tmp_path])
    assert (a.subject, a.kind, by_name(a.record.estimates)["pass@1"].value) == (
        "a",
        ResultKind.POLICY,
        pytest.approx(2 / 3),
    )
    assert (b.subject, by_name(b.record.estimates)["pass@1"].value) == ("org/b", 0.0)
    assert len(a.samples) == 3


def test_parts_of_an_estimate_s_key_are_told_from_a_sampler_s_slashes(tmp_path):
    one = wilson(1, 2)
    estimates = {
        Metric.of("pass@1", sampler="org/b"): one,
        Metric.of("pass@1", sampler="org/b", tests="base"): one,
    }
    policy_run(tmp_path / "run", {"org/b": problems("p")}, estimates=estimates)
    (result,) = read_results([tmp_path])
    assert set(by_name(result.record.estimates)) == {"pass@1", "pass@1/tests=base"}


def test_a_reward_model_s_run_and_bare_figures_are_read_too(tmp_path):
    reward_run(tmp_path / "rm", "length", {"x": ("q1", "W"), "y": ("q2", "L")})
    write_record(
        tmp_path / "study", record(run_id="s", estimates={Metric("gate_rate"): wilson(3, 9)})
    )
    rm, study = read_results([tmp_path])
    assert (rm.kind, len(rm.scored_pairs)) == (ResultKind.REWARD_MODEL, 2)
    assert (study.kind, list(by_name(study.record.estimates))) == (
        ResultKind.FIGURES,
        ["gate_rate"],
    )


def test_a_folder_that_is_met_twice_is_read_once(tmp_path):
    folder = policy_run(tmp_path / "run", {"a": problems("p")})
    (tmp_path / "link").symlink_to(folder)
    assert len(read_results([tmp_path, folder, tmp_path / "link"])) == 1


def test_a_verdict_that_was_tried_again_replaces_the_first(tmp_path):
    folder = policy_run(tmp_path / "run", {"a": problems("h")})
    later = policy_run(tmp_path / "later", {"a": problems("p")})
    with (folder / SAMPLES).open("a") as file:
        file.write((later / SAMPLES).read_text())
    (result,) = read_results([folder])
    assert [one.status.value for one in result.samples] == ["passed"]


# ---------------------------------------------------------------------------------- hostile


def refused(folder, error=BadInputError):
    with pytest.raises(error) as caught:
        read_results([folder])
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_folder_that_is_not_there_or_holds_no_run(tmp_path):
    assert "no such folder" in refused(tmp_path / "nowhere", DataUnavailableError)
    assert "contains no run" in refused(tmp_path, UsageError)


def test_a_truncated_file_of_samples_is_named(tmp_path):
    folder = policy_run(tmp_path / "run", {"a": problems("ppw")})
    path = folder / SAMPLES
    path.write_text(path.read_text()[:-30])
    message = refused(folder)
    assert message.startswith(f"{path}: has 2 of the 3 results")
    assert "cut off" in message


def test_a_run_that_still_writes_is_read_as_far_as_it_is(tmp_path):
    folder = policy_run(tmp_path / "run", {"a": problems("ppw")}, complete=False)
    path = folder / SAMPLES
    path.write_text(path.read_text()[:-30])
    (result,) = read_results([folder])
    assert len(result.samples) == 2


def test_a_truncated_record_is_named(tmp_path):
    folder = policy_run(tmp_path / "run", {"a": problems("p")})
    path = folder / RECORD
    path.write_text(path.read_text()[:200])
    assert refused(folder).startswith(f"{path}: not valid JSON")


def test_lost_scores_of_a_finished_run_are_no_empty_row(tmp_path):
    folder = reward_run(tmp_path / "rm", "length", {"x": ("q1", "W")})
    (folder / SCORES).unlink()
    assert "has 0 of the 1 results" in refused(folder)


def test_samples_that_were_not_graded_are_counted_and_have_no_row(tmp_path):
    counts = {"completions": 3, "ungraded": 1}
    policy_run(tmp_path / "some", {"a": problems("pw")}, counts=counts)
    write_record(tmp_path / "none", record(run_id="n", counts={"completions": 3, "ungraded": 3}))
    none, some = read_results([tmp_path])
    assert (none.kind, some.kind) == (ResultKind.FIGURES, ResultKind.POLICY)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_score_that_is_no_number_is_refused_with_its_line(tmp_path, number):
    folder = reward_run(tmp_path / "rm", "bad", {"x": ("q1", "W"), "y": ("q2", "W")})
    path = folder / SCORES
    path.write_text(path.read_text().replace('"chosen_score": 1.0', f'"chosen_score": {number}'))
    assert refused(folder).startswith(f"{path}, line 1: ")


def test_an_estimate_that_is_no_number_is_refused(tmp_path):
    folder = policy_run(tmp_path / "run", {"a": problems("pw")})
    path = folder / RECORD
    path.write_text(path.read_text().replace('"value": 0.5', '"value": NaN'))
    assert "NaN" in refused(folder)


def test_a_newer_schema_says_what_to_do(tmp_path):
    folder = policy_run(tmp_path / "run", {"a": problems("p")})
    path = folder / RECORD
    path.write_text(path.read_text().replace('"schema_version": 2', '"schema_version": 999'))
    assert "upgrade lcbrb" in refused(folder)


# ------------------------------------------------------------------------- schemas of old

# Written by hand as schema 1 was, and never to be changed: boards keep reading it.
OLD_RECORD = {
    "schema_version": 1,
    "kind": "bench",
    "run_id": "old",
    "subject": "replay:old.jsonl",
    "benchmark": "humaneval",
    "dataset_sha256": "00",
    "estimates": {
        "pass@1/old": {
            "value": 0.5, "low": 0.1, "high": 0.9, "n": 2, "clusters": 2, "level": 0.95, "method": "m",
        }
    },
    "counts": {"completions": 2},
    "started_at": "2025-01-01T00:00:00Z",
    "wall_s": 1.5,
}  # fmt: skip
OLD_SAMPLE = {
    "schema_version": 1,
    "problem_id": "HumanEval/0",
    "policy_id": "old",
    "sample_index": 0,
    "status": "passed",
    "verdict": {"status": "passed"},
}


def test_a_record_of_the_first_schema_stays_readable(tmp_path):
    (tmp_path / RECORD).write_text(json.dumps(OLD_RECORD))
    rows = [OLD_SAMPLE, {**OLD_SAMPLE, "problem_id": "HumanEval/1", "status": "wrong_answer"}]
    (tmp_path / SAMPLES).write_text("".join(json.dumps(row) + "\n" for row in rows))
    (result,) = read_results([tmp_path])
    assert by_name(result.record.estimates)["pass@1"].value == 0.5
    assert [one.status.value for one in result.samples] == ["passed", "wrong_answer"]


@pytest.mark.parametrize(
    ("kind", "key", "metric"),
    [
        ("reward-model", "accuracy", Metric("accuracy")),
        (
            "reward-model",
            "accuracy/category=maths/algebra=1",
            Metric.of("accuracy", category="maths/algebra=1"),
        ),
        ("reward-model", "suite/section=chat", Metric.of("suite", section="chat")),
        ("reward-model", "audit/equal length", Metric("audit/equal length")),
        ("best-of-n", "best_of@4", Metric("best_of@4")),
        ("study", "rate/arm=a", Metric("rate/arm=a")),  # a word of somebody else's
    ],
)
def test_a_key_of_the_first_schema_becomes_a_metric(tmp_path, kind, key, metric):
    estimates = {key: OLD_RECORD["estimates"]["pass@1/old"]}
    old = {**OLD_RECORD, "kind": kind, "counts": {}, "estimates": estimates}
    (tmp_path / RECORD).write_text(json.dumps(old))
    (result,) = read_results([tmp_path])
    assert list(result.record.estimates) == [metric]


def test_a_sampler_s_name_with_slashes_is_taken_out_of_a_key_of_the_first_schema(tmp_path):
    one = OLD_RECORD["estimates"]["pass@1/old"]
    keys = ("pass@1/org/b", "pass@1/org/b/tests=base", "pass@1/org/bb", "rate", "org/x:acc")
    old = {**OLD_RECORD, "estimates": dict.fromkeys(keys, one)}
    (tmp_path / RECORD).write_text(json.dumps(old))
    rows = [{**OLD_SAMPLE, "policy_id": name} for name in ("org/b", "org/bb")]
    (tmp_path / SAMPLES).write_text("".join(json.dumps(row) + "\n" for row in rows))
    first, second = read_results([tmp_path])
    common = {Metric("rate"), Metric("org/x:acc")}
    assert (
        set(first.record.estimates)
        == {Metric("pass@1"), Metric.of("pass@1", tests="base")} | common
    )
    assert set(second.record.estimates) == {Metric("pass@1")} | common


def test_two_estimates_of_one_metric_are_refused(tmp_path):
    folder = policy_run(tmp_path / "run", {"a": problems("p")})
    made = json.loads((folder / RECORD).read_text())
    made["estimates"] *= 2
    (folder / RECORD).write_text(json.dumps(made))
    assert "two estimates have the same metric" in refused(folder)


def test_what_is_written_today_is_what_is_read(tmp_path):
    folder = policy_run(tmp_path / "run", {"a": problems("p")})
    (result,) = read_results([folder])
    again = dataclasses.replace(result.record)
    assert codec.decode(type(again), codec.encode(again)) == result.record
