"""What is opened once in a process, and closed at its end.

Frameworks hand over one reply at a time and say nothing when they end, so what costs time to open
(a sandbox with its warm processes, a reward model) is kept here between calls.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar


class Closable(Protocol):
    """Holds processes or threads until it is closed."""

    def close(self) -> None:
        """Let go of them."""


C = TypeVar("C", bound=Closable)
_kept: dict[Hashable, Any] = {}
_lock = threading.Lock()


def kept(key: Hashable, opener: Callable[[], C]) -> C:
    """What was opened under a key in this process; opened now if it was not.

    Args:
        key: all that it depends on.
        opener: opens it; what it raises is raised, and nothing is kept.
    """
    with _lock:
        if key not in _kept:
            _kept[key] = opener()
        thing: C = _kept[key]
        return thing


@atexit.register
def close_all() -> None:
    """Close all that is kept; what is asked for later is opened anew."""
    with _lock:
        while _kept:
            _kept.popitem()[1].close()


def _after_fork() -> None:
    """A forked process opens its own: processes of its parent's don't answer it."""
    global _lock  # noqa: PLW0603 - a thread of the parent's may have held it
    _lock = threading.Lock()
    _kept.clear()


os.register_at_fork(after_in_child=_after_fork)
