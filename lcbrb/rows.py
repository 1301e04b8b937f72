"""Files that others wrote: rows (JSONL, a JSON list, Parquet) and tables (TOML).

There is one reader of rows, gzipped or not, and one way to say which can't be used and why. How
much of a file is read is `lcbrb.input_files`' part.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from lcbrb.codec import read_json_lines, read_text
from lcbrb.errors import BadInputError, UsageError, in_file
from lcbrb.json_text import parse_json_with_infinities
from lcbrb.pair_identity import mend_text
from lcbrb.parquet import read_parquet
from lcbrb.types import JsonValue

T = TypeVar("T")

_SHOWN = 60  # of a value that an error quotes
#: what a parser raises on a row in another layout, or one that is nested beyond sense
UNFIT = (
    *(LookupError, TypeError, ValueError, AttributeError, ArithmeticError),
    *(SyntaxError, RecursionError, MemoryError),  # the last is Python's word for too deep a program
)


class Row(dict[str, JsonValue]):
    """The fields of one row, and its file; a field of the wrong kind is named in the error."""

    def __init__(self, fields: Mapping[str, JsonValue], path: Path | str) -> None:
        super().__init__(fields)
        self.path = Path(path)

    def text(self, name: str) -> str:
        """A field's text, fit to be written as UTF-8."""
        value = self[name]
        if not isinstance(value, str):
            raise UsageError(f"field '{name}' is not a text")
        return mend_text(value)

    def optional_text(self, name: str) -> str | None:
        """A field's text; None where the field is missing or null."""
        return None if self.get(name) is None else self.text(name)

    def label(self, name: str) -> str:
        """An id or another short name: a text, or a whole number as text."""
        value = self[name]
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(name)

    def number(self, name: str) -> float:
        """A finite number."""
        value = self[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise UsageError(f"field '{name}' is not a finite number")
        return float(value)

    def texts(self, name: str) -> list[str]:
        """The texts in a field that holds a list of them."""
        value = self[name]
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise UsageError(f"field '{name}' is not a list of texts")
        return [mend_text(text) for text in value]

    def choice(self, name: str, table: Mapping[Any, T]) -> T:
        """What a table gives for the field's value."""
        value = self[name]
        if not isinstance(value, str | int) or value not in table:
            known = ", ".join(map(repr, table))
            raise UsageError(f"field '{name}' is {repr(value)[:_SHOWN]}, expected one of {known}")
        return table[value]


def parse_rows(  # noqa: PLR0913 - whose rows, what they become, and how they are come by
    path: Path | str,
    what: str,
    parse: Callable[[Row], Iterable[T]],
    *,
    rows: Iterable[tuple[int, JsonValue]] | None = None,
    place: str = "row",
    decode: Callable[[str], JsonValue] = parse_json_with_infinities,
) -> Iterator[T]:
    """What `parse` makes of each row of a file; no row is dropped in silence.

    Args:
        path: the file; where rows are given, whatever tells a person where they are from.
        what: what a row should be, for error messages ("a pair").
        parse: a row to any number of things. Whatever it raises on a row in another layout becomes
            the error below.
        rows: place and value of each, where the file's own reading is not what is wanted.
        place: what the place of such a row is: ``row`` or ``line``.
        decode: reads a line of JSONL. Others write NaN and infinities into columns that nobody asks
            for here; a field that is read as a number has to be a finite one (`Row.number`).

    Raises:
        BadInputError: a row that can't be used; file and line (or row) are named.
        DataUnavailableError: the file can't be read.
    """
    if rows is None:
        place = "row" if is_whole(Path(path)) else "line"
    for number, fields in read_rows(Path(path), decode) if rows is None else rows:
        try:
            if not isinstance(fields, dict):
                raise UsageError(f"expected an object, found {type(fields).__name__}")
            yield from parse(Row(fields, path))
        except UNFIT as error:
            why = f"no field {error}" if isinstance(error, KeyError) else str(error)
            why = why or "nested too deeply"
            raise BadInputError(f"not {what}: {why}", path=path, **{place: number}) from error


def read_rows(
    path: Path, decode: Callable[[str], JsonValue] = parse_json_with_infinities
) -> Iterator[tuple[int, JsonValue]]:
    """Line (JSON list, Parquet: place), from 1, and value of each row; the name tells the format.

    Raises:
        BadInputError: the file is not what its name says, or more than its budget.
        DataUnavailableError: the file can't be read.
    """
    if path.suffix == ".parquet":
        return read_parquet(path)
    return _read_json_list(path) if is_whole(path) else read_json_lines(path, decode)


def _read_json_list(path: Path) -> Iterator[tuple[int, JsonValue]]:
    with in_file(path):
        value = parse_json_with_infinities(read_text(path))
    if not isinstance(value, list):
        raise BadInputError(f"expected a list, found {type(value).__name__}", path=path)
    yield from enumerate(value, start=1)


def is_whole(path: Path) -> bool:
    """Whether a file is read as one document, by its name, and not line by line."""
    return path.name.removesuffix(".gz").endswith((".json", ".parquet"))


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file's tables.

    Raises:
        BadInputError: it is no TOML.
        DataUnavailableError: the file can't be read.
    """
    with in_file(path):
        return parse_toml(read_text(path))


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text.

    Raises:
        UsageError: it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise UsageError("not usable TOML (nested too deeply)") from error
    except ValueError as error:  # also a number of more digits than Python reads
        raise UsageError(f"not valid TOML ({error})") from error
