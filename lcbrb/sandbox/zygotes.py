"""Warm processes, from the judge's side: started, asked to fork, replaced when lost.

See `zygote.py` for what happens over there.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import weakref
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lcbrb.protocols import Program
from lcbrb.sandbox import view
from lcbrb.sandbox.channel import Channel
from lcbrb.sandbox.running import Ended, cpu_clock_s, is_zombie, queued_or_running_s
from lcbrb.sandbox.spawned import BOOT, ENVIRONMENT, PYTHON
from lcbrb.sandbox.spawner import SPAWNER
from lcbrb.types import Limits, TestKind

#: imported before a program is there; what most programs import, and nothing that is large
PRELOAD = tuple(
    "array atexit bisect collections copy datetime decimal fractions functools heapq io itertools "
    "json math operator random re statistics string sys threading time traceback typing".split()
)
#: imported too, in a warm process of its own, for programs whose source names it
LARGE = ("numpy",)
_NAMED = {name: re.compile(rf"\b{name}\b") for name in LARGE}
_START_S, _ANSWER_S, _STOP_S = 60.0, 30.0, 5.0
_MESSAGE_MOST = 1 << 20
_SLACK_BYTES = 1 << 20  # of a reply, beside the output that it may hold
_CREDENTIALS = struct.Struct("3i")
_SCRATCH_MOST_BYTES = 64 * 1024 * 1024
_NUMBERS = itertools.count(os.getpid() << 8)


class Zygote:
    """One warm process.

    Args:
        level: ``A``, ``B`` or ``C``.
        profile: what to import beside `PRELOAD`; what is not installed is left out.

    Raises:
        OSError: it did not start, or a layer that the level needs is not to be had.
    """

    def __init__(self, level: str, profile: tuple[str, ...] = ()) -> None:
        self.profile = profile
        self.lost = False
        self._settings: tuple[Limits, str, bool] | None = None
        with ExitStack() as stack:
            self.scratch = tempfile.mkdtemp(prefix="lcbrb-")
            stack.callback(shutil.rmtree, self.scratch, ignore_errors=True)
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            stack.enter_context(ours)
            with theirs:
                process = SPAWNER.do(lambda: _spawn(theirs))
            stack.callback(_stop, process, ours)
            ours.settimeout(_START_S)
            self._control = ours
            readable, listable = (view.folders(), []) if level == "A" else view.readable()
            config = {
                "level": level,
                "number": next(_NUMBERS) & 0xFFFFFF,
                "scratch": self.scratch,
                "preload": [*PRELOAD, *profile],
                "site_packages": view.SITE_PACKAGES,
                "readable": readable,
                "listable": listable,
                "hidden": view.hidden(),
            }
            ours.sendall(json.dumps(config).encode())
            self.layers = tuple(self._answer()["layers"])
            ours.settimeout(_ANSWER_S)
            self.close = weakref.finalize(self, _close, os.getpid(), stack.pop_all())

    def start(self, program: Program, limits: Limits, files: tuple[int, ...]) -> None:
        """Fork a child for a program; it speaks over the first of `files`."""
        settings = (limits, program.prelude, program.kind is TestKind.STDIN)
        message = b"s"
        if settings != self._settings:
            message += _settings(*settings).encode("utf-8", "surrogatepass")
        with self._loss():
            socket.send_fds(self._control, [message], list(files))
        self._settings = settings

    def end(self) -> Ended:
        """Kill the child, if it still lives, and reap it."""
        with self._loss():
            self._control.sendall(b"e")
            answer = self._answer()
        return Ended(
            exit_code=int(answer["exit_code"]),
            cpu_s=float(answer["cpu_s"]),
            peak_memory_mib=int(answer["peak_kib"]) / 1024,
        )

    def _answer(self) -> dict[str, Any]:
        data = self._control.recv(_MESSAGE_MOST)
        if not data:
            raise ConnectionResetError("a warm process is gone")
        answer: dict[str, Any] = json.loads(data)
        if "failure" in answer:
            raise OSError(answer["failure"])
        return answer

    def _loss(self) -> _Loss:
        return _Loss(self)


def _settings(limits: Limits, prelude: str, script: bool) -> str:  # noqa: FBT001 - as they are kept
    return json.dumps({"limits": asdict(limits), "prelude": prelude, "script": script})


class _Loss:
    """Whatever goes wrong in talking to a zygote, it is not used again."""

    def __init__(self, zygote: Zygote) -> None:
        self._zygote = zygote

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._zygote.lost = True


def _spawn(theirs: socket.socket) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        # -P -S and not -I, which would ignore PYTHONHASHSEED
        [PYTHON, "-P", "-S", "-X", "utf8", BOOT, "zygote", str(theirs.fileno())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(theirs.fileno(),),
        cwd="/",
        env={**ENVIRONMENT, "HOME": "/tmp", "TMPDIR": "/tmp"},  # noqa: S108 - of the view
        start_new_session=True,
    )


def _stop(process: subprocess.Popen[bytes], control: socket.socket) -> None:
    """Hang up and wait; kill what does not go by itself."""
    control.close()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _close(owner: int, stack: ExitStack) -> None:
    """Stop a zygote, unless this is a fork of the process that it belongs to."""
    if os.getpid() == owner:
        stack.close()


class WarmProcess:
    """A child of a zygote. See `lcbrb.sandbox.running.Process`.

    Raises:
        OSError: it could not be started.
    """

    def __init__(self, pool: Pool, program: Program, limits: Limits) -> None:
        self._pool = pool
        self._zygote = pool.take(_profile(program))
        try:
            with ExitStack() as stack:
                files = []
                for name in ("stdin", "stdout", "stderr"):
                    files.append(os.memfd_create(name))
                    stack.callback(os.close, files[-1])
                self.streams = (files[0], files[1], files[2])
                ours, theirs = socket.socketpair()
                stack.enter_context(ours)
                with theirs:
                    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
                    self._zygote.start(program, limits, (theirs.fileno(), *files))
                self._pid = self._wait_for_child(ours)
                self.channel = Channel(ours, limits.output_kib * 1024 + _SLACK_BYTES)
                self._resources = stack.pop_all()
        except BaseException:
            self._zygote.lost = True
            pool.give_back(self._zygote)
            raise

    def _wait_for_child(self, ours: socket.socket) -> int:
        """Its process id, as we see it; the kernel tells it with the first message."""
        ours.settimeout(_ANSWER_S)
        size = socket.CMSG_SPACE(_CREDENTIALS.size)
        data, ancillary, _, _ = ours.recvmsg(4096, size)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        if b"ready" not in data:
            self._zygote.end()  # raises with the reason
            raise OSError("a program's process ended before it was ready")
        ((_, _, credentials),) = ancillary
        pid, _, _ = _CREDENTIALS.unpack(credentials)
        return int(pid)

    def cpu_s(self) -> float:
        """CPU time used so far."""
        return cpu_clock_s(self._pid)

    def busy_s(self) -> float | None:
        """Time that its threads ran or waited for a core."""
        return queued_or_running_s(self._pid)

    def overfull(self) -> bool:
        """Whether its scratch folder holds too much, where nothing else bounds it."""
        return self._pool.watches_scratch and _holds_more(self._zygote.scratch, _SCRATCH_MOST_BYTES)

    def has_ended(self) -> bool:
        """Whether it waits for the zygote to reap it."""
        return is_zombie(self._pid)

    def end(self) -> Ended:
        """Kill it and reap it."""
        return self._zygote.end()

    def release(self) -> None:
        """Close its files, and let the zygote fork for another."""
        self._resources.close()
        self._pool.give_back(self._zygote)


class Pool:
    """Idle zygotes of one level.

    Args:
        level: ``A``, ``B`` or ``C``.
    """

    def __init__(self, level: str) -> None:
        self.level = level
        self.watches_scratch = level == "B"
        self.layers: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, ...], list[Zygote]] = {}
        self._pid = os.getpid()

    def take(self, profile: tuple[str, ...] = ()) -> Zygote:
        """An idle zygote of that profile, or a new one."""
        with self._lock:
            if self._pid != os.getpid():  # a fork of us must leave its parent's alone
                self._idle, self._pid = {}, os.getpid()
            if idle := self._idle.get(profile):
                return idle.pop()
        zygote = Zygote(self.level, profile)
        self.layers = zygote.layers
        return zygote

    def give_back(self, zygote: Zygote) -> None:
        """Keep it for the next program; one that is lost is not used again."""
        if zygote.lost:
            zygote.close()
            return
        with self._lock:
            self._idle.setdefault(zygote.profile, []).append(zygote)

    def idle(self) -> list[Zygote]:
        """Those that wait for work."""
        with self._lock:
            return [zygote for idle in self._idle.values() for zygote in idle]

    def close(self) -> None:
        """Stop the idle ones."""
        idle = self.idle()
        with self._lock:
            self._idle = {}
        for zygote in idle:
            zygote.close()


def _profile(program: Program) -> tuple[str, ...]:
    return tuple(name for name in LARGE if _NAMED[name].search(program.source))


def _holds_more(folder: str, most_bytes: int) -> bool:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # it may go while we look
                total += Path(parent, name).lstat().st_blocks * 512
            if total > most_bytes:
                return True
    return False
