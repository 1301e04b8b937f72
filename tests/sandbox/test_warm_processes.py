"""Warm processes come back, go with their grader, and keep nothing."""

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
from confined_runs import DOUBLE, LIMITS, SHORT, SPIN_A_LITTLE_TOO_LONG, outputs
from processes import children, descendants, is_running, wait_until

from lcbrb.protocols.sandbox import Program, Surroundings
from lcbrb.sandbox.confined_sandbox import ConfinedSandbox
from lcbrb.sandbox.interpreter import running_interpreter
from lcbrb.sandbox.warm_process import Settings
from lcbrb.types import Status


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
    (warm,) = sandbox.pool.idle()
    assert warm.stands_by(Settings.of(told, LIMITS))
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
        program = Program(source=asks.format(name=name), surroundings=Surroundings(prelude=prelude))
        (execution,) = sandbox.run(program, [""], limits)
        answers[limits.output_kib, prelude] = execution.output.split()
    assert list(answers.values()) == [["64", "3"], ["128", "3"], ["128", "False"], ["64", "False"]]


def test_a_child_that_died_while_it_stood_by_is_replaced(sandbox):
    assert outputs(sandbox.run(DOUBLE, ["1\n"], LIMITS)) == [(None, "2\n")]
    (warm,) = sandbox.pool.idle()
    warm.end()  # the warm kills whom it has forked, though we still count on it
    assert outputs(sandbox.run(DOUBLE, ["4\n"], LIMITS)) == [(None, "8\n")]


def test_a_lost_warm_process_is_replaced(sandbox):
    list(sandbox.run(DOUBLE, ["1\n"], LIMITS))
    (warm,) = sandbox.pool.idle()
    for pid in children(os.getpid()):
        if "fork_server" in Path(f"/proc/{pid}/cmdline").read_text():
            os.kill(pid, signal.SIGKILL)
    wait_until(warm.is_gone)  # the kernel takes its time, in which it would still serve
    assert outputs(sandbox.run(DOUBLE, ["4\n"], LIMITS)) == [(None, "8\n")]
    assert warm not in sandbox.pool.idle()


def test_what_can_not_be_started_twice_is_our_failure(sandbox):
    gone = ConfinedSandbox(
        sandbox.level, replace(running_interpreter(), executable="/no/such/python")
    )
    (execution,) = gone.run(DOUBLE, ["1\n"], LIMITS)
    assert execution.status is Status.HARNESS_ERROR


def test_closing_stops_every_process(sandbox):
    before = set(children(os.getpid()))
    list(sandbox.run(DOUBLE, ["1\n"], LIMITS))
    started = set(children(os.getpid())) - before
    assert started
    scratch = [warm.scratch for warm in sandbox.pool.idle() if warm.scratch]
    sandbox.close()
    wait_until(lambda: not any(map(is_running, started)))
    assert not any(Path(folder).exists() for folder in scratch)


_GRADER = """
import sys, threading
from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox.confined_sandbox import ConfinedSandbox
from lcbrb.types import Limits
sandbox = ConfinedSandbox(sys.argv[1])
sources = ["while 1: pass", "import time\\ntime.sleep(600)"]
def grade(source):
    list(sandbox.run(Program(source=source), [""], Limits(cpu_s=600, wall_s=600)))
threads = [threading.Thread(target=grade, args=(source,)) for source in sources]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_nothing_outlives_a_grader_that_is_killed(sandbox):
    grader = subprocess.Popen([sys.executable, "-c", _GRADER, sandbox.level])
    below = []

    def all_running():
        below[:] = descendants(grader.pid)
        return len(below) >= (6 if sandbox.level == "A" else 4)

    try:
        wait_until(all_running)
    finally:
        grader.kill()
        grader.wait()
    wait_until(lambda: not any(map(is_running, below)))


def test_threads_that_grade_may_end(sandbox):
    """A warm process that went with the thread that asked for it would be lost."""

    def grade():
        assert outputs(sandbox.run(DOUBLE, ["1\n"], LIMITS)) == [(None, "2\n")]

    for _ in range(2):
        thread = threading.Thread(target=grade)
        thread.start()
        thread.join()
    waiting = sandbox.pool.idle()
    assert len(waiting) == 1
    grade()
    assert sandbox.pool.idle() == waiting


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
    waiting = sandbox.pool.idle()
    assert len(waiting) == 3
    for pid in children(os.getpid()):
        if "fork_server" in Path(f"/proc/{pid}/cmdline").read_text():
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: all(warm.is_gone() for warm in waiting))
    assert outputs(sandbox.run(DOUBLE, ["4\n"], LIMITS)) == [(None, "8\n")]


def test_a_fork_of_the_grader_starts_with_a_lock_and_processes_of_its_own(sandbox):
    """Though threads of its parent hold the lock at that moment."""
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


def test_no_process_claims_more_memory_than_it_may_have(sandbox):
    lies = "import os\nbody = b'ended 1 1 99999999999 \\n'\nos.write(248, len(body).to_bytes(4, 'little') + body)\nos._exit(0)"
    (found,) = sandbox.run(Program(source=lies), [""], LIMITS)
    assert found.peak_memory_mib == LIMITS.memory_mib
