"""Taking turns: many programs at once, or one alone, within this process; and what counts of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from lcbrb.sandbox.after_fork import after_fork

A = TypeVar("A")

_MAJORITY = 2


def most_of_three(run: Callable[[], A], late: Callable[[A], bool]) -> A:
    """What two of up to three runs say: that it was late, or that it was not.

    Others' load is not ours to stop, and one run may meet what the others do not.

    Args:
        run: does it once.
        late: whether a run was late.
    """
    times = {True: 0, False: 0}
    while True:
        found = run()
        was_late = late(found)
        times[was_late] += 1
        if times[was_late] == _MAJORITY:
            return found


class Turns:
    """Any number of holders of a shared turn, or one of a turn alone.

    Whoever wants a turn alone goes first: new shared turns wait for it. A thread that holds a turn
    is given further ones at once.
    """

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Forget all turns."""
        self._changed = threading.Condition()
        self._sharing = 0
        self._wanting = 0
        self._taken = False
        self._held = threading.local()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """A turn beside others."""
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
        """A turn with nobody beside."""
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
        self._held.depth = 1  # what runs inside may share it
        try:
            yield
        finally:
            self._held.depth = 0
            with self._changed:
                self._taken = False
                self._changed.notify_all()


TURNS = Turns()
after_fork(TURNS.renew)
