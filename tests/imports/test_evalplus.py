"""EvalPlus' and BigCodeBench's result files as run folders."""

import gzip
import json
import os
from pathlib import Path

import pytest
from estimates import by_name
from foreign_files import evalplus_file, humaneval, solution
from gate_runs import bench_run

import lcbrb
from lcbrb.cli.main import main
from lcbrb.errors import BadInputError, UsageError
from lcbrb.runs.record import judge_of
from lcbrb.runs.results import ResultKind, read_folder
from lcbrb.types import Status, VerdictOrigin

TASKS = {
    "HumanEval/0": [solution(), solution("fail", "fail")],
    "HumanEval/1": [solution("pass", "timeout"), solution("timeout", "timeout")],
    "HumanEval/2": [solution("fail", "fail", text=""), solution(plus="fail")],
}


def test_each_solution_has_the_verdict_of_its_file_and_the_record_says_whose_it_is(tmp_path):
    path = evalplus_file(tmp_path / "some-model_eval_results.json", TASKS)
    (imported,) = lcbrb.import_results(path, tmp_path / "runs")
    assert imported.path == tmp_path / "runs" / "some-model" / "humaneval+"
    (result,) = read_folder(imported.path)
    assert result.kind is ResultKind.POLICY
    assert [(one.status, one.verdict.base_status) for one in result.samples] == [
        (Status.PASSED, Status.PASSED),
        (Status.WRONG_ANSWER, Status.WRONG_ANSWER),
        (Status.TIME_LIMIT, Status.PASSED),
        (Status.TIME_LIMIT, Status.TIME_LIMIT),
        (Status.NO_ANSWER, Status.NO_ANSWER),
        (Status.WRONG_ANSWER, Status.PASSED),
    ]
    assert {one.verdict.origin for one in result.samples} == {VerdictOrigin.RECORDED}
    assert [one.text for one in result.completions()][:2] == [
        TASKS["HumanEval/0"][0]["solution"]
    ] * 2
    record = result.record
    rates = {name: estimate.value for name, estimate in by_name(record.estimates).items()}
    assert rates["pass@1"] == rates["pass@1/tests=base + plus"] == pytest.approx(1 / 6)
    assert rates["pass@1/tests=base"] == pytest.approx((1 / 2 + 1 / 2 + 1 / 2) / 3)
    assert record.estimates[next(iter(record.estimates))].clusters == 3
    assert judge_of(record) == "evalplus (no version told)"
    assert (record.benchmark_version, record.partial, record.coverage) == ("v0.1.10", True, 3 / 164)
    assert f"{record.started_at:%Y-%m-%d %H:%M}" == "2024-08-08 17:18"
    assert record.environment == {"lcbrb": lcbrb.__version__}  # nothing of this machine's
    told = " ".join(record.notes)
    assert "no file names the model" in told
    assert "don't say how long" in told
    assert "nothing was run here" in told


def test_who_fails_the_base_tests_needs_no_plus_tests_to_fail(tmp_path):
    tasks = {"HumanEval/0": [solution()], "HumanEval/1": [solution("fail", None)]}
    path = evalplus_file(tmp_path / "m_eval_results.json", tasks)
    (imported,) = lcbrb.import_results(path, tmp_path / "runs")
    rates = {str(metric): one.value for metric, one in imported.record.estimates.items()}
    assert rates == {"pass@1": 0.5, "pass@1/tests=base": 0.5, "pass@1/tests=base + plus": 0.5}


def test_board_and_gate_read_imported_runs_and_say_whose_verdicts_they_are(tmp_path, capfd):
    for name, signs in (("old", "++++++++++----"), ("new", "+++++++++-----")):
        evalplus_file(tmp_path / f"{name}_eval_results.json", humaneval(signs))
    runs, board = tmp_path / "runs", tmp_path / "board.html"
    assert main(["import", str(tmp_path), "-o", str(runs)]) == 0
    assert "new on humaneval+ v0.1.10: pass@1 64.3%" in capfd.readouterr().out
    assert main(["leaderboard", str(runs), "-o", str(board)]) == 0
    assert "come from evalplus (no version told), not verified here" in capfd.readouterr().out
    page = board.read_text(encoding="utf-8")
    assert "64.3" in page
    assert "recorded" in page
    gate = ["gate", str(runs / "old"), str(runs / "new"), "--json"]
    assert main(gate) == 0
    (check,) = json.loads(capfd.readouterr().out)["checks"]
    assert (check["baseline"]["value"], check["candidate"]["value"]) == (10 / 14, 9 / 14)
    assert check["lost"] == ["HumanEval/9"]
    assert any("baseline's verdicts come from evalplus" in note for note in check["notes"])


