"""What the kernel says of a process that runs beside us."""

import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from processes import wait_until

from lcbrb.sandbox import clocks

SPIN = "while True: pass"
SLEEP = "import time; print(flush=True); time.sleep(600)"
SPIN_IN_A_THREAD = f"""
import threading, time
def work():
    {SPIN}
threading.Thread(target=work).start()
time.sleep(600)
"""

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="read from /proc")


@contextmanager
def process(source):
    command = [sys.executable, "-c", source]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as made:
        try:
            yield made
        finally:
            made.kill()


@pytest.mark.parametrize("source", [SPIN, SPIN_IN_A_THREAD], ids=["alone", "in a thread"])
def test_one_that_computes_is_seen_to(source):
    with process(source) as made:
        wait_until(lambda: (clocks.queued_or_running_s(made.pid) or 0) > 0.2)
        assert clocks.cpu_clock_s(made.pid) > 0
        wait_until(lambda: clocks.is_queued_or_running(made.pid))
        assert not clocks.is_zombie(made.pid)


def test_one_that_sleeps_neither_runs_nor_waits_for_a_core():
    with process(SLEEP) as made:
        made.stdout.readline()
        wait_until(lambda: not clocks.is_queued_or_running(made.pid))
        before = clocks.queued_or_running_s(made.pid)
        time.sleep(0.1)
        assert clocks.queued_or_running_s(made.pid) == before


def test_one_that_ended_is_a_zombie_until_it_is_reaped():
    with process("") as made:
        wait_until(lambda: clocks.is_zombie(made.pid))
        assert not clocks.is_queued_or_running(made.pid)
    assert clocks.is_zombie(made.pid)  # gone altogether
    assert not clocks.is_queued_or_running(made.pid)
    assert clocks.queued_or_running_s(made.pid) is None
