"""Work distributed over threads, each of which waits for processes of its own."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

A = TypeVar("A")
B = TypeVar("B")

_PATIENCE_S = 1.0  # for an input that is being waited for when nobody wants it any more
_POLL_S = 0.1  # between looks at whether anybody does


def usable_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalExecutor:
    """Threads on this machine; the work they do should mostly wait or leave Python."""

    workers: int = field(default_factory=usable_cores)

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ValueError(f"workers must be at least 1, not {self.workers}")

    def map(self, work: Callable[[A], B], items: Iterable[A]) -> Iterator[tuple[A, B]]:
        """Each item with its result, as results come.

        At most a few items a worker are taken ahead, so a long input is never held in memory. The
        input is read in a thread of its own: one that has to be waited for holds no result back. An
        exception of `work` or of the input is raised here; what has not started by then never
        does, and what is under way is waited for.
        """
        stopped, lock = threading.Event(), threading.Lock()

        def results(inputs: Iterator[tuple[A]]) -> Iterator[tuple[A, B]]:
            while True:
                with lock:
                    entry = next(inputs, None)
                if entry is None:
                    return
                yield entry[0], work(entry[0])

        # each item in a tuple, since None may be one
        with read_in_threads([zip(items)], self.workers, stopped=stopped) as read:
            inputs = read.taken()
            sources = [results(inputs) for _ in range(self.workers)]
            with read_in_threads(sources, self.workers, stopped=stopped, patience_s=None) as done:
                yield from done.taken()


@contextmanager
def read_in_threads(
    sources: Sequence[Iterator[A]],
    most: int,
    *,
    stopped: threading.Event | None = None,
    patience_s: float | None = _PATIENCE_S,
) -> Iterator[Buffer[A]]:
    """The items of some iterators, each of which is read in a thread of its own.

    Args:
        sources: on leaving, each is closed by its thread as soon as it gives its next item.
        most: items that are read before one is taken.
        stopped: set on leaving; given by a caller whose sources wait for something else as well.
        patience_s: how long threads are waited for on leaving; None until they end.
    """
    buffer = Buffer[A](most, len(sources), stopped or threading.Event())
    threads = [
        threading.Thread(target=buffer.fill, args=(source,), daemon=True) for source in sources
    ]
    for thread in threads:
        thread.start()
    try:
        yield buffer
    finally:
        buffer.stopped.set()
        deadline = time.monotonic() + (patience_s or 0.0)
        for thread in threads:
            thread.join(None if patience_s is None else max(0.0, deadline - time.monotonic()))


class Buffer(Generic[A]):
    """A bounded queue between threads that read sources and one that takes what they read.

    `stopped` tells the threads to leave; `ended` is True once the last item has been taken.
    """

    def __init__(self, most: int, sources: int, stopped: threading.Event) -> None:
        self.stopped, self.ended = stopped, False
        self._reading = sources
        self._failure: BaseException | None = None
        self._queue: Queue[tuple[A] | BaseException | None] = Queue(most)

    def fill(self, source: Iterator[A]) -> None:
        """Take a source to its end, or until told to leave; then close it."""
        try:
            for item in source:
                if not self._put((item,)):
                    break
            self._put(None)
        except BaseException as error:  # noqa: BLE001 - raised again where the items are taken
            self._put(error)
        finally:
            if isinstance(source, Generator):
                source.close()

    def _put(self, entry: tuple[A] | BaseException | None) -> bool:
        while not self.stopped.is_set():
            try:
                self._queue.put(entry, timeout=_POLL_S)
            except Full:
                continue
            return True
        return False

    def taken(self) -> Iterator[A]:
        """Each item, waiting for it; an exception of a source is raised in its place."""
        while not (self.ended or self.stopped.is_set()):
            yield from self.there(1, _POLL_S)

    def there(self, most: int, wait_s: float = 0.0) -> list[A]:
        """Up to so many items that are there, waiting for the first so long.

        An exception of a source is raised when what came before it has been taken.
        """
        found: list[A] = []
        with suppress(Empty):
            while len(found) < most and not self.ended and self._failure is None:
                entry = self._queue.get(block=wait_s > 0 and not found, timeout=wait_s or None)
                if isinstance(entry, BaseException):
                    self._failure = entry
                elif entry is None:
                    self._reading -= 1
                    self.ended = not self._reading
                else:
                    found.append(entry[0])
        if self._failure is not None and not found:
            raise self._failure
        return found
