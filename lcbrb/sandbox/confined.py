"""The confined sandbox: warm processes that fork one child a program."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import struct
from contextlib import suppress

from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox.base import Runner
from lcbrb.sandbox.channel import Channel
from lcbrb.sandbox.clocks import (
    cpu_clock_s,
    is_queued_or_running,
    is_zombie,
    queued_or_running_s,
)
from lcbrb.sandbox.inside.program import READY
from lcbrb.sandbox.interpreter import Interpreter, running_interpreter
from lcbrb.sandbox.process import Ended, Process
from lcbrb.sandbox.warm_pool import Pool
from lcbrb.sandbox.warm_process import Settings
from lcbrb.types import Limits

#: imported ahead, in warm processes of its own, for programs whose source names it
LARGE = {"numpy": ("numpy", "numpy.random")}
_NAMED = {name: re.compile(rf"\b{name}\b") for name in LARGE}
_ANSWER_S = 30.0
_SLACK_BYTES = 1 << 20  # of a reply, beside the output that it may hold
_CREDENTIALS = struct.Struct("3i")
_SCRATCH_MOST_BYTES, _ENTRIES_MOST, _DEPTH_MOST = 64 * 1024 * 1024, 1 << 13, 64


class WarmSandbox(Runner):
    """Levels A, B and C (see `lcbrb.sandbox.levels`).

    Args:
        level: which layers to use; all that it needs must be live.
        interpreter: what programs run under; None: the one that runs this.
    """

    def __init__(self, level: str, interpreter: Interpreter | None = None) -> None:
        self.level = level
        self.interpreter = interpreter or running_interpreter()
        self.pool = Pool(level, self.interpreter)

    @property
    def layers(self) -> tuple[str, ...]:
        """What confines programs, once one has run."""
        return self.pool.layers

    def start(self, program: Program, limits: Limits) -> Process:
        """A child of an idle zygote."""
        return WarmProcess(self.pool, program, limits)

    def close(self) -> None:
        """Stop the warm processes that are idle."""
        self.pool.close()


class WarmProcess:
    """A child of a zygote. See `lcbrb.sandbox.driver.Process`.

    Raises:
        OSError: it could not be started.
    """

    def __init__(self, pool: Pool, program: Program, limits: Limits) -> None:
        self._pool = pool
        self._settings = Settings.of(program, limits)
        self._zygote = pool.take(_profile(program), self._settings)
        try:
            self._child = self._zygote.fork(self._settings)
        except BaseException:
            self._zygote.lost = True
            pool.give_back(self._zygote)
            raise
        self.streams = self._child.streams
        self._pid = 0
        self._ended = False
        self.channel = Channel(self._child.connection, limits.output_kib * 1024 + _SLACK_BYTES)

    def await_ready(self) -> float:
        """Wait until it is confined; it goes on with what was sent ahead, so all it uses counts."""
        try:
            self._pid = self._wait_for_child()
        except BaseException:
            self._zygote.lost = True
            raise
        return 0.0

    def _wait_for_child(self) -> int:
        """Its process id, as we see it; the kernel tells it with the first message."""
        poller = select.poll()
        poller.register(self._child.connection, select.POLLIN)
        if not poller.poll(_ANSWER_S * 1000):
            raise TimeoutError("a program's process did not start in time")
        size = socket.CMSG_SPACE(_CREDENTIALS.size)
        data = b""
        with suppress(ConnectionResetError):
            data, ancillary, _, _ = self._child.connection.recvmsg(len(READY), size)
        if data != READY:
            self._zygote.end()  # raises with the reason
            raise OSError("a program's process ended before it was ready")
        ((_, _, credentials),) = ancillary
        pid, _, _ = _CREDENTIALS.unpack(credentials)
        self._child.connection.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        return int(pid)

    def cpu_s(self) -> float:
        """CPU time used so far."""
        return cpu_clock_s(self._pid)

    def busy_s(self) -> float | None:
        """Time that its threads ran or waited for a core."""
        return queued_or_running_s(self._pid)

    def is_busy(self) -> bool:
        """Whether one of its threads runs or waits for a core now."""
        return is_queued_or_running(self._pid)

    def overfull(self) -> bool:
        """Whether its scratch folder holds too much, where nothing else bounds it."""
        return self._pool.watches_scratch and _holds_more(self._zygote.scratch, _SCRATCH_MOST_BYTES)

    def has_ended(self) -> bool:
        """Whether it waits for the zygote to reap it."""
        return is_zombie(self._pid)

    def stay_on(self, core: int) -> None:
        """Run on one core; where that is not ours to say, on any."""
        with suppress(OSError):
            os.sched_setaffinity(self._pid, {core})

    def end(self) -> Ended:
        """Kill it and reap it."""
        self._ended = True
        return self._zygote.end()

    def drop(self) -> None:
        """Kill it; the zygote reaps it while the judge goes on."""
        if self._pid:
            with suppress(OSError):  # not ours to kill: then the zygote does it, a moment later
                os.kill(self._pid, signal.SIGKILL)

    def release(self) -> None:
        """Close its files, and let the zygote fork for the next, which will be much like it."""
        if not self._zygote.lost:
            self._zygote.stand_by(self._settings, ended=self._ended)
        self._child.resources.close()
        self._pool.give_back(self._zygote)


def _profile(program: Program) -> tuple[str, ...]:
    source = program.source
    return tuple(
        module
        for name, modules in LARGE.items()
        if name in source and _NAMED[name].search(source)
        for module in modules
    )


def _holds_more(folder: str, most_bytes: int) -> bool:
    """Whether there is too much in it; folders too deep or closed to look into are too much."""
    total = entries = 0
    waiting = [(folder, 0)]
    while waiting:
        place, depth = waiting.pop()
        try:
            with os.scandir(place) as found:
                for entry in found:
                    entries += 1
                    with suppress(FileNotFoundError):  # it may go while we look
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append((entry.path, depth + 1))
                        else:
                            total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if total > most_bytes or entries > _ENTRIES_MOST:
                        return True
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return True
        if depth > _DEPTH_MOST:
            return True
    return False
