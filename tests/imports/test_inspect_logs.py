"""inspect_ai's logs as run folders; the logs are its own, of a model of given replies."""

import json
import zipfile
from pathlib import Path

import pytest
from foreign_files import INSPECT

import lcbrb
from lcbrb.errors import BadInputError
from lcbrb.runs.record import judge_of
from lcbrb.runs.results import ResultKind, read_folder
from lcbrb.types import Metric, Status, StopReason, VerdictOrigin

(SUMS,), (SMALL,) = INSPECT.glob("*.json"), INSPECT.glob("*.eval")


def test_samples_have_the_status_of_the_score_that_is_right_or_wrong(tmp_path):
    (imported,) = lcbrb.import_results(SUMS, tmp_path)
    record = imported.record
    assert (record.subject, record.benchmark) == ("mockllm/model", "inspect:sums")
    assert record.benchmark_version == "3, inspect_ai 0.3.285"
    assert judge_of(record) == "inspect_ai 0.3.285"
    assert not record.complete  # a sample ended in an error
    (result,) = read_folder(imported.path)
    found = {(one.problem_id, one.sample_index): one for one in result.samples}
    failed = {key: one.status for key, one in found.items() if one.status is not Status.PASSED}
    assert failed == {
        ("q3", 0): Status.WRONG_ANSWER,
        ("q1", 1): Status.TRUNCATED,  # wrong, and cut at its length
        ("q3", 1): Status.HARNESS_ERROR,
    }
    assert found["q3", 1].verdict.detail == "ValueError('the tool broke')"
    assert {one.verdict.origin for one in result.samples} == {VerdictOrigin.RECORDED}
    first = result.completions()[0]
    assert (first.text, first.solution, first.prompt_tokens) == ("The sum is 0", "0", 5)
    assert first.stop_reason is StopReason.END


def test_means_have_intervals_over_problems_and_agree_with_the_log(tmp_path):
    (imported,) = lcbrb.import_results(SUMS, tmp_path)
    accuracy, words, rate = (
        imported.record.estimates[Metric(name)]
        for name in ("match:accuracy", "words:mean", "pass@1")
    )
    assert accuracy == rate
    assert (accuracy.value, accuracy.n, accuracy.clusters) == (0.625, 7, 4)
    assert "bootstrap" in accuracy.method
    assert words.value == pytest.approx(1.2)


def test_an_eval_file_packed_with_zstandard_is_read(tmp_path):
    (imported,) = lcbrb.import_results(SMALL, tmp_path)
    assert imported.record.complete
    assert imported.record.counts == {"problems": 2, "completions": 2, "passed": 2}
    assert [one.problem_id for one in read_folder(imported.path)[0].samples] == ["0", "1"]


def test_a_log_without_samples_is_a_run_of_figures(tmp_path):
    log = changed(tmp_path, lambda log: log.pop("samples"))
    (imported,) = lcbrb.import_results(log, tmp_path / "runs")
    assert read_folder(imported.path)[0].kind is ResultKind.FIGURES
    accuracy = imported.record.estimates[Metric("match:accuracy")]
    assert (accuracy.value, accuracy.method) == (
        0.625,
        "inspect_ai 0.3.285: normal, its standard error",
    )
    assert "contains no samples" in " ".join(imported.record.notes)


def test_what_is_neither_right_nor_wrong_gives_no_status(tmp_path):
    def partial(log):
        log["samples"][0]["scores"]["match"]["value"] = "P"

    (imported,) = lcbrb.import_results(changed(tmp_path, partial), tmp_path / "runs")
    record = imported.record
    assert Metric("pass@1") not in record.estimates
    assert record.counts["ungraded"] == 8
    told = " ".join(record.notes)
    assert "no score says of every sample" in told
    assert "match:accuracy is 0.625 in the log, and 0.5625 over its samples" in told
    assert "standard error" in record.estimates[Metric("match:accuracy")].method


def test_an_evaluation_that_did_not_end_is_incomplete(tmp_path):
    def stopped(log):
        log["status"] = "cancelled"
        del log["samples"][4:]

    (imported,) = lcbrb.import_results(changed(tmp_path, stopped), tmp_path / "runs")
    assert not imported.record.complete
    assert "status is cancelled" in " ".join(imported.record.notes)


def changed(folder, change):
    log = json.loads(SUMS.read_text(encoding="utf-8"))
    change(log)
    path = folder / SUMS.name
    path.write_text(json.dumps(log), encoding="utf-8")
    return path


def first_sample(**fields):
    return lambda log: log["samples"][0].update(fields)


BROKEN = {
    "fewer samples than it counts": (
        lambda log: log["samples"].pop(),
        "holds 7 samples and counts 8",
    ),
    "no model": (lambda log: log["eval"].pop("model"), "no field 'model'"),
    "samples that are none": (lambda log: log.update(samples=[1]), "a sample is not an object"),
    "an id that is a list": (first_sample(id=[1]), "id"),
    "an epoch below none": (first_sample(epoch=-1), "epoch"),
    "an input that is a number": (first_sample(input=3), "input"),
    "a score that is a text": (first_sample(scores={"match": "C"}), "log of inspect_ai"),
    "a count that is a text": (lambda log: log["results"].update(total_samples="x"), "not a count"),
}


def test_broken_logs_are_refused_and_nothing_is_written(tmp_path):
    for name, (change, words) in BROKEN.items():
        with pytest.raises(BadInputError) as caught:
            lcbrb.import_results(changed(tmp_path, change), tmp_path / "runs")
        assert words in str(caught.value), name
        assert SUMS.name in str(caught.value), name
        assert not (tmp_path / "runs").exists()


def _zip(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def test_broken_archives_are_refused_and_nothing_is_written(tmp_path, monkeypatch):
    whole = SMALL.read_bytes()
    log = json.loads(SUMS.read_text(encoding="utf-8"))
    samples = log.pop("samples")
    members = {"header.json": json.dumps(log)} | {
        f"samples/{one['id']}_epoch_{one['epoch']}.json": json.dumps(one) for one in samples
    }
    path = tmp_path / "x.eval"
    assert (
        lcbrb.import_results(_zip(path, members), tmp_path / "good")[0].record.counts["passed"] == 5
    )
    torn = bytearray(whole)
    with zipfile.ZipFile(SMALL) as archive:
        start = archive.getinfo("header.json").header_offset + 100
    torn[start : start + 20] = b"x" * 20
    for content, words in (
        (whole[:-40], "not a zip archive"),
        (b"PK", "not a zip archive"),
        (bytes(torn), "broken or cut off"),
        (_zip(path, {"_journal/start.json": "{}"}).read_bytes(), "still running"),
        (_zip(path, {"header.json": "{"}).read_bytes(), "not valid JSON"),
        (_zip(path, {"header.json": "{}"}).read_bytes(), "names no task"),
        (_zip(path, {**members, "samples/q0_epoch_1.json": "3"}).read_bytes(), "not an object"),
    ):
        path.write_bytes(content)
        with pytest.raises(BadInputError) as caught:
            lcbrb.import_results(path, tmp_path / "runs")
        assert words in str(caught.value)
        assert not (tmp_path / "runs").exists()
    monkeypatch.setenv("LCBRB_INPUT_MIB", "64")
    _zip(path, {**members, "samples/bomb.json": b" " * (80 << 20)})
    with pytest.raises(BadInputError, match="unpacks to more than 64 MiB"):
        lcbrb.import_results(Path(path), tmp_path / "runs")
