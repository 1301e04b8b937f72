"""A process started from nothing, under resource limits: the plain sandbox runs programs in it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path

from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox.channel import Channel, Reply, StoppedError
from lcbrb.sandbox.clocks import cpu_clock_s, is_queued_or_running, queued_or_running_s
from lcbrb.sandbox.inside import scratch
from lcbrb.sandbox.interpreter import Interpreter
from lcbrb.sandbox.launch import launch
from lcbrb.sandbox.process import Ended
from lcbrb.types import Limits

_HAS_CLOCKS = sys.platform.startswith("linux")
_START_S = 60.0
_REAP_S = 20.0
_SLACK_BYTES = 1 << 20  # of a reply, beside the output that it may hold


class SpawnedProcess:
    """See `lcbrb.sandbox.driver.Process`.

    Raises:
        OSError: it could not be started.
    """

    def __init__(self, interpreter: Interpreter, program: Program, limits: Limits) -> None:
        with ExitStack() as stack:
            self._folder = tempfile.mkdtemp(prefix="lcbrb-")
            stack.callback(scratch.remove, self._folder)
            files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
            self.streams = (files[0].fileno(), files[1].fileno(), files[2].fileno())
            ours, theirs = socket.socketpair()
            stack.enter_context(ours)
            with theirs:
                self._process = launch(interpreter, "child", theirs, self._folder, self.streams)
            stack.callback(self._kill)
            self.channel = Channel(ours, limits.output_kib * 1024 + _SLACK_BYTES)
            self._set_up(interpreter, program, limits)
            self._resources = stack.pop_all()

    def _set_up(self, interpreter: Interpreter, program: Program, limits: Limits) -> None:
        settings = {**asdict(limits), "processes": limits.processes + _tasks_of_user()}
        setup = {
            "limits": settings,
            "prelude": program.prelude,
            "site_packages": interpreter.site_packages,
        }
        self.channel.queue(json.dumps(setup))
        if hello(self.channel) is None:
            tail = os.pread(self.streams[2], 2000, 0).decode("utf-8", "replace").strip()
            last = tail.splitlines()[-1] if tail else "no output"
            raise OSError(f"the runner did not start: {last}")

    def await_ready(self) -> float:
        """It is ready; what an interpreter needs to start does not count."""
        return self.cpu_s()

    def cpu_s(self) -> float:
        """CPU time used so far."""
        return cpu_clock_s(self._process.pid) if _HAS_CLOCKS else _cpu_by_ps(self._process.pid)

    def busy_s(self) -> float | None:
        """Time that its threads ran or waited for a core."""
        return queued_or_running_s(self._process.pid)

    def is_busy(self) -> bool:
        """Whether one of its threads runs or waits for a core now."""
        return is_queued_or_running(self._process.pid)

    def overfull(self) -> bool:
        """Nobody looks."""
        return False

    def has_ended(self) -> bool:
        """Whether it waits to be reaped."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._process.pid, flags) is not None

    def stay_on(self, core: int) -> None:
        """Run on one core; where that is not ours to say, on any."""
        with suppress(OSError):
            os.sched_setaffinity(self._process.pid, {core})

    def end(self) -> Ended:
        """Kill its group and reap it."""
        self._kill()
        return self._ended

    def drop(self) -> None:
        """Kill its group and reap it."""
        self._kill()

    def release(self) -> None:
        """Give back its files and remove its folder."""
        self._resources.close()

    def _kill(self) -> None:
        if self._process.returncode is not None:
            return
        with suppress(ProcessLookupError, PermissionError):  # macOS: no right to kill a zombie
            os.killpg(self._process.pid, signal.SIGKILL)
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)  # Popen must not try again
        self._ended = Ended(
            exit_code=self._process.returncode, cpu_s=usage.ru_utime + usage.ru_stime
        )


def hello(channel: Channel) -> Reply | None:
    """Wait for a process to say that it is ready; None where it ended instead.

    Raises:
        OSError: it says nothing, or something else.
    """
    deadline = time.monotonic() + _START_S

    def check() -> None:
        if time.monotonic() > deadline:
            raise OSError("a process did not start in time")

    try:
        return channel.exchange(lambda: 1.0, check)
    except StoppedError as error:
        raise OSError(f"a process did not start: {error.detail}") from None


def _tasks_of_user() -> int:
    """Processes and threads that this user has now: the kernel counts them all against a limit."""
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it may end while we look
            if process.stat().st_uid == os.getuid():
                count += sum(1 for _ in (process / "task").iterdir())
    return count


def _cpu_by_ps(pid: int) -> float:
    """CPU time as ``ps`` tells it, where no clock of another process can be read (macOS)."""
    command = ["/bin/ps", "-o", "time=", "-p", str(pid)]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    total = 0.0
    for part in text.replace("-", ":").split(":") if text else ():
        total = total * 60 + float(part)
    return total
