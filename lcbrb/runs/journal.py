"""Files that grow by whole records and that a kill in mid-write can't corrupt.

A line counts once its line end is on disk. A torn last line, which a kill leaves behind, is cut
off when the file is opened for more. So that no other file is ever cut or grown, a link is not
followed, and what is no regular file is refused.
"""

from __future__ import annotations

import os
import stat
from io import FileIO
from pathlib import Path
from typing import Self

from lcbrb.codec import encode
from lcbrb.errors import UsageError
from lcbrb.types import Record


class Appender:
    """A JSONL file that grows by whole records.

    Opening cuts off a torn last line. Each record goes to the kernel in one write before `append`
    returns, so a killed process loses nothing that was appended; `close` also syncs it to disk.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        cut_torn_line(path)
        self._file = open_own(path, "ab")

    def append(self, record: Record) -> None:
        """Add one record."""
        line = memoryview((encode(record) + "\n").encode("utf-8"))
        while line:  # an unbuffered write may take a part only
            line = line[self._file.write(line) :]

    def close(self) -> None:
        """Sync to disk and close."""
        if not self._file.closed:
            os.fsync(self._file.fileno())
            self._file.close()

    def __enter__(self) -> Self:
        """Enter a `with` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close at the end of a `with` block."""
        self.close()


def open_own(path: Path, mode: str) -> FileIO:
    """A file of a run folder, open for writing (``ab``, ``rb+``), without a buffer.

    Raises:
        UsageError: it is a link, or no regular file: what it leads to is not the run's own.
        OSError: it can't be opened.
    """
    check_own(path)
    return FileIO(path, mode, opener=_open_no_link)


def check_own(path: Path) -> None:
    """Refuse a link, and what is no regular file, in the place of a file of a run folder.

    Raises:
        UsageError: it is one of these.
    """
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(kind):
        what = "a link" if stat.S_ISLNK(kind) else "no regular file"
        raise UsageError(
            f"{path} is {what}: a run writes only inside its folder; choose another folder "
            "(which may itself be a link), or put the real file there"
        )


def _open_no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)


def cut_torn_line(path: Path) -> bool:
    """Cut what follows the last line end, if anything; True if something was cut.

    Raises:
        UsageError: it is a link, or no regular file.
    """
    try:
        file = open_own(path, "rb+")
    except FileNotFoundError:
        return False
    with file:
        size = end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - 65536)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        if end == size:
            return False
        file.truncate(end)
        return True
