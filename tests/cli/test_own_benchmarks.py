"""Benchmarks and kinds of check of one's own: one file, and for a kind of check one line."""

import json
import re
from pathlib import Path

import pytest
from fakes import write_lines

from evaluators import benchmark
from lcbrb import codec
from lcbrb.errors import SetupError
from lcbrb.grading.check_kinds import kind_of, solution_in
from lcbrb.types import Problem, problems

DOCS = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def fences():
    """The Python files that the documentation shows."""
    return re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)


@pytest.fixture
def answers(tmp_path):
    rows = [
        {"task_id": "squares/2", "completion": "That is \\boxed{4}.", "passed": True},
        {"task_id": "squares/3", "completion": "That is \\boxed{8}.", "passed": False},
    ]
    return write_lines(tmp_path / "m.jsonl", rows)


def test_the_documented_benchmark_runs_from_its_file(lcbrb, tmp_path, answers):
    (tmp_path / "squares.py").write_text(fences()[0], "utf-8")
    name = f"python:{tmp_path}/squares.py:squares"
    ended = lcbrb("bench", "--policy", f"replay:{answers}", "--benchmark", name, "--json")
    assert ended.code == 0, ended.err
    document = json.loads(ended.out)
    (record,) = document["records"]
    values = {row["metric"]: row["value"] for row in record["estimates"]}
    assert (values["pass@1"], values["no_answer"]) == (0.5, 0.0)
    assert document["agreement"][0]["counts"] == {
        "lenient reading: recorded fail, ours fail": 1,
        "lenient reading: recorded pass, ours pass": 1,
    }
    ended = lcbrb("validate", name, "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["counts"]["good"] == 10


def test_the_documented_code_benchmark_runs_a_program(lcbrb, tmp_path):
    (tmp_path / "echo.py").write_text(fences()[1], "utf-8")
    name = f"python:{tmp_path}/echo.py:echo"
    ended = lcbrb("validate", name, "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["counts"]["good"] == 1
    rows = [{"task_id": "echo/1", "completion": "```python\nprint(input())\n```"}]
    replies = write_lines(tmp_path / "m.jsonl", rows)
    ended = lcbrb("bench", "--policy", f"replay:{replies}", "--benchmark", name, "--json")
    assert json.loads(ended.out)["records"][0]["counts"]["passed"] == 1


@pytest.fixture
def pattern(tmp_path, monkeypatch):
    """The documented kind of check, with its line in the table."""
    (tmp_path / "pattern_check.py").write_text(fences()[2], "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    line = "pattern_check:PatternCheck"
    monkeypatch.setattr(problems, "CHECKS", [*problems.CHECKS, line])
    monkeypatch.setattr(codec, "_READERS_AND_WRITERS", {})  # made for the kinds that there were
    return "python:pattern_check:dates"


def test_a_new_kind_of_check_is_one_file_and_one_line(lcbrb, tmp_path, pattern):
    (problem,) = benchmark(pattern).load()
    assert codec.decode(Problem, codec.encode(problem)) == problem
    assert kind_of(problem.check).label(problem.check) == "pattern"
    assert solution_in("Hm.\n2026-11-29\n", problem) == "2026-11-29"
    rows = [
        {"task_id": "dates/today", "completion": text, "passed": True}
        for text in ("2026-11-29", "yesterday")
    ]
    replies = write_lines(tmp_path / "m.jsonl", rows)
    ended = lcbrb("bench", "--policy", f"replay:{replies}", "--benchmark", pattern, "--json")
    assert ended.code == 0, ended.err
    document = json.loads(ended.out)
    counts = document["records"][0]["counts"]
    assert (counts["passed"], counts["wrong_answer"]) == (1, 1)
    assert document["agreement"][0]["counts"] == {
        "pattern: recorded pass, ours fail": 1,
        "pattern: recorded pass, ours pass": 1,
    }
    ended = lcbrb("validate", pattern, "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["counts"]["good"] == 1


OTHERS = """
from lcbrb.types import Problem, AnswerCheck, Prompt, Status, Verdict
class Made:
    name, version = "made", "1"
    def __init__(self, spec): pass
    def load(self):
        return [Problem(id="made/1", source="made", prompt="?", check=AnswerCheck(gold="1"))]
    def prompt(self, problem):
        return Prompt(messages=(), raw="?", template="made@1")
    def verify(self, problem, completion, sandbox):
        return Verdict(status=Status.PASSED)
class Less:
    name = "less"
    def __init__(self, spec): pass
"""


def test_an_object_with_a_benchmarks_members_is_one(tmp_path):
    (tmp_path / "own.py").write_text(OTHERS, "utf-8")
    made = benchmark(f"python:{tmp_path}/own.py:Made")
    assert (made.name, made.version, made.metric, made.votes) == ("made", "1", "pass@1", False)
    (problem,) = made.load()
    assert made.prompt(problem).template == "made@1"
    assert made.gold(problem) is None


def test_what_is_no_benchmark_is_said(tmp_path):
    (tmp_path / "own.py").write_text(OTHERS, "utf-8")
    with pytest.raises(SetupError, match=r"gave a Less without version, load, prompt, verify"):
        benchmark(f"python:{tmp_path}/own.py:Less")
