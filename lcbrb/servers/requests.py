"""Many requests to one server, several at a time, each sent again where that may help."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from lcbrb.engine.local import Buffer, read_in_threads
from lcbrb.errors import SetupError
from lcbrb.servers.connection import Refused
from lcbrb.servers.retries import Failures, Pacer, Retry

_REFUSALS = 8  # requests refused before any was answered: then the run is wrong, not the requests


class Task(Protocol):
    """What is asked for, by one request or more."""

    failures: Failures

    @property
    def is_open(self) -> bool:
        """Whether something of it is still to come."""


T = TypeVar("T", bound=Task)
A = TypeVar("A")


@dataclass(kw_only=True)
class Requests(Generic[T, A]):
    """What several threads send until there is nothing left to ask for.

    Args:
        tasks: read as they are needed, by one thread at a time.
        send: asks once for an open task, and closes what is answered of it. It raises `Retry`,
            `Refused`, or what ends the run.
        give_up: closes a task that gets no answer, and says so; told the reason.
        pacer: of the server.
    """

    tasks: Iterable[T]
    send: Callable[[T], list[A]]
    give_up: Callable[[T, str], list[A]]
    pacer: Pacer
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _refused: int = 0

    @contextmanager
    def answers(self, concurrency: int) -> Iterator[Buffer[A]]:
        """What comes, read in so many threads.

        Raises:
            SetupError: no access, no such model, or every request is refused.
            IncompleteRunError: the server stopped answering.
        """
        waiting = iter(self.tasks)
        sources = [self._answers(waiting) for _ in range(concurrency)]
        with read_in_threads(sources, 2 * concurrency, stopped=self.pacer.stopped) as buffer:
            yield buffer

    def _answers(self, waiting: Iterator[T]) -> Iterator[A]:
        """What one thread gets."""
        while True:
            with self._lock:
                task = next(waiting, None)
            if task is None:
                return
            while task.is_open:
                yield from self._once(task)

    def _once(self, task: T) -> list[A]:
        self.pacer.wait()
        try:
            given = self.send(task)
        except Refused as refusal:
            self._refused += 1
            if self._refused >= _REFUSALS and not self.pacer.successes:
                raise SetupError(
                    f"{self.pacer.server} refuses every request: {refusal}"
                ) from refusal
            return self.give_up(task, str(refusal))
        except Retry as problem:
            if self.pacer.failed(task.failures, problem):
                return []
            return self.give_up(task, problem.reason)
        self.pacer.succeeded()
        return given
