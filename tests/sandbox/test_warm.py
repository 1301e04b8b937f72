"""The confined sandbox: warm processes that come back, go with their judge, and keep nothing."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from lcbrb.errors import SetupError, UnknownNameError
from lcbrb.protocols import Execution, Program
from lcbrb.sandbox import levels, wire, zygotes
from lcbrb.sandbox.alone import Turns
from lcbrb.sandbox.levels import probe, sandbox_for
from lcbrb.sandbox.plain import PlainSandbox
from lcbrb.sandbox.warm import WarmSandbox
from lcbrb.types import Limits, Status, TestKind

LIMITS = Limits(cpu_s=4, wall_s=20, memory_mib=256, output_kib=64)
SHORT = Limits(cpu_s=0.3, wall_s=20, memory_mib=256, output_kib=64)
SPIN_A_LITTLE_TOO_LONG = "import time\nwhile time.process_time() < 0.36: pass"
DOUBLE = Program(source="print(2 * int(input()))")


@pytest.fixture(params=["A", "B", "C"])
def sandbox(request):
    found = probe(request.param)
    if not found.live:
        pytest.skip(f"level {request.param} is not live here: {found.problem}")
    made = WarmSandbox(request.param)
    yield made
    made.close()


def outputs(executions):
    return [(execution.status, execution.output) for execution in executions]


def is_running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")")[-1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# ---------------------------------------------------------------------------------- inputs


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
    program = Program(source="stdout.write(stdin.readline())", prelude="from sys import *\n")
    found = sandbox.run(program, ["a\n", "b\n"], LIMITS)
    assert outputs(found) == [(None, "a\n"), (None, "b\n")]


def test_a_prelude_that_fails_is_our_failure_and_the_next_program_runs(sandbox):
    bad = Program(source="print(1)", prelude="1 / 0")
    (execution,) = sandbox.run(bad, [""], LIMITS)
    assert execution.status is Status.HARNESS_ERROR
    assert "ZeroDivisionError" in execution.detail
    assert outputs(sandbox.run(DOUBLE, ["4\n"], LIMITS)) == [(None, "8\n")]


# ----------------------------------------------------------------------------------- calls


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


# ------------------------------------------------------------------------------ time limits


def test_a_program_just_past_its_limit_is_run_again_alone(sandbox, monkeypatch):
    again = Execution(status=None, output="again")
    monkeypatch.setattr(sandbox, "_run_alone", lambda *given: again)
    source = "import time\nwhile time.process_time() < 0.36: pass"
    assert list(sandbox.run(Program(source=source), [""], SHORT)) == [again]


def test_a_program_far_past_its_limit_is_not(sandbox, monkeypatch):
    monkeypatch.setattr(sandbox, "_run_alone", None)
    (execution,) = sandbox.run(Program(source="while 1: pass"), [""], SHORT)
    assert execution.status is Status.TIME_LIMIT


def test_whoever_wants_to_be_alone_is_alone():
    turns, together, most = Turns(), [], []

    def share():
        with turns.shared():
            together.append(1)
            most.append(len(together))
            together.pop()

    def alone():
        with turns.alone(), turns.shared(), turns.alone():
            together.append(1)
            most.append(len(together) * 100)
            time.sleep(0.002)
            assert len(together) == 1
            together.pop()

    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(work) for _ in range(40) for work in (share, share, alone)]
        for future in done:
            future.result(20)
    assert max(most) == 100


# ------------------------------------------------------------------------ warm processes


def test_many_threads_have_a_warm_process_each_and_their_own_answers(sandbox):
    def one(n):
        (execution,) = sandbox.run(DOUBLE, [f"{n}\n"], LIMITS)
        return execution.output

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(one, range(60))) == [f"{2 * n}\n" for n in range(60)]
    assert len(sandbox.pool.idle()) <= 6 + 1  # one may reap while another starts


def test_a_child_stands_by_for_the_next_program(sandbox):
    told = Program(source="import os\nprint(os.getpid())")
    (first,) = sandbox.run(told, [""], LIMITS)
    (zygote,) = sandbox.pool.idle()
    assert zygote.stands_by(zygotes.Settings.of(told, LIMITS))
    (second,) = sandbox.run(told, [""], LIMITS)
    assert first.output != second.output
    assert second.fresh


def test_a_child_that_stands_by_is_not_used_for_other_limits_or_names(sandbox):
    asks = "import resource\nprint(resource.getrlimit(resource.RLIMIT_FSIZE)[0] // 1024, {name})"
    wide = replace(LIMITS, output_kib=128)
    answers = {}
    for limits, prelude, name in (
        (LIMITS, "from math import *", "isqrt(9)"),
        (wide, "from math import *", "isqrt(9)"),
        (wide, "from heapq import *", "'isqrt' in dir(__import__('builtins'))"),
        (LIMITS, "", "'heappush' in dir(__import__('builtins'))"),
    ):
        program = Program(source=asks.format(name=name), prelude=prelude)
        (execution,) = sandbox.run(program, [""], limits)
        answers[limits.output_kib, prelude] = execution.output.split()
    assert list(answers.values()) == [["64", "3"], ["128", "3"], ["128", "False"], ["64", "False"]]


def test_a_child_that_died_while_it_stood_by_is_replaced(sandbox):
    assert outputs(sandbox.run(DOUBLE, ["1\n"], LIMITS)) == [(None, "2\n")]
    (zygote,) = sandbox.pool.idle()
    zygote.end()  # the zygote kills whom it has forked, though we still count on it
    assert outputs(sandbox.run(DOUBLE, ["4\n"], LIMITS)) == [(None, "8\n")]


def test_a_lost_warm_process_is_replaced(sandbox):
    list(sandbox.run(DOUBLE, ["1\n"], LIMITS))
    (zygote,) = sandbox.pool.idle()
    for pid in children(os.getpid()):
        if "zygote" in Path(f"/proc/{pid}/cmdline").read_text():
            os.kill(pid, signal.SIGKILL)
    wait_until(zygote.is_gone)  # the kernel takes its time, in which it would still serve
    assert outputs(sandbox.run(DOUBLE, ["4\n"], LIMITS)) == [(None, "8\n")]
    assert zygote not in sandbox.pool.idle()


def test_what_can_not_be_started_twice_is_our_failure(sandbox, monkeypatch):
    monkeypatch.setattr(zygotes, "PYTHON", "/no/such/python")
    (execution,) = sandbox.run(DOUBLE, ["1\n"], LIMITS)
    assert execution.status is Status.HARNESS_ERROR


def test_closing_stops_every_process(sandbox):
    before = set(children(os.getpid()))
    list(sandbox.run(DOUBLE, ["1\n"], LIMITS))
    started = set(children(os.getpid())) - before
    assert started
    scratch = [zygote.scratch for zygote in sandbox.pool.idle()]
    sandbox.close()
    wait_until(lambda: not any(map(is_running, started)))
    assert not any(Path(folder).exists() for folder in scratch)


_JUDGE = """
import sys, threading
from lcbrb.protocols import Program
from lcbrb.sandbox.warm import WarmSandbox
from lcbrb.types import Limits
sandbox = WarmSandbox(sys.argv[1])
sources = ["while 1: pass", "import time\\ntime.sleep(600)"]
def judge(source):
    list(sandbox.run(Program(source=source), [""], Limits(cpu_s=600, wall_s=600)))
