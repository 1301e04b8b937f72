"""lm-evaluation-harness' files as run folders; the files are its own."""

import json
import shutil

import pytest
from foreign_files import LM_EVAL

import lcbrb
from lcbrb import codec
from lcbrb.cli.main import main
from lcbrb.errors import BadInputError
from lcbrb.runs.record import judge_of
from lcbrb.runs.results import ResultKind, read_folder
from lcbrb.stats import cluster_mean
from lcbrb.types import Metric, Status, VerdictOrigin


@pytest.fixture
def copied(tmp_path):
    """A copy of one of the folders, to break."""

    def copy(name):
        folder = tmp_path / name
        shutil.copytree(LM_EVAL / name, folder)
        (results,) = folder.rglob("results_*.json")
        return results

    return copy


def test_tasks_are_runs_with_statuses_and_intervals_over_their_own_samples(tmp_path):
    sums, animals = lcbrb.import_results(LM_EVAL / "two", tmp_path)
    assert [run.record.benchmark for run in (sums, animals)] == ["lm-eval:sums", "lm-eval:animals"]
    record = sums.record
    assert (record.subject, record.benchmark_version) == ("me/tiny", "1.5, lm-eval 0.4.13")
    assert (record.partial, record.coverage, record.config["limit"]) == (True, 0.6, 3)
    assert record.wall_s == pytest.approx(3.13, abs=0.01)
    assert f"{record.started_at:%Y-%m-%d}" == "2026-11-30"
    assert judge_of(record) == "lm-eval 0.4.13"
    assert "a sample counts as passed if exact_match is 1" in " ".join(record.notes)
    (result,) = read_folder(sums.path)
    assert [(one.problem_id, one.status) for one in result.samples] == [
        ("sums/0", Status.PASSED),
        ("sums/1", Status.PASSED),
        ("sums/2", Status.WRONG_ANSWER),
    ]
    assert {one.verdict.origin for one in result.samples} == {VerdictOrigin.RECORDED}
    texts = [(one.text, one.solution) for one in result.completions()]
    assert texts == [(" 3", "3"), (" 7 is it", "7"), (" 3", "3")]
    own = cluster_mean([1.0, 1.0, 0.0], ["a", "b", "c"])
    assert record.estimates[Metric("exact_match,first-number")] == own
    assert record.estimates[Metric("pass@1")].value == own.value
    chosen = [one.text for one in read_folder(animals.path)[0].completions()]
    assert chosen == [" a dog", " milk", " rain"]  # the likeliest of each
    assert set(animals.record.estimates) == {
        Metric(name) for name in ("acc,none", "acc_norm,none", "pass@1")
    }


def test_a_group_is_one_run_as_our_own_runs_of_it_are(tmp_path):
    (both,) = lcbrb.import_results(LM_EVAL / "group", tmp_path)
    record = both.record
    assert (record.benchmark, record.counts["completions"], record.coverage) == (
        "lm-eval:both",
        9,
        1,
    )
    assert record.estimates[Metric("both:exact_match,first-number")].n == 5
    assert (
        "lm-eval 0.4.13: normal" in record.estimates[Metric("both:exact_match,first-number")].method
    )
    assert "lm-eval" not in record.estimates[Metric("animals:acc,none")].method
    assert record.estimates[Metric("pass@1")].n == 9


def test_without_samples_there_are_figures_with_lm_eval_s_own_errors(copied, tmp_path, capfd):
    results = copied("two")
    for path in results.parent.glob("samples_*"):
        path.unlink()
    runs = tmp_path / "runs"
    assert main(["import", str(results), "-o", str(runs)]) == 0
    assert "no samples of sums are next to" in capfd.readouterr().out
    for folder in sorted(runs.rglob("record.json")):
        (result,) = read_folder(folder.parent)
        assert result.kind is ResultKind.FIGURES
        assert Metric("pass@1") not in result.record.estimates
        assert all("lm-eval 0.4.13" in one.method for one in result.record.estimates.values())
    assert main(["leaderboard", str(runs), "-o", str(tmp_path / "board.html")]) == 0
    capfd.readouterr()
    assert main(["gate", str(runs), str(runs)]) == 1
    assert "neither side has a result here" in capfd.readouterr().out


def test_a_metric_that_is_better_lower_passes_nobody(copied, tmp_path):
    results = copied("two")
    _results(lambda whole: whole["higher_is_better"]["sums"].update(exact_match=False))(
        results.parent
    )
    sums, animals = lcbrb.import_results(results, tmp_path / "runs")
    assert Metric("pass@1") not in sums.record.estimates
    assert sums.record.counts["ungraded"] == 3
    assert Metric("pass@1") in animals.record.estimates


def test_samples_are_found_from_their_own_name_too(tmp_path):
    (samples,) = (LM_EVAL / "two").rglob("samples_sums_*")
    assert len(lcbrb.import_results(samples, tmp_path)) == 2


def _line(change):
    def edit(folder):
        (path,) = folder.glob("samples_sums_*")
        lines = path.read_text().splitlines()
        row = json.loads(lines[-1])
        change(row)
        path.write_text("\n".join([*lines[:-1], json.dumps(row)]) + "\n")

    return edit


def _samples(text):
    def edit(folder):
        (path,) = folder.glob("samples_sums_*")
        path.write_text(text(path.read_text()))

    return edit


def _results(change):
    def edit(folder):
        (path,) = folder.glob("results_*")
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))

    return edit


BROKEN = {
    "another score": (_line(lambda row: row.update(exact_match=1.0)), "not from the same run"),
    "cut off": (_samples(lambda text: text[: text.rindex('{"doc_id"')]), "2 documents of sums"),
    "a torn line": (_samples(lambda text: text[:-40]), "line 3"),
    "a document twice": (_line(lambda row: row.update(doc_id=0)), "twice"),
    "no metric's value": (_line(lambda row: row.pop("exact_match")), "no field 'exact_match'"),
    "no responses": (_line(lambda row: row.update(resps=[])), "holds no response"),
    "an id that is a text": (_line(lambda row: row.update(doc_id="x")), "doc_id"),
    "empty": (_samples(lambda _: ""), "no samples"),
    "no counts": (_results(lambda whole: whole.pop("n-samples")), "no field 'n-samples'"),
    "results of a wrong kind": (_results(lambda whole: whole.update(results=[1])), "lm-eval"),
    "no results": (_results(lambda whole: whole.update(results={})), "no task's results"),
    "a count that is none": (
        _results(lambda whole: whole["n-samples"]["sums"].update(effective=-3)),
        "not a count",
    ),
    "a circle of groups": (
        _results(lambda whole: whole.update(group_subtasks={"sums": ["a"], "a": ["a"]})),
        "lm-eval",
    ),
    "a date beyond time": (_results(lambda whole: whole.update(date=1e300)), "lm-eval"),
}


def test_broken_files_are_refused_and_nothing_is_written(copied, tmp_path):
    for name, (edit, words) in BROKEN.items():
        results = copied("two")
        edit(results.parent)
        with pytest.raises(BadInputError) as caught:
            lcbrb.import_results(results, tmp_path / "runs")
        assert words in str(caught.value), name
        assert not (tmp_path / "runs").exists(), name
        shutil.rmtree(tmp_path / "two")


def test_documents_hash_as_problems_do(tmp_path):
    """Two imports of one task meet in one column, whoever answered."""
    (one, _), (other, _) = (lcbrb.import_results(LM_EVAL / "two", tmp_path / n) for n in "ab")
    assert one.record.dataset_sha256 == other.record.dataset_sha256 != codec.sha256_text("")
