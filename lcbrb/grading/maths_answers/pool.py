"""Processes that compare answers, kept warm; each can be ended at any moment and is then replaced.

math-verify limits its time by SIGALRM, which works in a main thread only and can't interrupt long
arithmetic. Here the kernel ends a worker that has used its CPU time; wall time is a second,
generous limit for a machine that stands still.
"""

from __future__ import annotations

import atexit
import os
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from lcbrb.engine.local import usable_cores
from lcbrb.grading.json_process import JsonProcess, LostError, ProcessPool
from lcbrb.types import Status

CPU_S = 5.0
_WALL_FACTOR = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a worker said; `failure` is TIME_LIMIT, MEMORY_LIMIT or HARNESS_ERROR if it did not.

    After a time limit the content is ``{"limit": "cpu" or "wall"}``.
    """

    failure: Status | None
    content: Mapping[str, object]


class AnswerPool(ProcessPool):
    """At most `size` workers. Threads may ask at the same time; each waits for a free worker."""

    def __init__(self, size: int) -> None:
        # one order of hashing, so one order of SymPy's terms: the same verdict every time
        seeded = {"PYTHONHASHSEED": "0"}
        super().__init__(lambda: JsonProcess("lcbrb.grading.maths_answers.worker", seeded), size)

    def ask(self, request: Mapping[str, object], *, cpu_s: float = CPU_S) -> Reply:
        """One request, answered within its CPU time.

        CPU time is in whole seconds, rounded up.
        """
        worker = None
        try:
            with self.borrowed() as worker:
                content = worker.ask({**request, "cpu_s": cpu_s}, _WALL_FACTOR * cpu_s)
        except LostError as error:
            if worker is None:  # it did not start
                return Reply(failure=Status.HARNESS_ERROR, content={})
            if error.silent:
                return Reply(failure=Status.TIME_LIMIT, content={"limit": "wall"})
            if worker.wait() == -signal.SIGXCPU:
                return Reply(failure=Status.TIME_LIMIT, content={"limit": "cpu"})
            return Reply(failure=Status.HARNESS_ERROR, content={})
        failure = Status.MEMORY_LIMIT if content.get("memory") else None
        return Reply(failure=failure, content=content)


_LOCK = threading.Lock()
_POOLS: dict[int, AnswerPool] = {}


def answer_pool() -> AnswerPool:
    """This process's pool, as wide as the machine; started on first use, ended at exit."""
    with _LOCK:
        pool = _POOLS.get(os.getpid())
        if pool is None:
            pool = _POOLS[os.getpid()] = AnswerPool(usable_cores())
            atexit.register(pool.close)
        return pool
