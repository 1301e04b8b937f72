"""A peer's checker in a process of its own, which is ended when it does not answer.

The process speaks JSON, a line a row: see `evalplus_peer`. It leads a session, so that
it is killed together with what it forked, and has a temporary folder of its own, so that what it
leaves there goes with it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from lcbrb.types import JsonValue

_START_S = 120.0
# neither tokens nor settings of the peer's own that would change its verdicts
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "VIRTUAL_ENV")


class PeerLostError(Exception):
    """The peer's process ended, or took longer than any verdict of its may."""


class PeerProcess:
    """One running peer; `hello` is what it said first.

    Args:
        module: run with ``python -m``.

    Raises:
        PeerLostError: it did not start.
    """

    def __init__(self, module: str) -> None:
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        here = str(Path(__file__).resolve().parents[2])
        self._folder = tempfile.TemporaryDirectory(prefix="lcbrb-peer-", ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env=kept
            | {
                "PYTHONPATH": os.pathsep.join([here, *filter(None, sys.path)]),
                "PYTHONSAFEPATH": "1",
                "OMP_NUM_THREADS": "1",
                "HF_HUB_OFFLINE": "1",
                "TMPDIR": self._folder.name,
            },
            start_new_session=True,
        )
        self._buffer = bytearray()
        try:
            self.hello = self._answer(_START_S)
        except BaseException:
            self.end()
            raise

    def ask(self, row: Mapping[str, JsonValue], wall_s: float) -> dict[str, JsonValue]:
        """The answer to a row.

        Args:
            row: plain data, as the peer's module takes it.
            wall_s: how long to wait.

        Raises:
            PeerLostError: there is none; the process is of no more use.
        """
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        try:
            self._process.stdin.write(json.dumps(row).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise PeerLostError("its process ended") from None
        return self._answer(wall_s)

    def _answer(self, wall_s: float) -> dict[str, JsonValue]:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        poll = select.poll()
        poll.register(self._process.stdout, select.POLLIN)
        until = time.monotonic() + wall_s
        while b"\n" not in self._buffer:
            if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
                raise PeerLostError(f"no answer in {wall_s:g} s")
            some = os.read(self._process.stdout.fileno(), 65536)
            if not some:
                raise PeerLostError("its process ended")
            self._buffer += some
        line, _, rest = self._buffer.partition(b"\n")
        self._buffer = rest
        found: dict[str, JsonValue] = json.loads(line)
        return found

    def end(self) -> None:
        """Kill it with all that is still of its session, and remove its folder."""
        if self._process.returncode is None:  # not waited for yet, so the number is still its own
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was not yet written has nowhere to go
                    continue
        self._folder.cleanup()
