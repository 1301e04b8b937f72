"""How much a program keeps on disk, where no file system of its own bounds that (level B).

What decides is the state at the end of a request, and what was written in all, which only grows; so
no verdict depends on when somebody looks. In between, the bounds are `MEANWHILE` times as wide, to
protect the machine. What a program could hide is counted too: files whose names are gone and that
it has open, or has mapped; folders that are closed to their owner.

Depth is no resource: folders are walked by descriptors. Space and names are.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lcbrb.sandbox.inside.scratch import FOLDER, UNTOUCHED_NS, stepped

#: as the file system of a program at level A has them
MOST_BYTES, MOST_ENTRIES = 64 * 1024 * 1024, 4096
MEANWHILE = 2
_BLOCK_BYTES = 512
_OPEN = 0o700
_MEMORY = "/memfd:"  # the streams, which have bounds of their own
_MAPPED = re.compile(rb"^\S+ \S+ \S+ \S+ (\d+) +(/.*) \(deleted\)$", re.MULTILINE)
_WRITTEN = re.compile(rb"^write_bytes: (\d+)$", re.MULTILINE)


@dataclass(slots=True)
class _Held:
    """What was met so far; a file that has several names, or is open as well, counts once."""

    most_bytes: int
    most_entries: int
    bytes: int = 0
    entries: int = 0
    seen: set[int] = field(default_factory=set)

    def add(self, inode: int, size_bytes: int) -> None:
        if inode not in self.seen:
            self.seen.add(inode)
            self.bytes += size_bytes

    def is_too_much(self) -> bool:
        return self.bytes > self.most_bytes or self.entries > self.most_entries


def holds_too_much(folder: str, pid: int, file_bytes: int, times: int = 1) -> bool:
    """Whether a program keeps more in its scratch folder than it may.

    Args:
        folder: its scratch folder, marked when it was empty (`scratch.mark_untouched`).
        pid: of its process; one that is gone keeps nothing but what has a name.
        file_bytes: how large a file of it can be.
        times: the bounds, as a multiple of those that decide.
    """
    if os.stat(folder).st_mtime_ns == UNTOUCHED_NS:  # noqa: PTH116 - for every request
        return False
    if _written_bytes(pid) > MOST_BYTES * MEANWHILE:
        return True
    held = _Held(MOST_BYTES * times, MOST_ENTRIES * times)
    _count_open(held, pid)
    _count_mapped(held, folder, pid, file_bytes)
    _count_named(held, folder)
    return held.is_too_much()


def _written_bytes(pid: int) -> int:
    """What it has given to a disk since its start, or will have; 0 where files are in memory."""
    with suppress(OSError):
        match = _WRITTEN.search(Path(f"/proc/{pid}/io").read_bytes())
        return int(match[1]) if match else 0
    return 0


def _count_open(held: _Held, pid: int) -> None:
    with suppress(OSError), os.scandir(f"/proc/{pid}/fd") as descriptors:
        for descriptor in descriptors:
            with suppress(OSError):  # closed meanwhile
                status = descriptor.stat()
                nameless = stat.S_ISREG(status.st_mode) and not status.st_nlink
                if nameless and not os.readlink(descriptor.path).startswith(_MEMORY):  # noqa: PTH115
                    held.add(status.st_ino, status.st_blocks * _BLOCK_BYTES)


def _count_mapped(held: _Held, folder: str, pid: int, file_bytes: int) -> None:
    """Files that a mapping alone keeps; nobody tells how large they are, so as large as can be."""
    ours = os.fsencode(os.path.realpath(folder)) + b"/"
    with suppress(OSError):
        for inode, path in _MAPPED.findall(Path(f"/proc/{pid}/maps").read_bytes()):
            if path.startswith(ours):
                held.add(int(inode), file_bytes)


def _count_named(held: _Held, folder: str) -> None:
    """Walk the folder; what comes and goes meanwhile is counted or not, and nobody waits for it."""
    here = os.open(folder, FOLDER)
    try:
        levels = [(os.fstat(here).st_ino, _count_entries(held, here))]
        while levels and not held.is_too_much():
            if levels[-1][1]:
                try:
                    here = _entered(here, levels[-1][1].pop())
                except OSError:  # it is gone
                    continue
                levels.append((os.fstat(here).st_ino, _count_entries(held, here)))
            elif levels.pop() and levels:
                here = stepped(here, "..")
                if os.fstat(here).st_ino != levels[-1][0]:  # moved under our feet
                    return
    except OSError:
        return
    finally:
        os.close(here)


def _entered(here: int, name: str) -> int:
    try:
        return stepped(here, name)
    except PermissionError:
        _open_up(here, name)
        return stepped(here, name)


def _open_up(here: int, name: str) -> None:
    """Give the owner the rights on a folder that it was made without; on no other of that name."""
    descriptor = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
    try:
        os.chmod(f"/proc/self/fd/{descriptor}", _OPEN)  # noqa: PTH101
    finally:
        os.close(descriptor)


def _count_entries(held: _Held, here: int) -> list[str]:
    """Count what is in a folder; the names of the folders there."""
    folders = []
    with os.scandir(here) as entries:
        for entry in entries:
            held.entries += 1
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                held.add(status.st_ino, status.st_blocks * _BLOCK_BYTES)
                if stat.S_ISDIR(status.st_mode):
                    folders.append(entry.name)
            if held.is_too_much():
                break
    return folders
