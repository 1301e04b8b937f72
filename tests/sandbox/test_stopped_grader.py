"""A grader that is stopped for a while, and programs killed from outside, change no verdict."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest
from confined_runs import DOUBLE, LIMITS
from functions import plus_verdict, script_verdict
from processes import descendants, wait_until

from lcbrb.grading.json_process import JsonProcess
from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox import clocks
from lcbrb.sandbox.clocks import Countdown
from lcbrb.sandbox.confined_sandbox import ConfinedSandbox
from lcbrb.types import Status, TestKind

GRADES = """
import sys, time
from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox.confined_sandbox import ConfinedSandbox
from lcbrb.types import Limits
program = Program(source="import time\\nprint('begun', flush=True)\\ntime.sleep(0.4)\\nprint(6)")
sandbox = ConfinedSandbox(sys.argv[1])
list(sandbox.run(Program(source=""), [""], Limits()))
print("begins", flush=True)
(execution,) = sandbox.run(program, [""], Limits(cpu_s=4, wall_s=1.5))
print(execution.status, execution.output.split(), execution.detail, flush=True)
sandbox.close()
"""

at_one_level = pytest.mark.parametrize("sandbox", ["B"], indirect=True)


@at_one_level
def test_time_in_which_the_grader_was_stopped_is_not_the_programs(sandbox):
    """Both are stopped, as with a container that is frozen; the grader wakes up first."""
    command = [sys.executable, "-c", GRADES, sandbox.level]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as grader:
        assert grader.stdout.readline() == "begins\n"
        time.sleep(0.2)  # the program sleeps by now
        others = descendants(grader.pid)
        for number, pause_s in ((signal.SIGSTOP, 0.0), (signal.SIGCONT, 0.02)):
            for pid in (grader.pid, *others):
                with suppress(ProcessLookupError):  # what forks for others comes and goes
                    os.kill(pid, number)
                time.sleep(pause_s)
            time.sleep(2)
        assert grader.stdout.readline() == "None ['begun', '6'] \n"


def test_a_countdown_counts_little_of_what_passed_unseen(monkeypatch):
    now = 100.0
    monkeypatch.setattr(clocks.time, "monotonic", lambda: now)
    patience = Countdown(1.0)
    for _ in range(3):
        assert 0 < patience.next_look_s() <= clocks.LOOKS_S
        now += clocks.LOOKS_S
        assert not patience.is_over()
    patience = Countdown(1.0)
    now += 3600
    assert not patience.is_over()
    now += 3600
    assert patience.is_over()


def test_a_process_that_answers_too_late_is_lost(monkeypatch):
    """One that never answers: a module that only says hello."""
    process = JsonProcess("lcbrb.grading.maths_answers.worker", {})
    try:
        os.kill(process._process.pid, signal.SIGSTOP)
        with pytest.raises(Exception, match=r"no answer in 0\.5 s"):
            process.ask({"pairs": [], "cpu_s": 1}, 0.5)
    finally:
        process.end()


class Killed(ConfinedSandbox):
    """The processes started first and so on (`which`) are killed as their program begins."""

    def __init__(self, level, which=()):
        super().__init__(level)
        self.which = which
        self.started = []

    def start(self, program, limits):
        process = super().start(program, limits)
        self.started.append(process)
        if len(self.started) in self.which:
            ready = process.await_ready

            def await_ready():
                found = ready()
                os.kill(process.pid, signal.SIGKILL)
                wait_until(process.has_ended)
                return found

            process.await_ready = await_ready
        return process


SLOW = "import time\ntime.sleep(0.1)\n"  # it must not be done before it is killed
PROGRAMS = {
    "stdin": Program(source=SLOW + DOUBLE.source),
    "call": Program(source=SLOW + "def f(x): return 2 * x", kind=TestKind.CALL, entry_point="f"),
}


@at_one_level
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize(
    ("which", "status", "started"),
    [((1,), None, 3), ((1, 2), None, 4), ((1, 2, 3), Status.RUNTIME_ERROR, 3)],
)
def test_a_program_killed_from_outside_is_run_again(sandbox, program, which, status, started):
    killed = Killed(sandbox.level, which)
    executions = list(killed.run(program, ["3"], LIMITS))
    assert [execution.status for execution in executions] == [status]
    assert len(killed.started) == started
    killed.close()


@at_one_level
def test_one_killed_between_its_inputs_fails_none_of_them(sandbox):
    killed = Killed(sandbox.level)
    executions = killed.run(PROGRAMS["stdin"], ["3", "4"], LIMITS)
    assert next(executions).output == "6\n"
    os.kill(killed.started[0].pid, signal.SIGKILL)
    assert next(executions).output == "8\n"
    killed.close()


@at_one_level
@pytest.mark.parametrize("check", ["function", "script"])
def test_one_killed_between_its_calls_is_graded_again(sandbox, check):
    killed = Killed(sandbox.level, which=(1,))
    solution = SLOW + "def f(x): return x + 1"
    if check == "function":
        found = plus_verdict(solution, sandbox=killed)
    else:
        found = script_verdict(solution, "assert f(1) == 2", sandbox=killed)
    assert found.status is Status.PASSED
    killed.close()
