"""`lcbrb env verify`: golds run in an environment, held against its table or made into one."""

from __future__ import annotations

import json
import tomllib

import pytest
from small_environments import PYTHON, small_definition

from lcbrb.environments import store
from lcbrb.environments.definition import definition, lock_id
from lcbrb.sandbox.interpreter import running_interpreter
from lcbrb.sources.problems.gold_table import gold_table

#: golds named for what becomes of them: each verdict is the next of its words
BENCH = """
from dataclasses import dataclass
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.types import AnswerCheck, Problem, Status, Verdict

WORDS = {"P": Status.PASSED, "F": Status.WRONG_ANSWER, "H": Status.HARNESS_ERROR}

class Scripted(ProblemSet):
    runs_programs = False

    def verify(self, problem, completion, sandbox):
        words = problem.id.rpartition("/")[2]
        word = words[completion.sample_index % len(words)]
        return Verdict(status=WORDS[word], detail="" if word == "P" else "said so")

def bench(spec):
    assert spec.options == {"tasks": "all"}, spec
    names = ["1/P", "2/F", "10/PF", "11/FP", "12/F", "13/F", "14/P", "15/F"] + EXTRA
    problems = [
        Problem(id=name, source="s", prompt="?", check=AnswerCheck(gold="1")) for name in names
    ]
    return Scripted(
        name=spec.text, version="v1-abc", problems=problems, environment="FOLDER",
        golds=dict.fromkeys(names, "1"),
    )
"""
TABLE = f"""
release = "v1"
python = "{PYTHON}"
lock = "LOCK"
measured = "2026-01-02"
golds = 8
passed = 5
[tasks."2/F"]
cause = "network"
why = 'asks a "name" server'
[tasks."11/FP"]
cause = "flaky"
why = "reads the clock"
[tasks."14/P"]
cause = "library"
why = "imports pear"
needs = "option:more"
[tasks."13/F"]
cause = "library"
why = "imports pear"
needs = "option:more"
[tasks."15/F"]
cause = "not measured"
why = "no time"
"""


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A definition with a benchmark and a table; its environment is this Python."""
    folder = small_definition(tmp_path, tmp_path / "index")
    bench = tmp_path / "bench.py"
    bench.write_text(BENCH.replace("FOLDER", str(folder)).replace("EXTRA", "[]"), "utf-8")
    toml = folder / "environment.toml"
    toml.write_text(
        f'benchmark = "python:{bench}:bench?tasks=all"\n' + toml.read_text("utf-8"), "utf-8"
    )
    of = definition(str(folder))
    table = TABLE.replace("LOCK", lock_id(of.pins(PYTHON)))
    (folder / f"golds-{PYTHON}.toml").write_text(table, "utf-8")
    record = store.EnvironmentRecord(
        name="small", python="3.1", lock="x", packages=1, options=("more",)
    )
    here = store.Environment(name="small", python=PYTHON, folder=tmp_path, record=record)
    monkeypatch.setattr(store, "find", lambda _of, _python=None: here)
    monkeypatch.setattr(store, "interpreter_of", lambda *_: running_interpreter())
    return of


def test_golds_are_held_against_the_table_and_make_a_new_one(lcbrb, small, tmp_path):
    asked = ("env", "verify", small.folder, "--passes", 2, "--out", tmp_path / "run")
    ended = lcbrb(*asked, "--json")
    assert ended.code == 1, ended.err
    told = json.loads(ended.out)
    assert told["counts"] == {"passes": 2, "fails": 4, "flaky": 2, "no_verdict": 0}
    named = {row["problem_id"]: (row["finding"], row["expected"]) for row in told["named"]}
    assert named == {
        "2/F": ("fails", "fails"),
        "10/PF": ("flaky", "passes"),
        "11/FP": ("flaky", "flaky"),
        "12/F": ("fails", "passes"),
        "13/F": ("fails", "passes"),
        "15/F": ("fails", None),
    }
    new = tmp_path / "new.toml"
    ended = lcbrb(*asked, "--table", new)
    assert ended.code == 0, ended.err
    assert "12/F fails every time, but the table says: passes every time" in ended.out
    assert "3 gold solutions differ from the gold table of 2026-01-02" in ended.out
    fields = tomllib.loads(new.read_text("utf-8"))
    assert (fields["golds"], fields["passed"], fields["passes"]) == (8, 2, 2)
    assert fields["release"] == "v1"
    causes = {name: row["cause"] for name, row in fields["tasks"].items()}
    assert causes == {
        "2/F": "network",
        "10/PF": "flaky",
        "11/FP": "flaky",
        "12/F": "not looked into",
        "13/F": "not looked into",  # it has what it was said to need
        "14/P": "library",
        "15/F": "not looked into",
    }
    assert fields["tasks"]["2/F"]["why"] == 'asks a "name" server'
    assert fields["tasks"]["11/FP"]["why"] == "reads the clock"
    assert fields["tasks"]["12/F"]["why"] == "(wrong_answer) said so"
    assert "needs" not in fields["tasks"]["13/F"]
    (small.folder / f"golds-{PYTHON}.toml").write_text(new.read_text("utf-8"), "utf-8")
    assert gold_table(small, PYTHON).toml() == new.read_text("utf-8")
    assert lcbrb(*asked).code == 0  # as its own table says, from the verdicts that are kept


def test_a_gold_without_a_verdict_is_nobodys_failure(lcbrb, small, tmp_path):
    bench = tmp_path / "bench.py"
    bench.write_text(bench.read_text("utf-8").replace("+ []", '+ ["16/H", "17/H"]'), "utf-8")
    table = small.folder / f"golds-{PYTHON}.toml"
    lacking = '[tasks."17/H"]\ncause = "library"\nwhy = "imports fig"\nneeds = "option:fig"\n'
    table.write_text(table.read_text("utf-8") + lacking, "utf-8")
    ended = lcbrb("env", "verify", small.folder, "--table", table)
    assert ended.code == 4, ended.out
    assert "1 gold solutions have no verdict" in ended.err
    fields = tomllib.loads(table.read_text("utf-8"))
    rows = fields["tasks"]
    assert fields["golds"] == 8  # of ten
    assert rows["16/H"] == {"cause": "not measured", "why": "(harness_error) said so"}
    assert rows["17/H"]["needs"] == "option:fig"  # as it was known


def test_without_a_table_golds_that_fail_are_named(lcbrb, small):
    (small.folder / f"golds-{PYTHON}.toml").unlink()
    ended = lcbrb("env", "verify", small.folder)
    assert ended.code == 1
    assert f"no gold table for Python {PYTHON} to compare with" in ended.out
    assert "12/F fails every time (wrong_answer) said so" in ended.out


def test_what_can_not_be_verified_is_refused(lcbrb, small, tmp_path):
    ended = lcbrb("env", "verify", small.folder, "--limit", 2, "--table", tmp_path / "t.toml")
    assert ended.code == 2
    assert "needs all gold solutions" in ended.err
    (tmp_path / "mine.toml").write_text("a = 1", "utf-8")
    ended = lcbrb("env", "verify", small.folder, "--table", tmp_path / "mine.toml")
    assert ended.code == 2
    assert "--force" in ended.err
    toml = small.folder / "environment.toml"
    whole = toml.read_text("utf-8")
    toml.write_text(whole.replace(whole.splitlines()[0], 'benchmark = "mini"'), "utf-8")
    ended = lcbrb("env", "verify", small.folder)
    assert ended.code == 2
    assert "mini does not use the environment" in ended.err
    toml.write_text("\n".join(whole.splitlines()[1:]), "utf-8")
    ended = lcbrb("env", "verify", small.folder)
    assert ended.code == 2
    assert "belongs to no benchmark" in ended.err
