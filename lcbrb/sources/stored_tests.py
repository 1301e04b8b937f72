"""Tests that stay in their file until a program is graded on them.

A release of LiveCodeBench is several GB of tests, packed. Each row is read and checked when the
release is loaded, and let go of; what is kept is where it stands. Tests are decoded again when they
are asked for, and the last ones stay at hand: no more than one problem's are in memory, and those
that are in use.

A row of a plain file is found again by its place. A row of a packed file, whose places can't be
gone to, is kept in memory, compressed.
"""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from lcbrb.codec import read_text_line
from lcbrb.errors import DataUnavailableError, in_file
from lcbrb.input_files import is_packed, open_regular, read_lines
from lcbrb.json_text import parse_json_with_infinities
from lcbrb.rows import Row
from lcbrb.types import JsonValue, TestCase

_FAST = 1  # of zlib: what it packs is mostly packed already


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLine:
    """A line of a file: where it stands, or where that does not help, its bytes (compressed)."""

    path: Path
    number: int
    start: int
    length: int
    changed_ns: int
    packed: bytes | None = None

    def read(self) -> bytes:
        """The line's bytes.

        Raises:
            DataUnavailableError: the file was changed since, or can't be read.
        """
        if self.packed is not None:
            return zlib.decompress(self.packed)
        with open_regular(self.path) as file:
            if os.fstat(file.fileno()).st_mtime_ns != self.changed_ns:
                raise DataUnavailableError(
                    f"{self.path} was changed while its tests were in use: run the command again"
                )
            file.seek(self.start)
            return file.read(self.length)

    def value(self) -> JsonValue:
        """What the line says."""
        with in_file(self.path, line=self.number):
            return parse_json_with_infinities(read_text_line(self.read(), self.number))


def stored_rows(path: Path) -> Iterator[tuple[StoredLine, JsonValue]]:
    """Each line of a JSONL file that is not blank, and what it says; a file of any size.

    Raises:
        BadInputError: a line is no JSON; it is named.
        DataUnavailableError: the file can't be read.
    """
    with open_regular(path) as file:
        changed_ns, packed = os.fstat(file.fileno()).st_mtime_ns, is_packed(file)
    start = 0
    for number, content in read_lines(path, kept=packed):
        length = len(content)
        with in_file(path, line=number):
            text = read_text_line(content, number)
            value = parse_json_with_infinities(text) if text.strip() else None
        if text.strip():
            line = StoredLine(
                path=path,
                number=number,
                start=start,
                length=length,
                changed_ns=changed_ns,
                packed=zlib.compress(content, _FAST) if packed else None,
            )
            del text, content
            yield line, value
        start += length


class StoredTests(Sequence[TestCase]):
    """The tests of a row, decoded when they are asked for."""

    __slots__ = ("_count", "_decode", "_line")

    def __init__(
        self, line: StoredLine, decode: Callable[[Row], Sequence[TestCase]], count: int
    ) -> None:
        self._line, self._decode, self._count = line, decode, count

    def _tests(self) -> tuple[TestCase, ...]:
        with _LAST.lock:
            if _LAST.of is not self:
                _LAST.of, _LAST.tests = None, ()  # gone before others come
                row = Row(self._line.value(), self._line.path)
                _LAST.tests, _LAST.of = tuple(self._decode(row)), self
            return _LAST.tests

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> TestCase: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[TestCase]: ...
    def __getitem__(self, place: int | slice) -> TestCase | Sequence[TestCase]:
        return self._tests()[place]

    def __iter__(self) -> Iterator[TestCase]:
        return iter(self._tests())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, StoredTests) and other._line == self._line:
            return True
        return isinstance(other, Sequence) and self._tests() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._tests())

    def __repr__(self) -> str:
        return f"<{self._count} tests of {self._line.path.name}, line {self._line.number}>"


class _Last:
    """The tests that were decoded last, and whose they are."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.of: StoredTests | None = None
        self.tests: tuple[TestCase, ...] = ()


_LAST = _Last()
