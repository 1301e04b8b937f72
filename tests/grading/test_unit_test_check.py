"""Unit tests in a program's own process: a pass is every test run and passed, and nothing forged."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from unit_tested import LIMITS, RIGHT, TESTS, WORKPLACE, sandboxes, unit_tested, verdict

from lcbrb.grading.check_kinds import kind_of
from lcbrb.grading.false_statements import _ALWAYS, _STATEMENTS, false_statements
from lcbrb.grading.unit_test_check import calibrated, test_names as names_of_tests
from lcbrb.protocols.sandbox import Execution
from lcbrb.sandbox.interpreter import interpreter_at
from lcbrb.sandbox.levels import probe
from lcbrb.types import Status


@pytest.fixture(params=sandboxes())
def sandbox(request):
    return request.param


def test_a_right_program_passes_every_test(sandbox):
    found = verdict(sandbox, RIGHT)
    assert (found.status, found.tests_passed, found.tests_total) == (Status.PASSED, 3, 3), found


WRONG = {
    "a wrong value": ("def task_func(x): return x + 2", Status.WRONG_ANSWER, "test_one: failed"),
    "an exception": ("def task_func(x): return 1 / 0", Status.RUNTIME_ERROR, "ZeroDivisionError"),
    "no such function": ("y = 1", Status.RUNTIME_ERROR, "task_func"),
    "does not load": ("1 / 0", Status.RUNTIME_ERROR, "ZeroDivisionError"),
    "no Python": ("def task_func(", Status.SYNTAX_ERROR, ""),
    "ends the process": ("import sys\nsys.exit(0)", Status.RUNTIME_ERROR, ""),
    "a library of nobody's": ("import not_there\n" + RIGHT, Status.RUNTIME_ERROR, "not_there"),
}


@pytest.mark.parametrize(("program", "status", "said"), WRONG.values(), ids=WRONG)
def test_a_failure_is_called_what_it_is(sandbox, program, status, said):
    found = verdict(sandbox, program)
    assert found.status is status, found
    assert said in found.detail


@pytest.mark.slow
def test_a_program_without_end_is_stopped(sandbox):
    from dataclasses import replace

    problem = replace(unit_tested(), limits=replace(LIMITS, cpu_s=0.5))
    found = verdict(sandbox, "def task_func(x):\n    while True: pass", problem)
    assert found.status is Status.TIME_LIMIT, found


def test_what_is_skipped_or_expected_to_fail_is_no_pass(sandbox):
    for body in ("", "    @unittest.expectedFailure\n"):
        how = "self.fail()" if body else "self.skipTest('not today')"
        tests = f"{TESTS}{body}    def test_three(self):\n        {how}\n"
        found = verdict(sandbox, RIGHT, unit_tested(tests))
        assert found.status is Status.WRONG_ANSWER, found
        assert found.tests_passed == 3
    skipping = "import unittest\ndef task_func(x):\n    raise unittest.SkipTest('me')\n"
    assert verdict(sandbox, skipping).status is Status.WRONG_ANSWER


def test_a_library_that_the_task_needs_is_our_failure_where_it_is_missing(sandbox):
    problem = unit_tested(libraries=("not_there",))
    assert verdict(sandbox, "import not_there\n" + RIGHT, problem).status is Status.HARNESS_ERROR
    inside = "def task_func(x):\n    import not_there.deep\n    return x + 1\n"
    assert verdict(sandbox, inside, problem).status is Status.HARNESS_ERROR


def test_a_problem_without_tests_is_our_failure(sandbox):
    found = verdict(sandbox, RIGHT, unit_tested("class TestCases: pass"))
    assert found.status is Status.HARNESS_ERROR


def test_a_builtin_of_its_own_that_tests_do_not_call_is_a_programs_right(sandbox):
    tests = (
        TESTS + "    def test_summary(self):\n        self.assertEqual(task_func(2), 3)  # sum\n"
    )
    program = "def sum(*numbers):\n    return 1\n" + RIGHT
    assert verdict(sandbox, program, unit_tested(tests)).status is Status.PASSED


def test_the_test_that_must_fail_changes_nothing_for_the_others(sandbox):
    drawing = "import random, unittest\nclass TestCases(unittest.TestCase):\n    drawn = []\n    def setUp(self):\n        self.drawn.append(random.random())\n"
    for name in ("test_1", "test_az", "test_m", "test_zzz"):
        drawing += f"    def {name}(self):\n        self.assertEqual(len(self.drawn), task_func('{name}'))\n"
    right = (
        "def task_func(x):\n    return ['test_1', 'test_az', 'test_m', 'test_zzz'].index(x) + 1\n"
    )
    for _ in range(3):
        assert verdict(sandbox, right, unit_tested(drawing)).status is Status.PASSED


def test_tests_patch_what_the_program_uses(sandbox):
    tests = TESTS + (
        "    @patch('os.getcwd', return_value='there')\n    def test_mock(self, mock):\n"
        "        self.assertEqual(where(), 'there')\n        mock.assert_called_once()\n"
    )
    program = RIGHT + "import os\ndef where():\n    return os.getcwd()\n"
    assert verdict(sandbox, program, unit_tested(tests)).status is Status.PASSED


COMPANY = """
import multiprocessing, os, socket, subprocess, sys, threading

def double(x):
    return 2 * x

