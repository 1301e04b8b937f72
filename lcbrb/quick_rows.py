"""Lines that lcbrb wrote itself, read ten times as fast as the strict codec reads them.

Nothing is refused here, and there are no words for errors: lines are taken where it is proven that
the strict reader (`lcbrb.codec`) takes them too, with the same values. Anything else (a broken
line, a row without a field that has a default, another schema, another program's manner of
writing) is left to the strict reader, which takes it or says what is wrong with it.

msgspec decodes a line into a *twin* of the record's class: the same fields and properties, all of
them required but those that the codec leaves out where they are empty, none beside them. Two things
that the strict reader refuses msgspec lets pass, so they are told otherwise:

- *A name that an object says twice.* Each name has one colon, and the colons inside of texts stand
  in a line as they stand in its row encoded again (where no ``u003a`` hides one). Encoded again a
  row says each name once: a line with no more colons than that says none twice.
- *Two rows in one line, one row in two.* A line end between ``}`` and ``{`` stands in no object,
  and in no text: it parts two rows. So where all line ends are of this kind, and there are as many
  rows as lines, each line is a row.

A twin is not watched by the garbage collector and is made in half the time of the record. Who reads
hundreds of thousands of rows for a field or two of each (the board) takes twins; everybody else
gets records made of them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import types
import typing
from collections.abc import Iterable
from typing import Any, Literal, TypeVar

from lcbrb.types import Record

try:
    import msgspec
except ImportError:  # a machine without a build of it: the strict reader reads everything
    msgspec = None  # type: ignore[assignment]

R = TypeVar("R", bound=Record)

_PLAIN = (str, int, float, bool, types.NoneType, dt.date)
_HIDDEN_COLON = b"\\u003"
_LINE_END, _COLON, _OPEN, _CLOSE = b"\n:{}"


class _NoTwinError(Exception):
    """A field's type has no counterpart."""


class QuickReader:
    """Reads lines of one class of records. Made by `quick_reader`."""

    def __init__(self, cls: type[Record], twin: Any) -> None:
        self._cls = cls
        self._read = msgspec.json.Decoder(twin).decode_lines
        self._write = msgspec.json.Encoder().encode_lines

    def rows(self, block: bytes) -> list[Any] | None:
        """A twin of the record in each line; None unless the strict reader takes all lines."""
        lines = _lines_of_an_object_each(block)
        if not lines or (b"\\" in block and _HIDDEN_COLON in block):
            return None
        try:
            rows: list[Any] = self._read(block)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        same = len(rows) == lines and _count(block, _COLON) == _count(self._write(rows), _COLON)
        return rows if same else None

    def records(self, rows: Iterable[Any]) -> list[Any]:
        """The records that rows are twins of; a record stays as it is."""
        return [
            row
            if isinstance(row, Record)
            else msgspec.convert(row, self._cls, from_attributes=True)
            for row in rows
        ]


def _lines_of_an_object_each(block: bytes) -> int:
    """How many lines there are, where each line end follows a ``}``, and precedes a ``{``; or 0."""
    import numpy as np  # slow to load, and ten times as fast here; it has to be loaded for figures

    text = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(text[:-1] == _LINE_END)
    whole = (text[ends - 1] == _CLOSE).all() and (text[ends + 1] == _OPEN).all()
    return len(ends) + 1 if whole and block.startswith(b"{") else 0


def _count(text: bytes, byte: int) -> int:
    import numpy as np

    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == byte))


_READERS: dict[type[Record], QuickReader | None] = {}


def quick_reader(cls: type[Record]) -> QuickReader | None:
    """The class's reader; None where a field's type can't be read here, or msgspec is missing."""
    if cls not in _READERS:
        try:
            _READERS[cls] = QuickReader(cls, _twin(cls, outermost=True)) if msgspec else None
        except _NoTwinError:
            _READERS[cls] = None
    return _READERS[cls]


def as_records(cls: type[R], rows: Iterable[Any]) -> list[R]:
    """The records of a class that rows of either kind stand for."""
    reader = quick_reader(cls)
    return list(rows) if reader is None else reader.records(rows)


def _twin(cls: Any, *, outermost: bool = False) -> Any:
    """The struct with a record's fields.

    Raises:
        _NoTwinError: a field's type is none of those that are read alike here and there, or the
            class does more at reading than to take its fields.
    """
    plain = hasattr(cls, "__dataclass_fields__") and not hasattr(cls, "__post_init__")
    if not plain or cls.upgraded.__func__ is not Record.upgraded.__func__:  # type: ignore[attr-defined]
        raise _NoTwinError
    hints = typing.get_type_hints(cls)
    fields: list[tuple[Any, ...]] = []
    if outermost:
        fields.append(("schema_version", Literal[cls.SCHEMA_VERSION]))
    for field in dataclasses.fields(cls):
        left_out = field.name in cls.LEFT_OUT_WHERE_EMPTY
        kind = _counterpart(hints[field.name])
        fields.append((field.name, kind, field.default) if left_out else (field.name, kind))
    return msgspec.defstruct(
        cls.__name__,
        fields,
        namespace={
            name: value
            for base in reversed(cls.__mro__)
            for name, value in vars(base).items()
            if isinstance(value, property)
        },
        kw_only=True,
        frozen=True,
        gc=False,
        omit_defaults=True,
        forbid_unknown_fields=True,
    )


def _counterpart(hint: Any) -> Any:
    """What a twin has in the place of a field's type."""
    if hint in _PLAIN:
        return hint
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return hint
    if isinstance(hint, type) and issubclass(hint, Record):
        return _twin(hint)
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in {types.UnionType, typing.Union}:
        return typing.Union[tuple(_counterpart(part) for part in parts)]  # noqa: UP007 - of a tuple
    if origin is tuple and parts[1:] == (...,):
        return tuple[_counterpart(parts[0]), ...]  # type: ignore[misc]
    raise _NoTwinError
