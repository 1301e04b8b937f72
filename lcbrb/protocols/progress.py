"""Progress of the work, for whoever displays it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from lcbrb.types import Completion


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Told of each sample as it comes (None: there is none) and of each verdict, by any thread."""

    on_sample: Callable[[Completion | None], object] = lambda _: None
    on_verdict: Callable[[], object] = lambda: None


class Meter:
    """Counts the tokens that models generate in this process, also of samples under way.

    There is one for all: what a policy is asked by has no place for a listener, and a batch takes
    minutes until its first sample ends.
    """

    def __init__(self) -> None:
        self.tokens = 0
        self._lock = threading.Lock()

    def add(self, tokens: int) -> None:
        """So many more."""
        with self._lock:
            self.tokens += tokens


METER = Meter()


class Progress:
    """Displays nothing; override it to show progress, as the command line does with bars."""

    def bar(
        self, title: str, total: int | None, unit: str
    ) -> AbstractContextManager[Callable[[int], object]]:
        """A stretch of work.

        Args:
            title: a description of the work.
            total: the number of items; None if unknown.
            unit: what they are ("pairs").

        Returns:
            A function to call with the number of items done.
        """
        del title, total, unit
        return nullcontext(int)

    def sampling(self, title: str, total: int) -> AbstractContextManager[Watch]:
        """Sampling and grading side by side."""
        del title, total
        return nullcontext(Watch())

    def say(self, message: str) -> None:
        """A message to the user during the work (such as a lost node)."""


SILENT = Progress()
