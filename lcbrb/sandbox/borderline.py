"""Failures that may be the machine's doing: run again, alone.

A time limit passed by so little that a slow machine may have done it, and a death of SIGKILL.
`RUNS` lets programs of this process run beside one another, or one with nobody beside it, and
`most_of_three` says which of its runs counts. See `lcbrb.sandbox.pace` for what time it took.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from lcbrb.protocols.sandbox import Execution
from lcbrb.types import Status

A = TypeVar("A")

_MAJORITY = 2


def most_of_three(run: Callable[[], A], doubtful: Callable[[A], bool]) -> A:
    """What two of up to three runs say: that it fails so, or that it does not.

    Others' load is not ours to stop, and one run may meet what the others do not.

    Args:
        run: does it once.
        doubtful: whether a run failed in a way that may be the machine's doing.
    """
    times = {True: 0, False: 0}
    while True:
        result = run()
        failed_so = doubtful(result)
        times[failed_so] += 1
        if times[failed_so] == _MAJORITY:
            return result


def is_doubtful(execution: Execution) -> bool:
    """Whether an execution failed in a way that may be the machine's doing."""
    return execution.borderline or execution.status is Status.TIME_LIMIT


class RunLock:
    """A lock that many hold together, or one alone.

    Whoever wants it alone goes first: those who would share it wait. A thread that holds it is
    given it again at once.
    """

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Forget who holds it: a fork has none of their threads."""
        self._changed = threading.Condition()
        self._sharing = 0
        self._wanting = 0
        self._taken = False
        self._held = threading.local()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Hold it together with others."""
        depth: int = getattr(self._held, "depth", 0)
        if not depth:
            with self._changed:
                self._changed.wait_for(lambda: not self._taken and not self._wanting)
                self._sharing += 1
        self._held.depth = depth + 1
        try:
            yield
        finally:
            self._held.depth -= 1
            if not depth:
                with self._changed:
                    self._sharing -= 1
                    self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold it with nobody beside."""
        depth: int = getattr(self._held, "depth", 0)
        if depth:
            yield
            return
        with self._changed:
            self._wanting += 1
            try:
                self._changed.wait_for(lambda: not self._taken and not self._sharing)
                self._taken = True
            finally:
                self._wanting -= 1
        self._held.depth = 1  # what is done meanwhile may share it
        try:
            yield
        finally:
            self._held.depth = 0
            with self._changed:
                self._taken = False
                self._changed.notify_all()


RUNS = RunLock()
os.register_at_fork(after_in_child=RUNS.renew)
