"""Programs run under the interpreter that a sandbox is for, which need not be the grader's."""

import shutil
import subprocess
import sys
import venv
from dataclasses import replace
from pathlib import Path

import pytest

from lcbrb.errors import SetupError
from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox.inside import wire
from lcbrb.sandbox.interpreter import interpreter_at, running_interpreter
from lcbrb.sandbox.levels import LEVELS, probe, sandbox_for
from lcbrb.types import Limits, Status

LIMITS = Limits(cpu_s=4, wall_s=20, memory_mib=256, output_kib=64)
SHORT = Limits(cpu_s=0.3, wall_s=1.5, memory_mib=256, output_kib=64)
VERSION = "import sys\nprint(*sys.version_info[:2])"


def python310():
    """An interpreter of Python 3.10, from the search path or from pyenv; None where none is."""
    places = [shutil.which("python3.10")]
    if pyenv := shutil.which("pyenv"):
        root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=False)
        places += sorted(Path(root.stdout.strip(), "versions").glob("3.10*/bin/python"))
    for place in filter(None, places):
        try:
            found = interpreter_at(place)
        except SetupError:  # a shim of pyenv's, for a version that is not switched on
            continue
        if found.version[:2] == (3, 10):
            return found
    return None


@pytest.fixture(scope="module")
def older():
    found = python310()
    if found is None:
        pytest.skip("there is no Python 3.10 here (neither python3.10 nor one of pyenv's)")
    return found


@pytest.fixture(params=LEVELS)
def level(request):
    found = probe(request.param)
    if not found.live:
        pytest.skip(f"level {request.param} is not live here: {found.problem}")
    return request.param


@pytest.fixture
def sandbox(level, older):
    found = probe(level, interpreter=older)
    assert found.live, found.problem
    return found.sandbox


def outcome(sandbox, source, given="", limits=LIMITS):
    (execution,) = sandbox.run(Program(source=source), [given], limits)
    return execution


def test_a_program_runs_under_the_interpreter_of_its_sandbox(sandbox):
    assert outcome(sandbox, VERSION).output == "3 10\n"


def test_every_level_confines_as_much_under_another_interpreter(level, older):
    ours, theirs = probe(level), probe(level, interpreter=older)
    assert (theirs.layers, theirs.stopped) == (ours.layers, ours.stopped)


def test_standard_input_is_read(sandbox):
    found = sandbox.run(Program(source="print(2 * int(input()))"), ["3\n", "4\n"], LIMITS)
    assert [execution.output for execution in found] == ["6\n", "8\n"]


def test_functions_are_called(sandbox):
    source = "class Solution:\n    def f(self, x):\n        return {x: (x, 10**5000)}"
    with sandbox.open(Program(source=source), LIMITS) as session:
        assert wire.decode(session.call("f", [3]).output) == {3: (3, 10**5000)}
        batch = session.call_each([("f", "[1]"), ("f", "[2]")])
        assert len(batch.outputs) == 2


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("while 1: pass", Status.TIME_LIMIT),
        ("import time\ntime.sleep(60)", Status.TIME_LIMIT),
        ("bytearray(1 << 33)", Status.MEMORY_LIMIT),
        ("while 1: print('x' * 1000)", Status.OUTPUT_LIMIT),
        ("1 / 0", Status.RUNTIME_ERROR),
        ("print(", Status.SYNTAX_ERROR),
        ("try: pass\nexcept* ValueError: pass", Status.SYNTAX_ERROR),  # Python 3.11 has it
        (
            "import sys\nsys.setrecursionlimit(50_000)\ndef f(n): return n and 1 + f(n - 1)\nprint(f(40_000))",
            None,
        ),
    ],
)
def test_wrong_programs_and_limits_are_told_as_under_any_interpreter(sandbox, source, status):
    assert outcome(sandbox, source, limits=SHORT).status is status


def test_no_module_of_ours_is_in_a_programs_way(sandbox):
    source = "import sys\nprint([path for path in sys.path if 'lcbrb' in path])\nimport wire"
    execution = outcome(sandbox, source)
    assert execution.status is Status.RUNTIME_ERROR
    assert "No module named 'wire'" in execution.detail


def test_a_program_sees_the_packages_of_its_own_interpreter(sandbox, older):
    source = "import sys\nprint(*sys.path, sep='\\n')"
    paths = outcome(sandbox, source).output.split()
    assert set(older.site_packages) < set(paths)
    assert not set(running_interpreter().site_packages) & set(paths)


def test_programs_find_the_packages_of_an_environment(level, tmp_path):
    venv.create(tmp_path / "env")
    found = probe(level, interpreter=interpreter_at(tmp_path / "env" / "bin" / "python"))
    Path(found.sandbox.interpreter.site_packages[0], "extra.py").write_text("answer = 42\n")
    source = "import extra\nprint(extra.answer)"
    try:
        assert outcome(found.sandbox, source).output == "42\n"
    finally:
        found.sandbox.close()
    assert outcome(probe(level).sandbox, source).status is Status.RUNTIME_ERROR


def test_two_interpreters_side_by_side_do_not_mix(level, sandbox):
    ours = probe(level).sandbox
    here = "{} {}\n".format(*sys.version_info[:2])
    for _ in range(3):
        assert outcome(ours, VERSION).output == here
        assert outcome(sandbox, VERSION).output == "3 10\n"


def test_the_sandbox_of_an_interpreter_is_made_once(older):
    assert sandbox_for("D", interpreter=older) is sandbox_for("D", interpreter=replace(older))
    assert sandbox_for("D", interpreter=older) is not sandbox_for("D")
    assert sandbox_for("D") is sandbox_for("D", interpreter=running_interpreter())


def test_an_interpreter_is_known_by_any_of_its_names(tmp_path):
    link = tmp_path / "python"
    link.symlink_to(running_interpreter().executable)
    assert interpreter_at(sys.executable) == running_interpreter()
    assert interpreter_at(link).executable == running_interpreter().executable


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (None, "no interpreter can be started at .*: .*No such file"),
        ("echo 5", "is not a Python 3.10 or newer: it said nothing"),
        ("echo what now >&2; exit 2", "is not a Python 3.10 or newer: what now"),
        ("""echo '{"version": [3, 9, 18]}'""", "is Python 3.9.18: programs need 3.10 or newer"),
    ],
)
def test_what_is_no_interpreter_for_programs_is_refused(tmp_path, script, message):
    path = tmp_path / "python"
    if script is not None:
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
    with pytest.raises(SetupError, match=message):
        interpreter_at(path)


def test_an_interpreter_that_went_is_a_fault_of_the_set_up(tmp_path):
    gone = replace(running_interpreter(), executable=str(tmp_path / "python"))
    with pytest.raises(SetupError, match="No such file"):
        sandbox_for(interpreter=gone)
