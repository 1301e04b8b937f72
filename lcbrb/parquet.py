"""Rows of Parquet files, a few at a time: what is packed together may unpack to anything.

A column that holds one long text a million times is a few kilobytes on disk. So columns of texts
are read as dictionaries (each text once, and numbers that say which), and how much a batch of rows
comes to is reckoned before Python objects are made of it. Texts within lists are read as they are,
since Arrow knows no other way where a dictionary ends within a batch; it stops at 2 GiB of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lcbrb.errors import BadInputError
from lcbrb.input_files import MIB, ROW_BYTES, budget, open_regular, too_large
from lcbrb.types import JsonValue

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_BATCH = 64  # rows
_VALUE_BYTES = 16  # of a value that is no text, with its place in its list


def read_parquet(path: Path) -> Iterator[tuple[int, JsonValue]]:
    """Place (from 1) and fields of each row.

    Raises:
        BadInputError: it is no Parquet file, or holds more than its budget.
        DataUnavailableError: the file can't be read.
    """
    import pyarrow as pa  # slow to import, and seldom needed

    with open_regular(path) as file:
        try:
            yield from enumerate(_rows(file, path), start=1)
        except (pa.ArrowException, OSError, ValueError, ArithmeticError) as error:
            if isinstance(error, BadInputError | MemoryError):
                raise
            raise BadInputError(f"not a Parquet file ({error})", path=path) from error


def _rows(file: BinaryIO, path: Path) -> Iterator[JsonValue]:
    import pyarrow.parquet as pq

    most = budget()
    parquet = pq.ParquetFile(file)
    texts = _check_groups(parquet, path)
    parquet = pq.ParquetFile(file, read_dictionary=texts)
    spent = 0
    for batch in parquet.iter_batches(batch_size=_BATCH):
        spent += batch.num_rows * ROW_BYTES + sum(map(_unpacked_bytes, batch.columns))
        if spent > most.file_bytes:
            raise too_large(
                f"its rows come to more than {spent // MIB} MiB, and {most.file_bytes // MIB} "
                "MiB is the most that a file may take",
                path,
            )
        yield from batch.to_pylist()


def _check_groups(parquet: pq.ParquetFile, path: Path) -> list[str]:
    """The columns that hold a text each, after a look at what the file says of its parts.

    Raises:
        BadInputError: rows that are stored together can't be read together.
    """
    metadata, most, texts = parquet.metadata, budget(), set[str]()
    if metadata.num_rows * ROW_BYTES > most.file_bytes:
        raise too_large(f"it holds {metadata.num_rows} rows", path)
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        size = 0
        for place in range(group.num_columns):
            column = group.column(place)
            size += column.total_uncompressed_size + column.num_values * _VALUE_BYTES
            if column.physical_type == "BYTE_ARRAY" and "." not in column.path_in_schema:
                texts.add(column.path_in_schema)
        if size > most.file_bytes:
            raise too_large(f"{group.num_rows} rows of it come to {size // MIB} MiB", path)
    return sorted(texts)


def _unpacked_bytes(array: pa.Array) -> int:
    """How many bytes the values come to, each counted as often as it stands there."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind: Any = array.type
    if pa.types.is_dictionary(kind):
        lengths = pc.binary_length(array.dictionary)
        return pc.sum(pc.take(lengths, array.indices)).as_py() or 0
    if pa.types.is_map(kind):
        return _unpacked_bytes(array.keys) + _unpacked_bytes(array.items)
    if pa.types.is_nested(kind):
        parts = array.flatten() if pa.types.is_struct(kind) else [array.flatten()]
        return sum(map(_unpacked_bytes, parts))
    return int(array.nbytes)