def test_a_run_of_ours_beside_an_imported_one_is_refused_unless_asked_for(tmp_path, capfd):
    path = evalplus_file(tmp_path / "m_eval_results.json", humaneval("++-"))
    (imported,) = lcbrb.import_results(path, tmp_path / "runs")
    ours = bench_run(
        tmp_path / "ours",
        {"HumanEval/0": "+", "HumanEval/1": "-", "HumanEval/2": "+"},
        benchmark="humaneval+",
        benchmark_version="v0.1.10",
        dataset_sha256=imported.record.dataset_sha256,
    )
    gate = ["gate", str(ours), str(imported.path)]
    assert main(gate) == 2
    told = capfd.readouterr().err
    assert "judged by this toolkit against evalplus" in told
    assert "--allow judge" in told
    assert main([*gate, "--allow", "judge"]) == 0


def test_the_same_file_is_kept_once_and_another_of_its_name_beside_it(tmp_path):
    path = evalplus_file(tmp_path / "m_eval_results.json", humaneval("++-"))
    (first,) = lcbrb.import_results(path, tmp_path / "runs")
    (again,) = lcbrb.import_results(path, tmp_path / "runs")
    assert (again.path, again.new, again.record) == (first.path, False, first.record)
    evalplus_file(path, humaneval("+++"))
    (other,) = lcbrb.import_results(path, tmp_path / "runs")
    assert other.new
    assert other.path.name == f"humaneval+-{other.record.run_id[:8]}"
    assert {p.name for p in (tmp_path / "runs").iterdir()} == {"m"}  # no folder is left behind


def test_base_tests_alone_are_another_benchmark_and_bigcodebench_s_status_counts(tmp_path):
    base = evalplus_file(
        tmp_path / "base_eval_results.json",
        {"Mbpp/2": [solution(plus=None)]},
        hash="0" * 32,
        pass_at_k={"base": {"pass@1": 1.0}},
    )
    graded = [{"solution": "x", "status": status} for status in ("pass", "fail", "timeout")]
    other = tmp_path / "bcb_eval_results.json.gz"
    document = {"eval": {f"BigCodeBench/{n}": [one] for n, one in enumerate(graded)}}
    other.write_bytes(gzip.compress(json.dumps(document).encode()))
    runs = lcbrb.import_results([base, other], tmp_path / "runs", model="ORG/NAME")
    assert [(run.record.benchmark, run.record.benchmark_version) for run in runs] == [
        ("mbpp+ (base tests)", f"tests {'0' * 12}"),
        ("bigcodebench", ""),
    ]
    assert {run.record.subject for run in runs} == {"ORG/NAME"}
    assert [run.record.estimates[next(iter(run.record.estimates))].value for run in runs] == [
        1.0,
        1 / 3,
    ]
    told = [" ".join(run.record.notes) for run in runs]
    assert "to no release that lcbrb knows" in told[0]
    assert "no file names the model" not in told[0]
    assert "does not say which release" in told[1]
    assert "no date" in told[1]


