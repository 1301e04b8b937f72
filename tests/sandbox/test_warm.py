"""The confined sandbox: what a program finds in a process that others used before."""

import json

import pytest
from confined_runs import DOUBLE, LIMITS, SHORT, outputs

from lcbrb.protocols.sandbox import Execution, Program, Surroundings
from lcbrb.sandbox.inside import wire
from lcbrb.types import Status, TestKind

# ------------------------------------------------------------------------------------------- inputs


@pytest.mark.parametrize("fresh", [True, False])
def test_every_input_has_its_output(sandbox, fresh):
    found = sandbox.run(DOUBLE, ["1\n", "2\n", "3\n"], LIMITS, fresh=fresh)
    assert outputs(found) == [(None, "2\n"), (None, "4\n"), (None, "6\n")]


def test_inputs_share_a_process_unless_they_must_not(sandbox):
    told = Program(source="import os\nprint(os.getpid())")
    together = list(sandbox.run(told, ["", ""], LIMITS))
    assert together[0].output == together[1].output
    assert [execution.fresh for execution in together] == [True, False]
    apart = list(sandbox.run(told, ["", ""], LIMITS, fresh=True))
    assert apart[0].output != apart[1].output
    assert all(execution.fresh for execution in apart)


KEEPERS = {
    "a global": "try: print(x)\nexcept NameError: print('clean')\nx = 1",
    "standard output": "import io, sys\nprint('clean')\nsys.stdout.flush()\nsys.stdout = io.StringIO()",
    "unread input": "import sys\nprint('clean' if sys.stdin.readline() == 'a\\n' else 'stale')",
    "recursion": "import sys\nprint('clean' if sys.getrecursionlimit() > 99 else 'low')\nsys.setrecursionlimit(99)",
    "decimals": "import decimal\nprint('clean' if decimal.getcontext().prec == 28 else 'set')\ndecimal.getcontext().prec = 3",
    "a folder": "import os\nprint('clean' if os.getcwd() != '/' else 'moved')\nos.chdir('/')",
    "a closed descriptor": "import os\nprint('clean', flush=True)\nos.close(0)",
    "an exit function": "import atexit\nprint('clean')\natexit.register(print, end='')",
    "a thread": "import threading, time\nprint('clean', flush=True)\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    "an unclosed file": "f = open(1, 'w', closefd=False)\nf.write('clean\\n')",
}


@pytest.mark.parametrize("source", list(KEEPERS.values()), ids=KEEPERS)
def test_an_input_finds_nothing_of_the_one_before(sandbox, source):
    found = list(sandbox.run(Program(source=source), ["a\nb\n"] * 3, LIMITS))
    assert [execution.output.strip() for execution in found] == ["clean"] * 3


DRAWS = {
    "random": "import random\nprint(random.random(), random.getrandbits(64))",
    "numpy": "import numpy\nprint(numpy.random.rand(), numpy.random.randint(1 << 30))",
}


@pytest.mark.parametrize("source", list(DRAWS.values()), ids=DRAWS)
def test_random_numbers_are_the_same_for_every_input_in_every_process(sandbox, source):
    program = Program(source=source)
    together = [one.output for one in sandbox.run(program, [""] * 3, LIMITS)]
    apart = [one.output for one in sandbox.run(program, [""] * 3, LIMITS, fresh=True)]
    assert together[0].strip()
    assert len({*together, *apart}) == 1


def test_a_process_in_which_a_thread_stays_is_not_used_again(sandbox):
    stays = "import os, threading, time\nprint(os.getpid())\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    first, second = sandbox.run(Program(source=stays), ["", ""], LIMITS)
    assert first.output != second.output
    assert second.fresh


def test_a_failure_does_not_touch_the_next_input(sandbox):
    program = Program(source="x = int(input())\nprint(1 // x)")
    statuses = [execution.status for execution in sandbox.run(program, ["1", "0", "1"], LIMITS)]
    assert statuses == [None, Status.RUNTIME_ERROR, None]


def test_a_caller_may_stop_early(sandbox):
    for _ in range(4):
        found = sandbox.run(DOUBLE, iter(["1\n", "2\n"]), LIMITS)
        next(found)
        found.close()
        assert outputs(sandbox.run(DOUBLE, ["4\n"], LIMITS)) == [(None, "8\n")]
    assert len(sandbox.pool.idle()) == 1


def test_streams_that_the_prelude_names_are_those_of_the_input(sandbox):
    program = Program(
        source="stdout.write(stdin.readline())",
        surroundings=Surroundings(prelude="from sys import *\n"),
    )
    found = sandbox.run(program, ["a\n", "b\n"], LIMITS)
    assert outputs(found) == [(None, "a\n"), (None, "b\n")]


def test_a_prelude_that_fails_is_our_failure_and_the_next_program_runs(sandbox):
    bad = Program(source="print(1)", surroundings=Surroundings(prelude="1 / 0"))
    for _ in range(3):  # also where the warm process has these settings already
        for execution in sandbox.run(bad, ["", ""], LIMITS):
            assert execution.status is Status.HARNESS_ERROR
            assert "ZeroDivisionError" in execution.detail
    assert outputs(sandbox.run(DOUBLE, ["4\n"], LIMITS)) == [(None, "8\n")]


