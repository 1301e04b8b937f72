"""The interface of an executor, which distributes work over threads or machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

A = TypeVar("A")
B = TypeVar("B")


class Executor(Protocol):
    """Distributes work over threads, processes or machines."""

    def map(self, work: Callable[[A], B], items: Iterable[A]) -> Iterator[tuple[A, B]]:
        """Each item with its result, as results arrive (any order), with bounded read-ahead."""
        ...
