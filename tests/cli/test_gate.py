"""`lcbrb gate`, from its options to files and exit codes."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from gate_runs import bench_run

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def no_ci(monkeypatch):
    """A CI that the tests themselves run in must not see their gates."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)


@pytest.fixture
def runs(tmp_path):
    """A baseline, and candidates that are as good, worse, and perhaps worse."""
    signs = {"base": "+" * 200, "same": "+" * 200, "worse": "-" * 200, "few": "+" * 196 + "----"}
    for name, results in signs.items():
        bench_run(tmp_path / name / "code", results, policy=name)
    return tmp_path


@pytest.mark.parametrize(
    ("candidate", "strict", "code", "verdict"),
    [
        ("same", True, 0, "PASS"),
        ("worse", False, 1, "FAIL"),
        ("few", False, 0, "INCONCLUSIVE"),
        ("few", True, 5, "INCONCLUSIVE"),
    ],
)
def test_exit_codes_say_the_verdict(  # noqa: PLR0913, PLR0917 - two fixtures and a row of a table
    lcbrb, runs, candidate, strict, code, verdict
):
    strictness = ["--strict"] if strict else []
    ended = lcbrb("gate", runs / "base", runs / candidate, *strictness)
    assert ended.code == code
    assert f"code pass@1: {verdict}, " in ended.out
    assert ended.out.splitlines()[-1].startswith(verdict)
    assert ended.err == ""


def test_a_benchmark_too_small_is_said_loudly_in_a_table_of_whole_words(lcbrb, tmp_path):
    for side, signs in (("base", "++++"), ("cand", "----")):
        bench_run(tmp_path / side, signs, policy=side)
    ended = lcbrb("gate", tmp_path / "base", tmp_path / "cand")
    assert ended.code == 0
    words = {word for line in ended.out.splitlines() if line[:1] in "┃│" for word in line.split()}
    assert {"INCONCLUSIVE", "baseline", "candidate", "tolerance", "detectable"} <= words
    assert "WARNING: code pass@1 can't decide anything: 4 problems are too few" in ended.out
    assert "TOO SMALL TO DECIDE" in ended.out.splitlines()[-1]


def test_json_is_one_document_and_nothing_else(lcbrb, runs, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    ended = lcbrb("gate", runs / "base", runs / "worse", "--json")
    document = json.loads(ended.out)
    assert (ended.code, document["verdict"]) == (1, "FAIL")
    assert len(document["checks"][0]["lost"]) == 200
    assert ended.err.startswith("::error title=lcbrb gate%3A code pass@1::FAIL: worse by 100.0")


def test_reports_are_written_and_the_summary_of_the_job_grows(lcbrb, runs, monkeypatch):
    step = runs / "step.md"
    step.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))
    junit, summary = runs / "new" / "gate.xml", runs / "gate.md"
    summary.write_text("my notes")
    command = ("gate", runs / "base", runs / "same", "--junit", junit, "--summary", summary)
    refused = lcbrb(*command)
    assert (refused.code, summary.read_text()) == (2, "my notes")
    assert "--force" in refused.err
    summary.write_text("## lcbrb gate: FAIL, of yesterday")
    ended = lcbrb(*command)
    assert ended.code == 0, ended.err
    assert junit.read_text().startswith("<?xml")
    assert summary.read_text().startswith("## lcbrb gate: PASS")
    assert step.read_text() == "before\n" + summary.read_text()


def test_the_jobs_summary_is_not_written_twice(lcbrb, runs, monkeypatch):
    step = runs / "step.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))
    assert lcbrb("gate", runs / "base", runs / "same", "--summary", step).code == 0
    assert step.read_text().count("## lcbrb gate") == 1


