"""Warm processes, from the judge's side: started, asked to fork, replaced when lost.

See `zygote.py` for what happens over there.
"""

from __future__ import annotations

import itertools
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import weakref
from contextlib import ExitStack, suppress
from dataclasses import asdict
from typing import Any

from lcbrb.protocols import Program
from lcbrb.sandbox import view
from lcbrb.sandbox.running import Ended
from lcbrb.sandbox.spawned import BOOT, ENVIRONMENT, PYTHON
from lcbrb.sandbox.spawner import SPAWNER
from lcbrb.types import Limits, TestKind

#: imported before a program is there; what most programs import, and nothing that is large
PRELOAD = tuple(
    "array atexit bisect collections copy datetime decimal fractions functools heapq io itertools "
    "json math operator random re statistics string sys threading time traceback typing".split()
)
_START_S, _ANSWER_S, _STOP_S = 60.0, 30.0, 5.0
_MESSAGE_MOST = 1 << 20
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
        self._owes_answer = False
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
            self._settle()
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

    def dismiss(self) -> None:
        """Have the child reaped, and do not wait for it."""
        with self._loss():
            self._control.sendall(b"e")
        self._owes_answer = True

    def is_settled(self) -> bool:
        """Whether a dismissed child is gone."""
        return not self._owes_answer or self._says_something()

    def settle(self) -> None:
        """Wait until a dismissed child is gone; a zygote that is gone itself is lost."""
        with suppress(OSError), self._loss():
            self._settle()
            if self._says_something():  # and was asked nothing: it has hung up
                raise ConnectionResetError("a warm process is gone")

    def _says_something(self) -> bool:
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        return bool(poller.poll(0))

    def _settle(self) -> None:
        if self._owes_answer:
            self._owes_answer = False
            self._answer()

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
