"""Records to text and back: strict, versioned, hashed, and safe against a kill at any moment.

A record is one JSON object that begins with ``"schema_version"``. Reading is strict: unknown
fields, wrong types, NaN and newer versions are refused with the file and line named. A file is
either written whole (`write_text`: temporary file, fsync, rename) or grown by whole lines, which
is `lcbrb.runs.journal`'s part.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import CoreConfig, SchemaSerializer

from lcbrb.errors import UsageError, first_problem, in_file
from lcbrb.input_files import open_regular, read_blocks, read_lines, read_whole
from lcbrb.json_text import parse_json
from lcbrb.quick_rows import as_records, quick_reader
from lcbrb.types import JsonValue, Record

R = TypeVar("R", bound=Record)


_READERS_AND_WRITERS: dict[type[Record], tuple[TypeAdapter[Any], SchemaSerializer]] = {}


def _reader_and_writer(cls: type[Record]) -> tuple[TypeAdapter[Any], SchemaSerializer]:
    """The class's own; building them takes milliseconds, so that is done once."""
    if cls not in _READERS_AND_WRITERS:
        reader = TypeAdapter(cls)
        # the reader's own serializer would write NaN in a free-form `config` as null
        writer = SchemaSerializer(reader.core_schema, CoreConfig(ser_json_inf_nan="constants"))
        _READERS_AND_WRITERS[cls] = reader, writer
    return _READERS_AND_WRITERS[cls]


# ------------------------------------------------------------------------------- one record


def to_dict(record: Record) -> dict[str, JsonValue]:
    """A record as plain JSON values, `schema_version` first.

    Raises:
        UsageError: a field holds a value of the wrong type (but None, which pydantic lets pass).
    """
    try:
        _, writer = _reader_and_writer(type(record))
        body = writer.to_python(record, mode="json", warnings="error")
    except ValueError as error:
        raise UsageError(f"{type(record).__name__} can't be written: {error}") from error
    return {"schema_version": type(record).SCHEMA_VERSION, **body}


def encode(record: Record) -> str:
    """One line of JSON, without the line end.

    Raises:
        UsageError: what `to_dict` refuses, and NaN, an infinity or half of a surrogate pair, which
            a JSON file can't say.
    """
    body = to_dict(record)
    try:
        line = json.dumps(body, ensure_ascii=False, allow_nan=False)
        line.encode("utf-8")
    except ValueError as error:
        raise UsageError(f"{type(record).__name__} can't be written: {error}") from error
    return line


def encode_pretty(record: Record) -> str:
    """A record as indented JSON, for files that people open."""
    return json.dumps(json.loads(encode(record)), ensure_ascii=False, indent=2) + "\n"


def from_dict(cls: type[R], data: JsonValue) -> R:
    """The record that `to_dict` gave.

    Raises:
        UsageError: not an object, no or a newer `schema_version`, or fields that don't fit.
    """
    name = cls.__name__
    if not isinstance(data, dict):
        raise UsageError(f"expected an object ({name}), found {type(data).__name__}")
    body = dict(data)
    version = body.pop("schema_version", None)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise UsageError(f"no schema_version: this is not a {name} written by lcbrb")
    if version > cls.SCHEMA_VERSION:
        raise UsageError(
            f"{name} has schema version {version}, but this lcbrb reads only up to "
            f"{cls.SCHEMA_VERSION}: upgrade lcbrb"
        )
    body = cls.upgraded(body, version)
    try:  # by way of text: only there do strict rules take a list for a tuple, a name for an enum
        text = json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8")
        reader, _ = _reader_and_writer(cls)
        record: R = reader.validate_json(text)
    except ValidationError as error:
        raise UsageError(f"not a valid {name}: {_first_problem(error)}") from error
    except (ValueError, RecursionError) as error:  # half of a surrogate pair, or NaN
        raise UsageError(f"not a valid {name}: {error}") from error
    return record


def decode(cls: type[R], text: str) -> R:
    """The record in one line of JSON.

    Raises:
        UsageError: what `from_dict` refuses, and text that is no JSON.
    """
    return from_dict(cls, parse_json(text))


def _first_problem(error: ValidationError) -> str:
    where, why = first_problem(error)
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{where}: {why}{more}"