def task_func(x):
    if isinstance(x, str):
        raise TypeError
    assert subprocess.run(["sh", "-c", "echo hello"], capture_output=True).stdout == b"hello\\n"
    with multiprocessing.Pool(2) as pool:
        assert pool.map(double, [1, 2]) == [2, 4]
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: server.accept()[0].sendall(b"you too"))
        thread.start()
        with socket.create_connection(server.getsockname()) as client:
            assert client.recv(16) == b"you too"
        thread.join()
    return x + 1
"""


USER = """
import getpass, grp, os, pwd

def task_func(x):
    if isinstance(x, str):
        raise TypeError
    known = pwd.getpwuid(os.stat(".").st_uid if os.getuid() == 0 else os.getuid())
    assert getpass.getuser() and known.pw_dir and grp.getgrgid(os.getgid()).gr_name
    assert pwd.getpwnam("root").pw_uid == 0
    return x + 1
"""


def test_a_program_runs_as_a_user_whom_the_system_knows(sandbox):
    found = verdict(sandbox, USER)
    assert found.status is Status.PASSED, found


def test_a_python_that_a_program_starts_has_the_environments_packages(tmp_path):
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    command = str(venv / "bin" / "python")
    found = interpreter_at(command)
    Path(found.site_packages[0], "apple.py").write_text("", "utf-8")
    data = (str(venv / "bin"), str(venv / "pyvenv.cfg"))
    interpreter = replace(found, command=command, data=data)
    program = (
        "import subprocess, sys\ndef task_func(x):\n"
        "    subprocess.run([sys.executable, '-c', 'import apple'], check=True)\n    return x + 1\n"
    )
    for level in ("A", "D"):
        tried = probe(level, interpreter=interpreter, workplace=WORKPLACE)
        if tried.sandbox is None:
            pytest.skip(f"level {level} is not live")
        try:
            assert verdict(tried.sandbox, program).status is Status.PASSED
        finally:
            tried.sandbox.close()


def test_programs_start_others_and_talk_to_them(sandbox):
    found = verdict(sandbox, COMPANY)
    assert found.status is Status.PASSED, found


STAYS = """
import os, subprocess, time
subprocess.Popen(["sleep", "98765"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    time.sleep(98765)
"""


def test_nothing_that_a_program_started_outlives_it_at_a():
    (level_a, *_) = [found for found in sandboxes() if found.id == "A"]
    if level_a.values[0] is None or not hasattr(level_a.values[0], "pool"):
        pytest.skip("level A is not live")

    def sleeping():
        lines = (path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline"))
        return sum(b"98765" in line for line in lines)

    before = sleeping()
    assert verdict(level_a.values[0], STAYS + RIGHT).status is Status.PASSED
    until = time.monotonic() + 10
    while sleeping() > before and time.monotonic() < until:
        time.sleep(0.1)
    assert sleeping() == before


def test_a_broken_copy_of_a_gold_fails(sandbox):
    check = unit_tested().check
    kind = kind_of(check)
    assert kind.in_process
    copies = list(kind.broken(check, kind.gold(check)))
    assert copies
    assert verdict(sandbox, copies[0]).status is not Status.PASSED


# ------------------------------------------------------------------------ without any sandbox


def test_a_program_is_calibrated_once():
    check = unit_tested(calibration="def task_func(x):\n\n    pass\n").check
    once = calibrated(check, RIGHT)
    assert once == "def task_func(x):\n\n    pass\n" + RIGHT
    assert calibrated(check, once) == once


def test_tests_are_known_by_their_source():
    source = (
        "class A:\n def test_a(self): pass\nclass TestCases:\n x = 1\n def test_b(self): pass\n"
    )
    source += " async def test_c(self): pass\n def helper(self): pass\n def test_b(self): pass\n"
    assert names_of_tests(source, "TestCases") == {"test_b", "test_c"}
    assert names_of_tests(source, "Others") == frozenset()


@pytest.mark.parametrize("name", [*_ALWAYS, *_STATEMENTS])
def test_a_false_statement_is_refused_by_the_assertion_that_it_is_for(name):
    import unittest

    statement = {**_ALWAYS, **_STATEMENTS}[name]
    assert statement in false_statements(f"self.{name}(x)")
    with pytest.raises(AssertionError):
        exec(statement, {"self": unittest.TestCase()})  # noqa: S102 - our own words


class _Says:
    """A sandbox in which a program wrote what it liked in place of the tests' outcome."""

    level = "fake"

    def __init__(self, text):
        self.text = text

    def open(self, *_, **__):
        from contextlib import nullcontext

        return nullcontext(self)

    def run_tests(self, _):
        return Execution(status=None, output=self.text)


@given(text=st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(str))
def test_whatever_a_program_writes_in_place_of_the_outcome_is_no_pass(text):
    assert verdict(_Says(text), RIGHT).status is Status.RUNTIME_ERROR


def test_an_outcome_without_the_test_that_must_fail_is_no_pass():
    import json

    passed = {name: ["passed", ""] for name in names_of_tests(TESTS, "TestCases")}
    forged = {"tests": passed, "class": [], "changed": "", "lies": []}
    found = verdict(_Says(json.dumps(forged)), RIGHT)
    assert found.status is Status.WRONG_ANSWER
    assert "false statement" in found.detail