threads = [threading.Thread(target=judge, args=(source,)) for source in sources]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_nothing_outlives_a_judge_that_is_killed(sandbox):
    judge = subprocess.Popen([sys.executable, "-c", _JUDGE, sandbox.level])
    below = []

    def all_running():
        below[:] = descendants(judge.pid)
        return len(below) >= (6 if sandbox.level == "A" else 4)

    try:
        wait_until(all_running)
    finally:
        judge.kill()
        judge.wait()
    wait_until(lambda: not any(map(is_running, below)))


def children(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def descendants(pid):
    try:
        return [one for child in children(pid) for one in (child, *descendants(child))]
    except FileNotFoundError:
        return []


# ------------------------------------------------------------------------------------ levels


def test_the_best_level_that_is_live_is_taken(monkeypatch):
    best = next(level for level in levels.LEVELS if probe(level).live)
    assert sandbox_for().level == best
    assert sandbox_for("D").level == best


def test_a_level_that_is_not_live_is_passed_over_or_refused(monkeypatch):
    dead = {(os.getpid(), level): levels.Probe(level=level, problem="no luck") for level in "ABC"}
    monkeypatch.setattr(levels, "_probes", dead)
    assert isinstance(sandbox_for(), PlainSandbox)
    with pytest.raises(SetupError, match="no luck"):
        sandbox_for("C")


def test_a_level_that_breaks_its_promise_is_not_live(monkeypatch):
    monkeypatch.setattr(levels, "_probes", {})
    monkeypatch.setitem(levels._PROMISES, "D", ("use the network",))
    assert probe("D").problem == "does not stop: use the network"
    assert not probe("D").live


def test_there_are_four_levels():
    with pytest.raises(UnknownNameError):
        sandbox_for("E")


def test_threads_that_judge_may_end(sandbox):
    """A warm process that went with the thread that asked for it would be lost."""

    def judge():
        assert outputs(sandbox.run(DOUBLE, ["1\n"], LIMITS)) == [(None, "2\n")]

    for _ in range(2):
        thread = threading.Thread(target=judge)
        thread.start()
        thread.join()
    zygotes = sandbox.pool.idle()
    assert len(zygotes) == 1
    judge()
    assert sandbox.pool.idle() == zygotes


@pytest.mark.skipif(os.geteuid() == 0, reason="root enters any folder")
def test_a_folder_that_was_closed_to_all_harms_no_other_program(sandbox):
    source = "import os\nopen('x', 'w').close()\nos.chmod('.', 0o500)\nprint(1)"
    list(sandbox.run(Program(source=source), [""], LIMITS))
    for _ in range(3):
        assert outputs(sandbox.run(DOUBLE, ["4\n"], LIMITS)) == [(None, "8\n")]


def test_warm_processes_that_died_while_they_were_idle_cost_no_verdict(sandbox):
    with ThreadPoolExecutor(3) as pool:
        nap = Program(source="import time\ntime.sleep(0.4)")
        list(pool.map(lambda _: list(sandbox.run(nap, [""], LIMITS)), range(3)))
    zygotes = sandbox.pool.idle()
    assert len(zygotes) == 3
    for pid in children(os.getpid()):
        if "zygote" in Path(f"/proc/{pid}/cmdline").read_text():
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: all(zygote.is_gone() for zygote in zygotes))
    assert outputs(sandbox.run(DOUBLE, ["4\n"], LIMITS)) == [(None, "8\n")]


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


def test_a_fork_of_the_judge_starts_with_turns_and_processes_of_its_own(sandbox):
    """Though threads of its parent hold turns at that moment."""
    nap = Program(source="import time\ntime.sleep(1)")
    program = Program(source=SPIN_A_LITTLE_TOO_LONG)
    thread = threading.Thread(target=lambda: list(sandbox.run(nap, [""], LIMITS)))
    thread.start()
    time.sleep(0.4)
    pid = os.fork()
    if not pid:
        try:
            (execution,) = sandbox.run(program, [""], SHORT)
            os._exit(0 if execution.fresh else 1)
        finally:
            os._exit(2)
    thread.join()
    wait_until(lambda: not is_running(pid))
    assert os.waitpid(pid, 0)[1] == 0


def test_too_long_a_prelude_is_our_failure_and_says_so(sandbox):
    program = Program(source="print(1)", prelude="x = 1\n" * 20_000)
    (execution,) = sandbox.run(program, [""], LIMITS)
    assert execution.status is Status.HARNESS_ERROR
    assert "prelude" in execution.detail
