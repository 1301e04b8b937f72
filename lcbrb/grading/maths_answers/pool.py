"""Processes that compare answers, kept warm; each can be ended at any moment and is then replaced.

math-verify limits its time by SIGALRM, which works in a main thread only and can't interrupt long
arithmetic. Here the kernel ends a worker that has used its CPU time; wall time is a second,
generous limit for a machine that stands still.
"""

from __future__ import annotations

import atexit
import os
import queue
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lcbrb.engine.local import usable_cores
from lcbrb.grading.json_process import JsonProcess, LostError

CPU_S = 5.0
_WALL_FACTOR = 12.0


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
        self._free: queue.LifoQueue[JsonProcess | None] = queue.LifoQueue()
        for _ in range(max(1, size)):
            self._free.put(None)  # started when it is wanted
        self._size = max(1, size)
        self._owner = os.getpid()

    def ask(self, request: Mapping[str, object], *, cpu_s: float = CPU_S) -> Reply:
        """One request, answered within its CPU time.

        Args:
            request: plain data, as `lcbrb.grading.maths_answers.worker` takes it.
            cpu_s: CPU time, in whole seconds rounded up.
        """
        worker = self._free.get()
        try:
            if worker is None or not worker.alive():
                worker = _started()
            reply = _reply(worker, request, cpu_s)
        except LostError:  # it did not start
            self._free.put(None)
            return Reply(ended=Ended.DIED, content={})
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
        workers: list[JsonProcess | None] = []
        while len(workers) < self._size:
            try:
                workers.append(self._free.get_nowait())
            except queue.Empty:
                break
        for worker in workers:
            if worker is not None:
                worker.end()
            self._free.put(None)


def _started() -> JsonProcess:
    # one order of hashing, so one order of SymPy's terms: the same verdict every time
    return JsonProcess("lcbrb.grading.maths_answers.worker", {"PYTHONHASHSEED": "0"})


def _reply(worker: JsonProcess, request: Mapping[str, object], cpu_s: float) -> Reply:
    try:
        content = worker.ask({**request, "cpu_s": cpu_s}, _WALL_FACTOR * cpu_s)
    except LostError as error:
        if error.silent:
            return Reply(ended=Ended.TIME_LIMIT, content={"limit": "wall"})
        if worker.wait() == -signal.SIGXCPU:
            return Reply(ended=Ended.TIME_LIMIT, content={"limit": "cpu"})
        return Reply(ended=Ended.DIED, content={})
    ended = Ended.MEMORY_LIMIT if content.get("memory") else Ended.REPLIED
    return Reply(ended=ended, content=content)


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
