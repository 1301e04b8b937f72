"""BigCodeBench's rows as problems, and the table of golds that fail."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from huggingface_hub import constants
from hypothesis import given, strategies as st
from small_environments import PYTHON, small_definition

from evaluators import benchmark
from lcbrb.config import build
from lcbrb.environments.definition import definition, lock_id
from lcbrb.environments.store import Environment, EnvironmentRecord
from lcbrb.errors import BadInputError, DataUnavailableError, SetupError, UnknownNameError
from lcbrb.grading.isolation import marks, sandbox_to_grade
from lcbrb.sources.problems import gold_table
from lcbrb.sources.problems.bigcodebench import hard_ids
from lcbrb.sources.problems.gold_table import Gold
from lcbrb.types import UnitTestCheck

CODE = "import numpy as np\ndef task_func(x):\n"
TESTS = "import unittest\nclass TestCases(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(task_func(1), 2)\n"


def row(number=13, **changed):
    fields = {
        "task_id": f"BigCodeBench/{number}",
        "complete_prompt": CODE + '    """Add one."""\n',
        "instruct_prompt": "Add one.\nYou should write self-contained code starting with:\n```\n"
        + CODE
        + "```",
        "canonical_solution": "    return np.add(x, 1)",
        "code_prompt": CODE,
        "test": TESTS,
        "entry_point": "task_func",
        "doc_struct": "{}",
        "libs": "['numpy']",
    }
    return {**fields, **changed}


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Write rows where the benchmark looks for them; there is no environment."""
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    monkeypatch.setenv("LCBRB_ENVIRONMENTS", str(tmp_path / "environments"))

    def write(*rows, release="v0.1.0_hf"):
        path = tmp_path / "bigcodebench" / f"BigCodeBench-{release}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")

    return write


def test_a_row_is_a_problem_with_its_prompts(data):
    data(row(), row(14))
    bench = benchmark("bigcodebench")
    problem = bench.load()[0]
    assert isinstance(problem.check, UnitTestCheck)
    assert problem.check.libraries == ("numpy",)
    assert problem.check.calibration == CODE + "\n    pass\n"
    assert bench.gold(problem) == CODE + "    return np.add(x, 1)"
    assert bench.version.startswith("v0.1.0_hf-")
    asked = bench.prompt(problem)
    assert asked.raw == row()["complete_prompt"]
    assert "self-contained" in asked.messages[0].content
    instructed = benchmark("bigcodebench:instruct")
    asked = instructed.prompt(instructed.load()[0])
    assert asked.raw.endswith(f"```python\n{CODE}")
    assert asked.messages[0].content.endswith("```\n")
    assert [one.id for one in benchmark("bigcodebench-hard").load()] == ["BigCodeBench/13"]
    assert len(hard_ids()) == 148


def test_the_slowest_tasks_have_as_much_time_as_upstream_gives(data):
    data(row(), row(417))
    usual, slow = (problem.limits for problem in benchmark("bigcodebench").load())
    assert (usual.cpu_s, slow.cpu_s, slow.wall_s) == (60, 240, 240)
    assert usual.output_kib == 64 * 1024  # one file may fill the scratch folder


def test_a_record_says_how_it_was_asked_and_that_verdicts_can_be_forged(data):
    data(row())
    told = marks(benchmark("bigcodebench:instruct?calibrated=false"), "A")
    assert told == {"form": "instruct", "calibrated": False, "integrity": "in-process"}
    assert not benchmark("bigcodebench?calibrated=false").load()[0].check.calibration
    told = marks(benchmark("bigcodebench"), "A")
    assert told["calibration"] == "{code_prompt}\n    pass\n{solution}"


def test_the_newest_release_that_is_here_is_taken(data):
    data(row())
    data(row(14), release="v0.1.4")
    assert benchmark("bigcodebench").version.startswith("v0.1.4-")
    assert benchmark("bigcodebench@v0.1.0_hf").load()[0].id == "BigCodeBench/13"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("bigcodebench@v9", UnknownNameError),
        ("bigcodebench:both", UnknownNameError),
        ("bigcodebench?tasks=some", UnknownNameError),
        ("bigcodebench?speed=high", UnknownNameError),
    ],
)
def test_what_can_not_be_asked_for_is_refused(data, name, error):
    data(row())
    with pytest.raises(error):
        benchmark(name)


