"""Runs beside others or alone, and what counts of those that were alone."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lcbrb.protocols.sandbox import Execution, Program
from lcbrb.sandbox.borderline import RunLock, most_of_three
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.sandbox.running_program import RunningProgram
from lcbrb.types import Limits, Status


@pytest.mark.parametrize(
    ("runs", "kept"),
    [
        (["late", "late"], "late"),
        (["in time", "in time"], "in time"),
        (["in time", "late", "late"], "late"),
        (["late", "in time", "in time"], "in time"),
        (["late", "in time", "late"], "late"),
    ],
)
def test_two_of_three_runs_decide(runs, kept):
    left = iter(runs)
    assert most_of_three(lambda: next(left), lambda run: run == "late") == kept
    assert list(left) == []


@pytest.mark.parametrize(("late", "status"), [(1, None), (2, Status.TIME_LIMIT)])
def test_a_run_alone_that_was_late_by_chance_does_not_decide(monkeypatch, late, status):
    found = [Execution(status=Status.TIME_LIMIT, borderline=True)] * (1 + late)
    found += [Execution(status=None, output="done")] * 2
    sandbox = sandbox_for()
    monkeypatch.setattr(RunningProgram, "run", lambda *given: found.pop(0))
    (execution,) = sandbox.run(Program(source=""), [""], Limits())
    assert execution.status is status


def test_whoever_wants_to_be_alone_is_alone():
    lock, together, most = RunLock(), [], []

    def share():
        with lock.shared():
            together.append(1)
            most.append(len(together))
            together.pop()

    def alone():
        with lock.alone(), lock.shared(), lock.alone():
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
