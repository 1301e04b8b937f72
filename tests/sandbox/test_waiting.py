"""A grader that waits for a program's reply, and programs that keep it waiting."""

import pytest

from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox.levels import probe
from lcbrb.types import Limits, Status, TestKind

HURRIED = Limits(cpu_s=4, wall_s=1, memory_mib=256, output_kib=64)
CHANNEL = 248
TRICKLE = f"""
import os, time
def f(n):
    os.write({CHANNEL}, (60000).to_bytes(4, "little"))
    while True:
        os.write({CHANNEL}, b"x")
        time.sleep(0.1)
"""
ONE_BY_ONE = f"""
import os, time
def f(n):
    reply = b"returned 1 1 0 \\n1"
    for byte in len(reply).to_bytes(4, "little") + reply:
        os.write({CHANNEL}, bytes([byte]))
        time.sleep(0.15)
    os._exit(0)
"""
SPIN_AND_TRICKLE = f"""
import os, time
def f(n):
    os.write({CHANNEL}, (60000).to_bytes(4, "little"))
    last = time.process_time()
    while True:
        if time.process_time() - last > 0.05:
            os.write({CHANNEL}, b"x")
            last = time.process_time()
"""
SHORT_THREADS = """
import threading, time
def work():
    end = time.thread_time() + 0.1
    while time.thread_time() < end:
        pass
def f(n):
    for _ in range(15):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    return n
"""


@pytest.fixture(params=["A", "B"])
def sandbox(request):
    found = probe(request.param)
    if not found.live:
        pytest.skip(f"level {request.param} is not live here: {found.problem}")
    return found.sandbox


def executed(sandbox, source, limits=HURRIED):
    program = Program(source=source, kind=TestKind.CALL, entry_point="f")
    (execution,) = sandbox.run(program, ["1"], limits)
    return execution


@pytest.mark.parametrize("source", [TRICKLE, ONE_BY_ONE], ids=["for ever", "a whole reply"])
def test_a_reply_that_trickles_in_is_blocking(sandbox, source):
    execution = executed(sandbox, source)
    assert execution.status is Status.TIME_LIMIT
    assert execution.wall_s < 2.5


def test_a_program_that_computes_and_trickles_is_stopped_at_its_limit(sandbox):
    limits = Limits(cpu_s=0.5, wall_s=20, memory_mib=256, output_kib=64)
    execution = executed(sandbox, SPIN_AND_TRICKLE, limits)
    assert execution.status is Status.TIME_LIMIT
    assert execution.wall_s < 10


def test_what_ended_threads_computed_is_not_blocking(sandbox):
    assert executed(sandbox, SHORT_THREADS).status is None
