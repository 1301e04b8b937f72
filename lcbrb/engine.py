"""Work spread over threads, each of which waits for processes of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

_AHEAD = 4  # items a worker that are taken from the input before a result is asked for


def usable_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalExecutor:
    """Threads on this machine; the work they do should mostly wait or leave Python."""

    workers: int = field(default_factory=usable_cores)

    def map(self, work: Callable[[A], B], items: Iterable[A]) -> Iterator[tuple[A, B]]:
        """Each item with its result, as results come.

        At most a few items a worker are taken ahead, so a long input is never held in memory. An
        exception of `work` is raised here; what has not started by then never does.
        """
        source = iter(items)
        with ThreadPoolExecutor(self.workers) as pool:
            running: dict[Future[B], A] = {}
            try:
                for item in islice(source, self.workers * _AHEAD):
                    running[pool.submit(work, item)] = item
                while running:
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        item = running.pop(future)
                        for following in islice(source, 1):
                            running[pool.submit(work, following)] = following
                        yield item, future.result()
            finally:
                for future in running:
                    future.cancel()
