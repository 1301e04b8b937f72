"""Processes that compare answers, kept warm; each can be ended at any moment and is then replaced.

math-verify limits its time by SIGALRM, which works in a main thread only and can't interrupt long
arithmetic. Here the kernel ends a worker that has used its CPU time; wall time is a second,
generous limit for a machine that stands still.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lcbrb.engine.local import usable_cores

CPU_S = 5.0
_WALL_FACTOR, _START_S = 12.0, 120.0
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")


class Ended(StrEnum):
    """How a request ended."""

    REPLIED = "replied"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    DIED = "died"  # ours: the worker ended without a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a worker said, if it came to that; after a time limit ``{"limit": "cpu" or "wall"}``."""

    ended: Ended
    content: Mapping[str, object]


class AnswerPool:
    """At most `size` workers. Threads may ask at the same time; each waits for a free worker."""

    def __init__(self, size: int) -> None:
        self._free: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(max(1, size)):
            self._free.put(None)  # started when it is wanted
        self._size = max(1, size)
        self._owner = os.getpid()

    def ask(self, request: Mapping[str, object], *, cpu_s: float = CPU_S) -> Reply:
        """One request, answered within its CPU time.

        Args:
            request: plain data, as `lcbrb.grading.answers.worker` takes it.
            cpu_s: CPU time, in whole seconds rounded up.
        """
        worker = self._free.get()
        try:
            if worker is None or not worker.alive():
                worker = _Worker()
            reply = worker.ask(request, cpu_s)
        except BaseException:
            if worker is not None:
                worker.end()
            self._free.put(None)
            raise
        if reply.ended in (Ended.TIME_LIMIT, Ended.DIED):
            worker.end()
            worker = None
        self._free.put(worker)
        return reply

    def close(self) -> None:
        """End all workers; the pool can be used again."""
        if os.getpid() != self._owner:
            return  # a fork's copy: the workers are the parent's
        workers: list[_Worker | None] = []
        while len(workers) < self._size:
            try:
                workers.append(self._free.get_nowait())
            except queue.Empty:
                break
        for worker in workers:
            if worker is not None:
                worker.end()
            self._free.put(None)


class _Worker:
    def __init__(self) -> None:
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        here = str(Path(__file__).resolve().parents[3])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lcbrb.grading.answers.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # one order of hashing, so one order of SymPy's terms: the same verdict every time
            env=kept | {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "PYTHONPATH": here},
            start_new_session=True,  # an interrupt at the terminal is the parent's to handle
        )
        self._buffer = b""
        self._read(_START_S)

    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: Mapping[str, object], cpu_s: float) -> Reply:
        line = json.dumps({**request, "cpu_s": cpu_s}).encode() + b"\n"
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
            answer = self._read(_WALL_FACTOR * cpu_s)
        except OSError:
            answer = b""
        if answer is None:
            return Reply(ended=Ended.TIME_LIMIT, content={"limit": "wall"})
        if not answer:
            if self._process.wait() == -signal.SIGXCPU:
                return Reply(ended=Ended.TIME_LIMIT, content={"limit": "cpu"})
            return Reply(ended=Ended.DIED, content={})
        content: dict[str, object] = json.loads(answer)
        ended = Ended.MEMORY_LIMIT if content.get("memory") else Ended.REPLIED
        return Reply(ended=ended, content=content)

    def _read(self, wall_s: float) -> bytes | None:
        """A line; empty where the worker is gone, None where time is up."""
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        poll = select.poll()
        poll.register(self._process.stdout, select.POLLIN)
        until = time.monotonic() + wall_s
        while b"\n" not in self._buffer:
            if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
                return None
            some = os.read(self._process.stdout.fileno(), 65536)
            if not some:
                return b""
            self._buffer += some
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was not yet written has nowhere to go
                    continue


_LOCK = threading.Lock()
_POOLS: dict[int, AnswerPool] = {}


def answer_pool() -> AnswerPool:
    """This process's pool, as wide as the machine; started on first use, ended at exit."""
    with _LOCK:
        found = _POOLS.get(os.getpid())
        if found is None:
            found = _POOLS[os.getpid()] = AnswerPool(usable_cores())
            atexit.register(found.close)
        return found
