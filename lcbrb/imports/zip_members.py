"""The members of a zip archive that somebody else wrote, within what memory holds.

inspect_ai packs its logs with Zstandard (method 93), which Python's `zipfile` reads from 3.14 on
alone; pyarrow, which is installed anyway, unpacks it here.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from lcbrb.errors import BadInputError, LcbrbError
from lcbrb.input_files import MIB, budget, open_regular, too_large

_ZSTANDARD = 93
_LOCAL_HEADER = 30  # bytes before the name
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError),  # a method of its own, a password, bad names
)


class Archive:
    """An open archive."""

    def __init__(self, path: Path, file: BufferedReader) -> None:
        self._path, self._file = path, file
        self._zip = zipfile.ZipFile(file)
        self._most = budget()
        #: the last member of each name, as archives that grow have it
        self._infos = {info.filename: info for info in self._zip.infolist()}
        if sum(info.file_size for info in self._infos.values()) > self._most.file_bytes:
            raise too_large(f"it unpacks to more than {self._most.file_bytes // MIB} MiB", path)

    def names(self) -> list[str]:
        """The members' names, in their order."""
        return list(self._infos)

    def read(self, name: str) -> bytes:
        """A member, unpacked.

        Raises:
            BadInputError: it is broken, or larger than it says or than one document may be.
        """
        info = self._infos[name]
        if info.file_size > self._most.document_bytes:
            most = self._most.document_bytes // MIB
            raise too_large(f"{name} in it holds more than {most} MiB", self._path)
        if info.compress_type != _ZSTANDARD:
            return self._zip.read(info)
        content = self._unpacked(info)
        if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
            raise BadInputError(f"{name} in it is broken or cut off", path=self._path)
        return content

    def _unpacked(self, info: zipfile.ZipInfo) -> bytes:
        import pyarrow as pa

        self._file.seek(info.header_offset)
        header = self._file.read(_LOCAL_HEADER)
        lengths = [int.from_bytes(header[at : at + 2], "little") for at in (26, 28)]
        self._file.seek(sum(lengths), 1)
        packed = self._file.read(info.compress_size)
        with pa.input_stream(pa.BufferReader(packed), compression="zstd") as stream:
            content: bytes = stream.read(info.file_size + 1)
        return content


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """An archive, open for reading.

    Raises:
        DataUnavailableError: there is no such file.
        BadInputError: it is no zip archive, a broken one, or more than its budget.
    """
    with open_regular(path) as file:
        try:
            yield Archive(path, file)
        except LcbrbError:
            raise
        except _BROKEN as error:
            raise BadInputError(
                f"not a zip archive that can be read ({error})", path=path
            ) from error
