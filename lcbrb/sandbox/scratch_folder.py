"""Scratch folders outside of any view (levels B to D), which nobody leaves behind for long.

A grader that is killed can't remove its folders. So it holds a lock on each, which the kernel takes
from the dead; the next grader that makes one removes those that nobody holds.
"""

from __future__ import annotations

import fcntl
import functools
import os
import tempfile
from contextlib import suppress

from lcbrb.sandbox.inside import scratch

_PREFIX = "lcbrb-scratch-"


class ScratchFolder:
    """A new folder, until it is closed. `path` is where."""

    def __init__(self) -> None:
        parent = tempfile.gettempdir()
        _remove_abandoned(parent)
        self._lock = -1
        while self._lock < 0:
            self.path = tempfile.mkdtemp(prefix=_PREFIX, dir=parent)
            self._lock = _locked(self.path, fcntl.LOCK_EX)

    def close(self) -> None:
        """Remove it, as far as that can be done."""
        scratch.remove(self.path)
        os.close(self._lock)


def _locked(path: str, how: int) -> int:
    """A descriptor of a folder that holds a lock on it, or -1 where it is gone or somebody else's.

    Where folders can't be locked it is one without a lock, and nobody else's look gets one.
    """
    try:
        descriptor = os.open(path, scratch.FOLDER | os.O_CLOEXEC)
    except FileNotFoundError:
        return -1
    try:
        fcntl.flock(descriptor, how)
        if os.path.samestat(os.stat(path), os.fstat(descriptor)):  # noqa: PTH116
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except OSError:
        if not how & fcntl.LOCK_NB:
            return descriptor
    os.close(descriptor)
    return -1


@functools.cache
def _remove_abandoned(parent: str) -> None:
    """Remove folders of ours whose grader is gone; once in a process."""
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX):
                _remove_if_abandoned(entry)


def _remove_if_abandoned(entry: os.DirEntry[str]) -> None:
    with suppress(OSError):
        if entry.stat(follow_symlinks=False).st_uid != os.geteuid():
            return
        lock = _locked(entry.path, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if lock >= 0:
            scratch.remove(entry.path)
            os.close(lock)
