"""Level D: programs in processes started from nothing, under resource limits. Works everywhere.

Limits: CPU time as the kernel counts it for the process, so a loaded machine changes no verdict; a
generous wall time for sleepers and deadlocks; address space; size of each file written, which caps
the output; processes and threads. The process leads a group of its own, which is killed as a whole
at the end.

Not covered: a hostile program can read the grader's files, reach the network, fill the disk, and
leave a process behind by starting a session of its own.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import tempfile
import time
from contextlib import ExitStack, closing, suppress
from dataclasses import asdict
from pathlib import Path

from lcbrb.protocols.sandbox import Program, Workplace
from lcbrb.sandbox.base_sandbox import BaseSandbox
from lcbrb.sandbox.channel import SLACK_BYTES, Channel, StoppedError
from lcbrb.sandbox.deadline import Deadline
from lcbrb.sandbox.interpreter import Interpreter
from lcbrb.sandbox.launch import launch
from lcbrb.sandbox.process import Ended, Process
from lcbrb.sandbox.scratch_folder import ScratchFolder
from lcbrb.sandbox.streams import Streams
from lcbrb.types import Limits

_COMMON = Workplace()
_START_S = 60.0  # of CPU time, or blocked


class PlainSandbox(BaseSandbox):
    """Level D: no security boundary."""

    def __init__(
        self, interpreter: Interpreter | None = None, workplace: Workplace = _COMMON
    ) -> None:
        super().__init__("D", interpreter)
        self._preload = workplace.preload

    def start(self, program: Program, limits: Limits) -> Process:
        """A process of the program's own."""
        return SpawnedProcess(self.interpreter, program, limits, self._preload)


class SpawnedProcess(Process):
    """A process started for one program.

    Raises:
        OSError: it could not be started.
    """

    def __init__(
        self,
        interpreter: Interpreter,
        program: Program,
        limits: Limits,
        preload: tuple[str, ...] = (),
    ) -> None:
        with ExitStack() as stack:
            folder = stack.enter_context(closing(ScratchFolder())).path
            files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
            stdin, stdout, stderr = (file.fileno() for file in files)
            self.streams = Streams(stdin=stdin, stdout=stdout, stderr=stderr)
            ours, theirs = socket.socketpair()
            stack.enter_context(ours)
            with theirs:
                self._process = launch(interpreter, "spawned", theirs, folder, self.streams)
            self.pid = self._process.pid
            stack.callback(self._kill)
            self.channel = Channel(ours, limits.output_kib * 1024 + SLACK_BYTES)
            self._set_up(interpreter, program, limits, preload)
            self._resources = stack.pop_all()

    def _set_up(
        self, interpreter: Interpreter, program: Program, limits: Limits, preload: tuple[str, ...]
    ) -> None:
        settings = {**asdict(limits), "processes": limits.processes + _tasks_of_user()}
        setup = {
            "limits": settings,
            "surroundings": asdict(program.surroundings),
            "site_packages": interpreter.site_packages,
            "command": interpreter.command,
            "preload": preload,
        }
        self.channel.queue(json.dumps(setup))
        patience = Deadline(self, _START_S, _START_S, 0.0, time.monotonic())
        try:
            if self.channel.exchange(patience.wait_s, patience.check) is not None:
                return
        except StoppedError as error:
            raise OSError(f"a process did not start: {error.detail}") from None
        said = self.streams.errors().splitlines() or ["no output"]
        raise OSError(f"a process did not start: {said[-1]}")

    def await_ready(self) -> float:
        """It is ready; what an interpreter needs to start does not count."""
        return self.cpu_s()

    def has_ended(self) -> bool:
        """Whether it waits to be reaped."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.pid, flags) is not None

    def end(self) -> Ended:
        """Kill its group and reap it."""
        self._kill()
        return self._ended

    def release(self) -> None:
        """Kill its group and reap it, give back its files and remove its folder."""
        self._resources.close()

    def _kill(self) -> None:
        if self._process.returncode is not None:
            return
        with suppress(ProcessLookupError, PermissionError):  # macOS: no right to kill a zombie
            os.killpg(self.pid, signal.SIGKILL)
        _, status, usage = os.wait4(self.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)  # Popen must not try again
        self._ended = Ended(
            exit_code=self._process.returncode, cpu_s=usage.ru_utime + usage.ru_stime
        )


def _tasks_of_user() -> int:
    """Processes and threads that this user has now: the kernel counts them all against a limit."""
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it may end while we look
            if process.stat().st_uid == os.getuid():
                count += sum(1 for _ in (process / "task").iterdir())
    return count