# ------------------------------------------------------------------------------ whole files


def sha256_text(text: str) -> str:
    """Hex sha256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def sha256_file(path: Path) -> str:
    """Hex sha256 of a file's bytes.

    Raises:
        DataUnavailableError, BadInputError: there is no such file, or it is no regular one.
    """
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_records(records: Iterable[Record]) -> str:
    """Hex sha256 of records in the order given; what a run was computed over."""
    digest = hashlib.sha256()
    for record in records:
        digest.update(encode(record).encode("utf-8") + b"\n")
    return digest.hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: a reader never sees half of it.

    A link is followed; what is no file (a device, a pipe) is written to as it stands.

    Raises:
        UsageError: `path` is a folder.
    """
    if path.is_symlink():
        path = path.resolve()
    if path.is_dir():
        raise UsageError(f"{path} is a folder: name a file to write")
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a regular file whole or not at all, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Write records as JSONL, whole or not at all."""
    write_text(path, "".join(encode(record) + "\n" for record in records))


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every file system lets a folder be synced
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def read_text(path: Path) -> str:
    """A text file that is one document, unpacked if it is gzipped.

    Raises:
        DataUnavailableError: there is no such file, or it can't be read.
        BadInputError: it is no regular file, too large, a broken gzip file or not UTF-8.
    """
    with in_file(path):
        return _text(read_whole(path), "utf-8-sig")


def read_text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Number (from 1) and text of each line, which keeps its end; raises as `read_text`."""
    for number, line in read_lines(path):
        with in_file(path, line=number):
            text = read_text_line(line, number)
        yield number, text


def read_text_line(line: bytes, number: int) -> str:
    """The text of the line of that number; a file's first may have a byte order mark."""
    return _text(line, "utf-8-sig" if number == 1 else "utf-8")


def _text(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise UsageError(f"not UTF-8 text ({error.reason} at byte {error.start})") from error


def read_json_lines(
    path: Path, decode: Callable[[str], JsonValue] = parse_json
) -> Iterator[tuple[int, JsonValue]]:
    """Line number (from 1) and value of each line that is not blank.

    Raises:
        BadInputError: a line that `decode` refuses; the line is named.
        DataUnavailableError: the file can't be read.
    """
    for number, line in read_text_lines(path):
        if line.strip():
            with in_file(path, line=number):
                value = decode(line)
            yield number, value


def read_records(cls: type[R], path: Path) -> list[R]:
    """All records of a JSONL file; blank lines are none.

    Raises:
        BadInputError: a line does not hold such a record; the line is named.
        DataUnavailableError: the file can't be read.
    """
    blocks = read_row_blocks(cls, path, growing=False)
    return [record for rows in blocks for record in as_records(cls, rows)]


def read_row_blocks(cls: type[Record], path: Path, *, growing: bool) -> Iterator[list[Any]]:
    """The rows of a JSONL file, many at once: records, or what stands for them.

    Args:
        cls: of the records. A line that lcbrb wrote comes as a twin of the record, with its fields
            and properties (`lcbrb.quick_rows`); `as_records` makes records of rows.
        path: the file.
        growing: a file of a run folder: a last line without a line end is being written, or a kill
            left it behind, and is left out. In other files it counts, and blank lines do not.

    Raises:
        BadInputError: a line does not hold such a record; the line is named.
        DataUnavailableError: the file can't be read.
    """
    reader = quick_reader(cls)
    for first, block in read_blocks(path):
        whole = block[: block.rfind(b"\n") + 1] if growing else block
        rows = reader.rows(whole) if reader else None
        if rows is None:
            rows = []
            for number, line in enumerate(BytesIO(whole), start=first):
                own = reader.rows(line) if reader else None
                if own is None:
                    with in_file(path, line=number):
                        text = read_text_line(line, number)
                        own = [decode(cls, text)] if growing or text.strip() else []
                rows += own
        yield rows


def read_record(cls: type[R], path: Path) -> R:
    """The one record of a JSON file.

    Raises:
        BadInputError: the file does not hold such a record.
        DataUnavailableError: the file can't be read.
    """
    with in_file(path):
        return decode(cls, read_text(path))
