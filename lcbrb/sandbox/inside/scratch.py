# ruff: noqa: PTH101, PTH106 - a path of a folder, and names within one that is open
"""Scratch folders: emptied and removed whatever a program made of them.

However deep they are, a removal needs one descriptor and no recursion; folders closed to their
owner are opened first. The programs that used them must have ended.

An empty folder is given a time at which nothing was changed in it. Programs that can make files
there, but can't set times, change it by whatever they make, so one look at it tells who made any.
"""

import os
from contextlib import suppress

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_OPEN = 0o700
UNTOUCHED_NS = 10**18  # in 2001: no clock goes there again


def empty(folder: str) -> None:
    """Remove what is in a folder.

    Raises:
        OSError: something there can't be removed.
    """
    os.chmod(folder, _OPEN)
    here = os.open(folder, FOLDER)
    try:
        waiting = [_without_files(here)]  # for each level on the way here, what is left to remove
        while waiting[-1] or len(waiting) > 1:
            if waiting[-1]:
                os.chmod(waiting[-1][-1], _OPEN, dir_fd=here)
                here = stepped(here, waiting[-1][-1])
                waiting.append(_without_files(here))
            else:
                waiting.pop()
                here = stepped(here, "..")
                os.rmdir(waiting[-1].pop(), dir_fd=here)
    finally:
        os.close(here)


def mark_untouched(folder: str) -> None:
    """Set the time of a folder that is empty."""
    os.utime(folder, ns=(UNTOUCHED_NS, UNTOUCHED_NS))


def remove(folder: str) -> None:
    """Remove a folder with what is in it, as far as that can be done."""
    with suppress(OSError):
        empty(folder)
        os.rmdir(folder)


def _without_files(here: int) -> list[str]:
    """The folders in a folder, once all else there is removed."""
    folders = []
    with os.scandir(here) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            else:
                os.unlink(entry.name, dir_fd=here)
    return folders


def stepped(here: int, name: str) -> int:
    """A descriptor of a folder beside or in an open one, in whose place it comes."""
    there = os.open(name, FOLDER, dir_fd=here)
    os.close(here)
    return there