HALF = {"HumanEval/0": [solution()], "HumanEval/1": [solution(plus=None)]}
REFUSED = {
    "rates that are not those of the rows": (
        {"eval": humaneval("++-"), "pass_at_k": {"plus": {"pass@1": 0.9}}},
        "pass@1 on base + plus tests is 0.9, but its own rows give 0.666667",
    ),
    "plus tests of some alone": ({"eval": HALF}, "HumanEval/1 passes the base tests, but has no"),
    "no verdict": ({"eval": {"HumanEval/0": [{"solution": "x"}]}}, "has no verdict"),
    "a status of its own": (
        {"eval": {"HumanEval/0": [solution("maybe")]}},
        "base_status is 'maybe'",
    ),
    "two benchmarks": (
        {"eval": {"HumanEval/0": [solution()], "Mbpp/2": [solution()]}},
        "don't all belong to one benchmark",
    ),
    "nobody's problems": ({"eval": {"mine/0": [solution()]}}, "mine/0"),
    "no solutions": ({"eval": {}}, "no solutions"),
    "only counts": ({"eval": {"HumanEval/0": {"nfiles": 1}}}, "no list of judged solutions"),
    "no object": ({"eval": [1, 2]}, '"eval" is not an object'),
    "a solution that is a number": ({"eval": {"HumanEval/0": [solution(text=3)]}}, "is not a text"),
    "other JSON": ({"scores": 1}, "its format is not known here"),
    "a list": ([1], "its format is not known here"),
}
BROKEN = {
    "cut off": (b'{"eval": {"Hum', "not valid JSON"),
    "no text": (b"\xff\xfe\x00", "not UTF-8"),
    "nested": (b"[" * 100_000, "nested too deeply"),
    "half of a packed file": (gzip.compress(b"x" * 1000)[:20], "broken or cut off"),
    "empty": (b"", "not valid JSON"),
}


def test_what_can_not_be_taken_over_is_refused_and_nothing_is_written(tmp_path):
    contents = {
        name: (json.dumps(value).encode(), words) for name, (value, words) in REFUSED.items()
    }
    good = evalplus_file(tmp_path / "good_eval_results.json", humaneval("+"))
    path = tmp_path / "bad_eval_results.json"
    for name, (content, words) in {**contents, **BROKEN}.items():
        path.write_bytes(content)
        with pytest.raises(BadInputError) as caught:
            lcbrb.import_results([good, path], tmp_path / "runs")
        assert words in str(caught.value), name
        assert path.name in str(caught.value), name
        assert not (tmp_path / "runs").exists(), name


def test_a_wrong_request_is_one_sentence(tmp_path, capfd):
    for name in ("a", "b"):
        evalplus_file(tmp_path / "files" / f"{name}_eval_results.json", humaneval("+"))
    (tmp_path / "none").mkdir()
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "broken.json").write_text('{"eval": {"Hum')
    for arguments, code, words in (
        (["broken.json"], 2, "not valid JSON"),
        (["nowhere"], 3, "no such file or folder"),
        (["none"], 2, "no results of another tool"),
        (["pipe.json"], 2, "a pipe"),
        (["files", "--model", "m"], 2, "are both m on humaneval+"),
    ):
        out = str(tmp_path / "out")
        assert main(["import", str(tmp_path / arguments[0]), *arguments[1:], "-o", out]) == code
        told = capfd.readouterr().err
        assert words in told
        assert told.count("\n") == 1
        assert not Path(out).exists()
    copies = [evalplus_file(tmp_path / d / "m_eval_results.json", humaneval("+")) for d in "xy"]
    with pytest.raises(UsageError, match="given twice"):
        lcbrb.import_results(copies, tmp_path / "out")


@pytest.mark.data
def test_real_files_give_the_rates_that_their_rows_say(tmp_path):
    folder = Path(os.environ.get("LCBRB_DATA", "")) / "judged" / "evalplus"
    if not folder.is_dir():
        pytest.skip("LCBRB_DATA has no judged/evalplus")
    path = folder / "Mistral-7B-Instruct-v0.2.humaneval.eval_results.json.gz"
    (run,) = lcbrb.import_results(path, tmp_path, model="Mistral-7B-Instruct-v0.2")
    rows = json.loads(gzip.decompress(path.read_bytes()))["eval"].values()
    passed = sum(one["base_status"] == one["plus_status"] == "pass" for (one,) in rows)
    assert run.record.benchmark_version == "v0.1.10"
    assert (run.record.coverage, run.record.counts["passed"]) == (1.0, passed)