def test_too_long_a_prelude_is_our_failure_and_says_so(sandbox):
    program = Program(source="print(1)", surroundings=Surroundings(prelude="x = 1\n" * 20_000))
    (execution,) = sandbox.run(program, [""], LIMITS)
    assert execution.status is Status.HARNESS_ERROR
    assert "prelude" in execution.detail


def test_no_program_ranks_those_after_it_lower(sandbox):
    """The kernel schedules by session, and programs share that of their warm process."""
    source = (
        "import os\nname = '/proc/self/autogroup'\n"
        "try:\n    os.write(os.open(name, os.O_WRONLY), b'15')\n"
        "except OSError:\n    print('refused')\n"
    )
    assert outputs(sandbox.run(Program(source=source), [""], LIMITS)) == [(None, "refused\n")]


# -------------------------------------------------------------------------------------------- calls


def test_calls_keep_the_programs_state(sandbox):
    program = Program(source="n = 0\ndef f(x):\n    global n\n    n += 1\n    return (n, x)")
    with sandbox.open(program, LIMITS) as session:
        assert session.loading.status is None
        values = [wire.decode(session.call("f", [{1, (2,)}]).output) for _ in range(2)]
    assert values == [(1, {1, (2,)}), (2, {1, (2,)})]


def test_a_call_has_a_limit_of_its_own(sandbox):
    with sandbox.open(Program(source="def f():\n    while 1: pass"), LIMITS) as session:
        execution = session.call("f", [], cpu_s=0.2)
        assert execution.status is Status.TIME_LIMIT
        assert execution.cpu_s < LIMITS.cpu_s
        assert session.call("f", []).status is Status.RUNTIME_ERROR


def test_many_calls_have_no_grace(sandbox):
    with sandbox.open(Program(source="def f():\n    while 1: pass"), LIMITS) as session:
        batch = session.call_each([("f", "[]")], cpu_s=0.5)
    assert (batch.execution.status, batch.execution.borderline) == (Status.TIME_LIMIT, False)
    assert batch.execution.cpu_s < 0.9


def test_a_program_that_will_not_load_fails_every_call(sandbox):
    with sandbox.open(Program(source="def f(:"), LIMITS) as session:
        assert session.loading.status is Status.SYNTAX_ERROR
        assert session.call("f", []).status is Status.SYNTAX_ERROR


def test_many_calls_load_the_program_with_the_first_of_them(sandbox):
    program = Program(source="n = 5\ndef f(x):\n    return n + x")
    with sandbox.open(program, LIMITS) as session:
        batch = session.call_each([("f", "[1]"), ("f", "[2]")])
        assert (batch.execution.status, batch.failed_at) == (None, None)
        assert batch.execution.fresh  # nothing was asked of the process before
        assert wire.decode(session.call("f", [3]).output) == 8


@pytest.mark.parametrize(
    ("source", "status"),
    [("def f(:", Status.SYNTAX_ERROR), ("1 / 0", Status.RUNTIME_ERROR)],
)
def test_where_loading_fails_the_first_of_many_calls_does(sandbox, source, status):
    with sandbox.open(Program(source=source), LIMITS) as session:
        batch = session.call_each([("f", "[1]"), ("f", "[2]")])
        assert (batch.execution.status, batch.failed_at, batch.outputs) == (status, 0, ())
        assert session.call("f", [1]).status is not None


def test_json_calls_load_the_program_anew(sandbox):
    source = "n = []\ndef f(x):\n    n.append(x)\n    return tuple(n)"
    program = Program(source=source, kind=TestKind.CALL, entry_point="f")
    found = [json.loads(e.output) for e in sandbox.run(program, ["1", "2"], LIMITS)]
    assert found == [[1], [2]]


def test_a_script_finds_no_trace_of_functions_that_were_called_before(sandbox):
    called = Program(source="def f(): return 1", kind=TestKind.CALL, entry_point="f")
    script = Program(source="import sys\nprint('solution' in sys.modules)")
    for program in (called, script, called, script):
        (execution,) = sandbox.run(program, [""], LIMITS)
        assert execution.output.strip() in {"1", "False"}


def test_a_session_goes_on_beside_threads_that_the_program_keeps(sandbox):
    source = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(2)\n"
        "def f(n): return pool.submit(lambda: n + 1).result()"
    )
    with sandbox.open(Program(source=source), LIMITS) as session:
        assert [session.call("f", [n]).output for n in range(3)] == ["1", "2", "3"]


# -------------------------------------------------------------------------------------- time limits


def test_a_program_just_past_its_limit_is_run_again_alone(sandbox, monkeypatch):
    again = Execution(status=None, output="again")
    monkeypatch.setattr(sandbox, "_run_alone", lambda *given: again)
    source = "import time\nwhile time.process_time() < 0.36: pass"
    assert list(sandbox.run(Program(source=source), [""], SHORT)) == [again]


def test_a_program_far_past_its_limit_is_not(sandbox, monkeypatch):
    monkeypatch.setattr(sandbox, "_run_alone", None)
    (execution,) = sandbox.run(Program(source="while 1: pass"), [""], SHORT)
    assert execution.status is Status.TIME_LIMIT
