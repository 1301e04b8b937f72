"""A level at which tests can be read: who gets it, and what the record says."""

import os

import pytest
import tiny
from fakes import FakeBenchmark, FakeSandbox, InTurn

import lcbrb
from evaluators import benchmark
from lcbrb.errors import SetupError
from lcbrb.grading.grader import Grader
from lcbrb.grading.isolation import sandbox_to_grade
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.harness.run import Part, bench_recorded
from lcbrb.protocols.policy import Replayed
from lcbrb.protocols.sandbox import Workplace
from lcbrb.runs.record import tests_in_reach as reached
from lcbrb.sandbox import levels
from lcbrb.sandbox.interpreter import running_interpreter
from lcbrb.types import AnswerCheck


@pytest.fixture
def no_isolation(monkeypatch):
    here = running_interpreter()
    dead = {
        (os.getpid(), x, here, Workplace()): levels.Probe(level=x, problem="no luck") for x in "ABC"
    }
    monkeypatch.setattr(levels, "_probes", dead)


def test_programs_are_not_run_where_they_could_read_the_tests(no_isolation):
    bench = benchmark("mini")
    assert bench.runs_programs
    with pytest.raises(SetupError, match="could read the tests"):
        sandbox_to_grade(bench, None)
    assert sandbox_to_grade(bench, "D").level == "D"


def test_answers_need_no_isolation(no_isolation):
    problem = tiny.problem(check=AnswerCheck(gold="5"))
    bench = ProblemSet(name="sums", version="1", problems=[problem])
    assert not bench.runs_programs
    assert sandbox_to_grade(bench, None).level == "D"


def test_pairs_say_so_where_programs_ran_for_them(no_isolation, tmp_path):
    problems, made = (
        tiny.write_problems(tmp_path, count=2),
        tiny.write_completions(tmp_path, count=2),
    )
    asked = (str(problems), f"replay:{made}")
    with pytest.raises(SetupError, match="could read the tests"):
        lcbrb.build_pairs(*asked, tmp_path / "refused.jsonl")
    executed = lcbrb.build_pairs(*asked, tmp_path / "executed.jsonl", isolation="D").manifest
    recorded = lcbrb.build_pairs(*asked, tmp_path / "pairs.jsonl", verdicts="recorded").manifest
    assert executed.config["tests_in_reach"] is True
    assert executed.notes == ("programs could have read the tests (isolation level D)",)
    assert recorded.pairs == executed.pairs > 0
    assert "isolation" not in recorded.config
    assert recorded.notes == ()


@pytest.mark.parametrize(
    ("level", "runs"), [("A", True), ("B", True), ("C", True), ("D", True), ("D", False)]
)
def test_the_record_says_so(tmp_path, monkeypatch, level, runs):
    monkeypatch.setattr(FakeSandbox, "level", level)
    monkeypatch.setattr(FakeBenchmark, "runs_programs", runs)
    bench = FakeBenchmark([tiny.problem()], tiny.verdict())
    part = Part(benchmark=bench, subject="m", policies=("replay:x",))
    grader = Grader(benchmark=bench, sandbox=FakeSandbox(), executor=InTurn())
    made = Replayed(completions=[tiny.completion(text="t", solution="x")], unknown={})
    record = bench_recorded(part, made, grader, tmp_path / "run").record
    marked = level in "CD" and runs
    assert reached(record) == (level if marked else None)
    told = [f"programs could have read the tests (isolation level {level})"]
    assert list(record.notes) == (told if marked else [])