def test_allow_adds_to_what_the_file_allows(lcbrb, runs):
    bench_run(runs / "cand", "+" * 200, benchmark_version="2", dataset_sha256="cd" * 32)
    config = runs / "gate.toml"
    config.write_text('allow = ["data"]\n')
    both = (runs / "base", runs / "cand")
    ended = lcbrb("gate", *both)
    assert ended.code == 2
    assert ended.err.endswith("--allow version,data\n")
    assert lcbrb("gate", *both, "--config", config).err.endswith("--allow version\n")
    ended = lcbrb("gate", *both, "--config", config, "--allow", "version")
    assert ended.code == 0
    assert "note: code: benchmark version 1 against 2 (allowed)" in ended.out


def test_calibration_shows_the_rate_and_the_problems_that_change(lcbrb, runs):
    for name, signs in (("r1", "+-" * 100), ("r2", "--" + "+-" * 99)):
        bench_run(runs / "repeats" / name, signs)
    ended = lcbrb("gate", runs / "repeats", "--calibrate")
    assert ended.code == 0, ended.err
    assert "false alarms: 0.0% [0.0, 79.3] of 2 comparisons of 2 repeats, alpha 5%" in ended.out
    assert "changes: p0000 (1 of 1)" in ended.out
    document = json.loads(lcbrb("gate", runs / "repeats", "--calibrate", "--json").out)
    assert document["false_alarms"]["n"] == 2


def test_too_many_false_alarms_fail_the_calibration(lcbrb, runs):
    for index in range(8):
        bench_run(runs / "repeats" / f"r{index}", "+" * 25 * index + "-" * 25 * (8 - index))
    ended = lcbrb("gate", runs / "repeats", "--calibrate")
    assert ended.code == 1
    assert "false alarms: 50.0% [15.0, 85.0] of 56 comparisons" in ended.out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["base"], 2, "name a CANDIDATE"),
        (["base", "nowhere"], 3, "no such folder"),
        (["base", "same", "--allow", "all"], 2, "unknown difference to allow 'all'"),
        (["base", "same", "--config", "none.toml"], 3, "none.toml"),
        (["base", "--calibrate"], 2, "two repeated runs"),
        (["base", "same", "--calibrate", "--junit", "x"], 2, "can't be used with --calibrate"),
    ],
)
def test_what_can_not_be_done_ends_in_one_sentence(lcbrb, runs, arguments, code, told):
    with contextlib.chdir(runs):
        ended = lcbrb("gate", *arguments)
    assert ended.code == code
    assert told in ended.err
    assert ended.err.count("\n") == 1
    assert ended.out == ""


def test_a_record_that_is_cut_off_ends_in_one_sentence(lcbrb, runs):
    path = runs / "same" / "code" / "record.json"
    path.write_text(path.read_text()[:100])
    ended = lcbrb("gate", runs / "base", runs / "same")
    assert ended.code == 2
    assert ended.err.startswith(f"lcbrb: {path}: not valid JSON")
    assert ended.err.count("\n") == 1


def test_a_hostile_name_is_shown_as_text(lcbrb, runs):
    name = "<script>[red]x[/red]</script>\x1b[2J\n::error::x"
    bench_run(runs / "cand", "-" * 200, policy=name, benchmark="code")
    ended = lcbrb("gate", runs / "base", runs / "cand")
    assert ended.code == 1
    assert "\x1b" not in ended.out
    assert not [line for line in ended.out.splitlines() if line.startswith("::")]


HEAVY = {"pandas", "datasets", "torch", "transformers", "pyarrow", "huggingface_hub"}
MODULES = """
import sys
from lcbrb.cli.main import main
code = main(["gate", *sys.argv[1:]])
print(*sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr)
sys.exit(code)
"""


def test_a_gate_imports_nothing_heavy(runs):
    arguments = [
        runs / "base",
        runs / "worse",
        "--junit",
        runs / "j.xml",
        "--summary",
        runs / "s.md",
    ]
    done = subprocess.run(
        [sys.executable, "-c", MODULES, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 1, done.stderr
    imported = set(done.stderr.split())
    assert "numpy" in imported
    assert not HEAVY & imported
