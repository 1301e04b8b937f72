"""Warm processes: started, asked to fork. `inside/fork_server.py` is what they run."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any

from lcbrb.protocols.sandbox import Program, Surroundings, Workplace
from lcbrb.sandbox import visible_files
from lcbrb.sandbox.cgroups import LAYERS, new_group
from lcbrb.sandbox.control import Control, has_hung_up
from lcbrb.sandbox.interpreter import Interpreter
from lcbrb.sandbox.lasting_thread import LASTING_THREAD
from lcbrb.sandbox.launch import launch
from lcbrb.sandbox.process import Ended
from lcbrb.sandbox.scratch_folder import ScratchFolder
from lcbrb.sandbox.streams import Streams
from lcbrb.sandbox.thread_watch import THREAD_WATCH
from lcbrb.types import Limits, TestKind

#: imported before a program is there; what most programs import, and nothing that is large
PRELOAD = tuple(
    "array atexit bisect collections copy datetime decimal fractions functools heapq io itertools "
    "json math operator random re statistics string sys threading time traceback typing".split()
)
_COMMON = Workplace()
_STOP_S = 5.0
_SETTINGS_MOST = 60_000
_START, _END, _NEXT, _WHEN_DONE = b"s", b"e", b"n", b"?"  # see `inside/fork_server.py`
_HOME = "/tmp"  # noqa: S108 - of the view
_NUMBERS = itertools.count(os.getpid() << 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a child must know of its program before it is forked."""

    limits: Limits
    surroundings: Surroundings
    script: bool

    @classmethod
    def of(cls, program: Program, limits: Limits) -> Settings:
        """Those of a program; most programs of a benchmark have the same."""
        script = program.kind is TestKind.STDIN
        return cls(limits=limits, surroundings=program.surroundings, script=script)


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A forked child as we see it: its channel, its streams, and what closes them."""

    settings: Settings
    connection: socket.socket
    streams: Streams
    resources: ExitStack


def configuration(
    level: str,
    interpreter: Interpreter,
    folder: str,
    profile: tuple[str, ...] = (),
    workplace: Workplace = _COMMON,
) -> dict[str, Any]:
    """What a warm process is told at its start: see `WarmProcess` and `ForkServer`."""
    in_view = (
        (visible_files.folders(interpreter, processes=workplace.processes), [])
        if level == "A"
        else visible_files.readable(interpreter)
    )
    return {
        "level": level,
        "number": next(_NUMBERS) & 0xFFFFFF,
        "scratch": folder,
        "preload": [*PRELOAD, *profile, *workplace.preload],
        "processes": workplace.processes,
        "site_packages": interpreter.site_packages,
        "command": interpreter.command,
        "readable": in_view[0],
        "listable": in_view[1],
        "hidden": visible_files.hidden(interpreter),
    }


class WarmProcess:
    """One warm process.

    Args:
        level: ``A``, ``B`` or ``C``.
        interpreter: which Python it is.
        profile: what to import beside `PRELOAD`; what is not installed is left out.
        workplace: what its programs find and may do.

    Raises:
        OSError: it did not start, or a layer that the level needs is not to be had.
    """

    def __init__(
        self,
        level: str,
        interpreter: Interpreter,
        profile: tuple[str, ...] = (),
        workplace: Workplace = _COMMON,
    ) -> None:
        self.profile = profile
        self.lost = False
        self._settings: Settings | None = None  # as it was told last
        self._standby: list[Child] = []  # one at most
        with ExitStack() as stack:
            self.scratch = ""
            if level != "A":  # there it is in the view
                folder = stack.enter_context(closing(ScratchFolder()))
                self.scratch = folder.path
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            stack.enter_context(ours)
            with theirs:
                process = LASTING_THREAD.do(
                    lambda: launch(interpreter, "fork_server", theirs, _HOME)
                )
            self._group = new_group(process.pid)  # before it has started any
            if self._group is not None:
                stack.callback(self._group.close)
            stack.callback(_stop, process, ours)
            self._control = control = Control(ours)
            config = configuration(level, interpreter, self.scratch, profile, workplace)
            answer, descriptors = control.begin(json.dumps(config).encode())
            self._threads = [THREAD_WATCH.add(descriptor) for descriptor in descriptors]
            for watched in self._threads:
                stack.callback(THREAD_WATCH.remove, watched)
            self.layers = (*answer["layers"], *(LAYERS if self._group else ()))
            self.close = weakref.finalize(self, _close, os.getpid(), stack.pop_all(), self._standby)

    def fork(self, settings: Settings) -> Child:
        """A child for a program: the one that stands by, if it was made for such a program."""
        if not self._standby:
            return self._fork(settings, _START)
        standby = self._standby.pop()
        if standby.settings == settings and not has_hung_up(standby.connection):
            return standby
        standby.resources.close()
        return self._fork(settings, _NEXT)

    def stand_by(self, settings: Settings, *, ended: bool) -> None:
        """Fork a child ahead of its program, while we are busy with something else.

        Args:
            settings: of the program to come.
            ended: whether the child before is reaped already; it is now, if not.
        """
        try:
            self._standby.append(self._fork(settings, _START if ended else _NEXT))
        except OSError:  # the next program will hear of it
            self.lost = True

    def stands_by(self, settings: Settings) -> bool:
        """Whether a child for such a program is there already."""
        return any(standby.settings == settings for standby in self._standby)

    def _fork(self, settings: Settings, letter: bytes) -> Child:
        news = b""
        if settings != self._settings:
            news = json.dumps(asdict(settings)).encode("utf-8", "surrogatepass")
            if len(news) > _SETTINGS_MOST:
                raise OSError(f"a prelude of more than {_SETTINGS_MOST} bytes")
        with ExitStack() as stack:
            files = []
            for name in ("stdin", "stdout", "stderr"):
                files.append(os.memfd_create(name))
                stack.callback(os.close, files[-1])
            ours, theirs = socket.socketpair()
            stack.enter_context(ours)
            with theirs, self._loss():
                if self._group is not None and settings != self._settings:
                    self._group.allow(settings.limits)
                ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
                self._control.send(letter, news, [theirs.fileno(), *files])
            self._settings = settings
            for watched in self._threads:
                watched.most = settings.limits.processes
            return Child(
                settings=settings,
                connection=ours,
                streams=Streams(stdin=files[0], stdout=files[1], stderr=files[2]),
                resources=stack.pop_all(),
            )

    def end(self) -> Ended:
        """Kill the child, if it still lives, and reap it."""
        answer = self._ask(_END)
        return Ended(
            exit_code=int(answer["exit_code"]),
            cpu_s=float(answer["cpu_s"]),
            peak_memory_mib=int(answer["peak_kib"]) / 1024,
            out_of_memory=self._group is not None and self._group.killed(),
        )

    def is_gone(self) -> bool:
        """Whether it has ended, of which nobody was told: it was not asked for an answer."""
        return self._control.is_closed()

    def settle(self) -> None:
        """Wait until all that it was told is done; one that is gone itself is lost."""
        with suppress(OSError):
            self._ask(_WHEN_DONE)

    def _ask(self, letter: bytes) -> dict[str, Any]:
        with self._loss():
            return self._control.ask(letter)

    @contextmanager
    def _loss(self) -> Iterator[None]:
        """Whatever goes wrong in talking to it, it is not used again."""
        try:
            yield
        except BaseException:
            self.lost = True
            raise


def _stop(process: subprocess.Popen[bytes], control: socket.socket) -> None:
    """Hang up and wait; kill what does not go by itself."""
    control.close()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _close(owner: int, stack: ExitStack, standby: list[Child]) -> None:
    """Stop a warm process, unless this is a fork of the process that it belongs to."""
    if os.getpid() == owner:
        for child in standby:
            child.resources.close()
        stack.close()
