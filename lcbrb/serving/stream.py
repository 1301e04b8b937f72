"""An executor that is fed without an end: items come one by one, and each gets its result."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeAlias, TypeVar

from lcbrb.errors import IncompleteRunError
from lcbrb.protocols.executor import Executor

A = TypeVar("A")
B = TypeVar("B")
K = TypeVar("K")
_Asked: TypeAlias = tuple[A, "Future[B]"] | None  # the last item is None


class Stream(Generic[A, B, K]):
    """Work by an executor, begun with the first item; closed once, it takes no more.

    `key` names an item among those that are under way.
    """

    def __init__(self, executor: Executor, work: Callable[[A], B], key: Callable[[A], K]) -> None:
        self._executor, self._work, self._key = executor, work, key
        self._items: SimpleQueue[_Asked[A, B]] = SimpleQueue()
        self._waiting: dict[K, Future[B]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, item: A) -> Future[B]:
        """The result, once it is there. A future that is cancelled in time is never begun."""
        future: Future[B] = Future()
        with self._lock:
            if self._closed:
                raise IncompleteRunError("the server is shutting down")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._items.put((item, future))
        return future

    def close(self) -> None:
        """End the work; what has not begun is cancelled."""
        with self._lock:
            self._closed, thread = True, self._thread
            self._items.put(None)
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while True:
            items = self._items
            try:
                for item, result in self._executor.map(self._work, self._taken(items)):
                    future = self._waiting.pop(self._key(item), None)
                    if future is not None:
                        future.set_result(result)
            except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it is
                self._begin_anew(items, error)
                continue
            return

    def _begin_anew(self, items: SimpleQueue[_Asked[A, B]], error: Exception) -> None:
        """Tell what was under way; what waits goes on with the executor's next start.

        The executor may read its input in a thread that outlives it: that one is sent away, and
        finds nothing more.
        """
        with self._lock:
            self._items = SimpleQueue()
            while not items.empty():
                self._items.put(items.get())
            items.put(None)
            lost = [self._waiting.popitem()[1] for _ in range(len(self._waiting))]
        for future in lost:
            future.set_exception(error)

    def _taken(self, items: SimpleQueue[_Asked[A, B]]) -> Iterator[A]:
        """Items as they come, but for those that nobody waits for any more."""
        while True:
            got = items.get()
            if got is None:
                return
            item, future = got
            with self._lock:
                if items is not self._items:  # taken in the moment in which all began anew
                    self._items.put(got)
                    return
                if self._closed:
                    future.cancel()
                    continue
                if not future.set_running_or_notify_cancel():
                    continue
                self._waiting[self._key(item)] = future
            yield item
