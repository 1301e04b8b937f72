"""Python modules in processes of their own that answer requests, and are ended when they do not.

A process speaks JSON, a line a request and a line an answer, and says something first.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from lcbrb.sandbox.clocks import Countdown
from lcbrb.types import JsonValue

_START_S = 120.0
# neither tokens nor settings that would change verdicts
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")


class LostError(Exception):
    """The process ended, or (`silent`) took too long; it is of no more use."""

    def __init__(self, message: str, *, silent: bool = False) -> None:
        super().__init__(message)
        self.silent = silent


class JsonProcess:
    """A running module; `hello` is what it said first.

    It leads a session: an interrupt at the terminal is the parent's to handle, and what the process
    forks is killed with it.

    Args:
        module: run with ``python -m`` by our interpreter; or a command with another one.
        environment: what it sees beside paths and the language.
        folder: where it runs, if not here.

    Raises:
        LostError: it did not start.
    """

    def __init__(
        self, module: str | Sequence[str], environment: Mapping[str, str], folder: str | None = None
    ) -> None:
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        own = isinstance(module, str)
        here = str(Path(__file__).resolve().parents[2])
        paths = os.pathsep.join([here, *filter(None, sys.path)])
        python_path = {"PYTHONPATH": paths} if own else {}
        self._process = subprocess.Popen(
            [sys.executable, "-m", str(module)] if own else list(module),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={**kept, "OMP_NUM_THREADS": "1", **python_path, **environment},
            start_new_session=True,
        )
        self._buffer = b""
        try:
            self.hello = self._answer(_START_S)
        except BaseException:
            self.end()
            raise

    def ask(self, request: Mapping[str, JsonValue], wall_s: float) -> dict[str, JsonValue]:
        """The answer to a request of plain data.

        Raises:
            LostError: there is none in `wall_s`.
        """
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise LostError("its process ended") from None
        return self._answer(wall_s)

    def _answer(self, wall_s: float) -> dict[str, JsonValue]:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        poll = select.poll()
        poll.register(self._process.stdout, select.POLLIN)
        patience = Countdown(wall_s)
        while b"\n" not in self._buffer:
            if not poll.poll(patience.next_look_s() * 1000):
                if patience.is_over():
                    raise LostError(f"no answer in {wall_s:g} s", silent=True)
                continue
            part = os.read(self._process.stdout.fileno(), 65536)
            if not part:
                raise LostError("its process ended")
            self._buffer += part
        line, _, self._buffer = self._buffer.partition(b"\n")
        answer: dict[str, JsonValue] = json.loads(line)
        return answer

    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def wait(self) -> int:
        """How a process that closed its output ended: its exit code, or a signal below 0."""
        return self._process.wait()

    def end(self) -> None:
        """Kill it with all that is still of its session."""
        if self._process.returncode is None:  # not waited for yet, so the number is still its own
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what was not yet written has nowhere to go
                if pipe is not None:
                    pipe.close()


class ProcessPool:
    """At most `size` processes, kept warm. Threads may borrow at the same time; each waits for one.

    Args:
        start: makes a process, when it is wanted.
        size: how many there may be.
    """

    def __init__(self, start: Callable[[], JsonProcess], size: int) -> None:
        self._start = start
        self._free: queue.LifoQueue[JsonProcess | None] = queue.LifoQueue()
        for _ in range(size):
            self._free.put(None)
        self._owner = os.getpid()

    @contextlib.contextmanager
    def borrowed(self) -> Iterator[JsonProcess]:
        """A process that runs; it is ended where an error is raised.

        Raises:
            LostError: it did not start.
        """
        process = self._free.get()
        try:
            if process is None or not process.alive():
                process = self._start()
            yield process
        except BaseException:
            if process is not None:
                process.end()
            process = None
            raise
        finally:
            self._free.put(process)

    def close(self) -> None:
        """End all processes that are not in use; the pool can be used again."""
        if os.getpid() != self._owner:
            return  # a fork's copy: the processes are the parent's
        free = []
        with contextlib.suppress(queue.Empty):
            while True:
                free.append(self._free.get_nowait())
        for process in free:
            if process is not None:
                process.end()
            self._free.put(None)
