"""Levels A, B and C: warm processes that fork one child for each program."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import struct
from contextlib import suppress

from lcbrb.protocols.sandbox import Program, Workplace
from lcbrb.sandbox.base_sandbox import BaseSandbox
from lcbrb.sandbox.channel import SLACK_BYTES, Channel
from lcbrb.sandbox.clocks import is_zombie
from lcbrb.sandbox.inside.messages import READY
from lcbrb.sandbox.interpreter import Interpreter
from lcbrb.sandbox.process import Ended, Process
from lcbrb.sandbox.scratch_look import holds_too_much
from lcbrb.sandbox.warm_pool import WarmPool
from lcbrb.sandbox.warm_process import Settings
from lcbrb.types import Limits

#: imported ahead, in warm processes of its own, for programs whose source names it
LARGE = {"numpy": ("numpy", "numpy.random")}
_NAMED = {name: re.compile(rf"\b{name}\b") for name in LARGE}
_COMMON = Workplace()
_ANSWER_S = 30.0
_CREDENTIALS = struct.Struct("3i")


class ConfinedSandbox(BaseSandbox):
    """Levels A, B and C (see `lcbrb.sandbox.levels`).

    Args:
        level: which layers to use; all that it needs must be live.
        interpreter: what programs run under; None: the one that runs this.
        workplace: what they find and may do.
    """

    def __init__(
        self, level: str, interpreter: Interpreter | None = None, workplace: Workplace = _COMMON
    ) -> None:
        super().__init__(level, interpreter)
        self.pool = WarmPool(level, self.interpreter, workplace)

    @property
    def layers(self) -> tuple[str, ...]:
        """What confines programs, once one has run."""
        return self.pool.layers

    def start(self, program: Program, limits: Limits) -> Process:
        """A child of an idle warm process."""
        return ForkedProcess(self.pool, program, limits)

    def close(self) -> None:
        """Stop the warm processes that are idle."""
        self.pool.close()


class ForkedProcess(Process):
    """A child of a warm process.

    Raises:
        OSError: it could not be started.
    """

    def __init__(self, pool: WarmPool, program: Program, limits: Limits) -> None:
        self._pool = pool
        settings = Settings.of(program, limits)
        profile = () if pool.workplace.preload else _profile(program)
        self._warm = pool.take(profile, settings)
        try:
            self._child = self._warm.fork(settings)
        except BaseException:
            self._warm.lost = True
            pool.give_back(self._warm)
            raise
        self.streams = self._child.streams
        self._ended = False
        most_bytes = limits.output_kib * 1024 + SLACK_BYTES
        self.channel = Channel(self._child.connection, most_bytes, replies=1)  # it was `ready`

    def await_ready(self) -> float:
        """Wait until it is confined; it goes on with what was sent ahead, so all it uses counts."""
        try:
            self.pid = self._wait_for_child()
        except BaseException:
            self._warm.lost = True
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
            self._warm.end()  # raises with the reason
            raise OSError("a program's process ended before it was ready")
        ((_, _, credentials),) = ancillary
        pid, _, _ = _CREDENTIALS.unpack(credentials)
        self._child.connection.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        return int(pid)

    def overfull(self, times: int = 1) -> bool:
        """Whether its scratch folder holds too much, where nothing else bounds it."""
        file_bytes = self._child.settings.limits.output_kib * 1024
        return self._pool.watches_scratch and holds_too_much(
            self._warm.scratch, self.pid, file_bytes, times
        )

    def has_ended(self) -> bool:
        """Whether it waits for the warm process to reap it."""
        return is_zombie(self.pid)

    def end(self) -> Ended:
        """Kill it and reap it."""
        self._ended = True
        return self._warm.end()

    def release(self) -> None:
        """Close its files, and have the next one forked, which will be much like it.

        One that was not ended is killed here; the warm process reaps it while we go on.
        """
        if self.pid and not self._ended:
            with suppress(OSError):  # not ours to kill: the warm process does it, a moment later
                os.kill(self.pid, signal.SIGKILL)
        if not self._warm.lost:
            self._warm.stand_by(self._child.settings, ended=self._ended)
        self._child.resources.close()
        self._pool.give_back(self._warm)


def _profile(program: Program) -> tuple[str, ...]:
    source = program.source
    return tuple(
        module
        for name, modules in LARGE.items()
        if name in source and _NAMED[name].search(source)
        for module in modules
    )
