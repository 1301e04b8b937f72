"""Files that grow by whole records and that a kill in mid-write can't corrupt.

A line counts once its line end is on disk. A torn last line, which a kill leaves behind, is cut
off when the file is opened for more.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from lcbrb.codec import encode
from lcbrb.types import Record


class Appender:
    """A JSONL file that grows by whole records.

    Opening cuts off a torn last line. Each record goes to the kernel in one write before `append`
    returns, so a killed process loses nothing that was appended; `close` also syncs it to disk.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        cut_torn_line(path)
        self._file = path.open("ab", buffering=0)

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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close at the end of a `with` block."""
        self.close()


def cut_torn_line(path: Path) -> bool:
    """Cut what follows the last line end, if anything; True if something was cut."""
    try:
        file = path.open("rb+")
    except FileNotFoundError:
        return False
    with file:
        size = end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - 65536)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                end = start + found + 1
                break
            end = start
        if end == size:
            return False
        file.truncate(end)
        return True
