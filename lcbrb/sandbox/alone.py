"""Taking turns: many programs at once, or one alone, within this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from lcbrb.sandbox.forks import after_fork


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