def test_a_row_without_its_class_of_tests_is_refused(data):
    data(row(test="class Others: pass"))
    with pytest.raises(BadInputError, match="define no class TestCases"):
        benchmark("bigcodebench")


def test_without_data_or_a_hub_that_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)  # read at its import
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf"))
    with pytest.raises(DataUnavailableError):
        benchmark("bigcodebench")


def test_without_its_environment_nothing_is_graded(data):
    data(row())
    bench = benchmark("bigcodebench")
    with pytest.raises(SetupError, match="lcbrb env create bigcodebench` makes it"):
        sandbox_to_grade(bench, None)
    with pytest.raises(SetupError, match=r"for Python 3.11 is not there: .*--python 3.11` makes"):
        sandbox_to_grade(benchmark("bigcodebench?python=3.11"), None)


# ------------------------------------------------------------------------------ the gold table


TABLE = """
release = "v0.1.0_hf"
python = "{python}"
lock = "{lock}"
measured = "2026-01-01"
golds = 5
passed = 2
[tasks."T/1"]
cause = "network"
why = "asks a name server"
[tasks."T/2"]
cause = "library"
why = "imports pear"
needs = "option:more"
[tasks."T/3"]
cause = "data"
why = "reads a list of words"
needs = "data:words/list*"
"""


def environment(folder, *options):
    record = EnvironmentRecord(
        name="small", python="3.10.1", lock="x", packages=1, options=options, disk_mib=1
    )
    return Environment(name="small", python=PYTHON, folder=folder, record=record)


@pytest.fixture
def small(tmp_path):
    of = definition(str(small_definition(tmp_path, tmp_path / "index")))
    table = TABLE.format(python=PYTHON, lock=lock_id(of.pins(PYTHON)))
    (of.folder / f"golds-{PYTHON}.toml").write_text(table, "utf-8")
    return of


def test_tasks_are_left_out_unless_the_environment_has_what_they_need(small, tmp_path):
    plain = gold_table.excluded(small, environment(tmp_path), "v0.1.0_hf-abc")
    assert list(plain) == ["T/1", "T/2", "T/3"]
    assert plain.notes(["T/2", "T/9"]) == (
        "1 tasks are left out because their gold solutions fail here (library): 2",
    )
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "list.txt").write_text("a", "utf-8")
    rich = gold_table.excluded(small, environment(tmp_path, "more"), "v0.1.0_hf-abc")
    assert list(rich) == ["T/1"]


@given(
    tasks=st.dictionaries(
        st.text(), st.builds(Gold, cause=st.text(), why=st.text(), needs=st.text()), max_size=4
    )
)
def test_whatever_a_table_says_can_be_read_again(tasks):
    table = gold_table.GoldTable(
        release="v1", python="3.10", lock="x", measured="today", golds=2, passed=1, tasks=tasks
    )
    assert build(gold_table.GoldTable, tomllib.loads(table.toml()), "table") == table


@pytest.mark.parametrize("python", ["3.10", "3.11"])
def test_the_table_that_ships_is_of_the_lock_that_ships(python):
    of = definition("bigcodebench")
    table = gold_table.gold_table(of, python)
    assert table is not None
    assert (table.python, table.lock) == (python, lock_id(of.pins(python)))
    assert all(gold.why and gold.cause for gold in table.tasks.values())
    unmeasured = {"tensorflow", "not measured"}  # or pass with what they need
    failing = [gold for gold in table.tasks.values() if gold.cause not in unmeasured]
    assert table.golds - table.passed == len(failing)


def test_what_was_measured_elsewhere_is_told(small, tmp_path):
    other_data = gold_table.excluded(small, environment(tmp_path), "v0.1.4-abc")
    assert "measured on v0.1.0_hf" in other_data.notes([])[0]
    (small.folder / f"{PYTHON}.txt").write_text("apple==2.0\n", "utf-8")
    other_lock = gold_table.excluded(small, environment(tmp_path), "v0.1.0_hf-abc")
    assert "other library versions" in other_lock.notes([])[0]
    Path(small.folder, f"golds-{PYTHON}.toml").unlink()
    none = gold_table.excluded(small, environment(tmp_path), "v0.1.0_hf-abc")
    assert not none
    assert "were not measured" in none.notes([])[0]
