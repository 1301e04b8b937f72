"""Files that others wrote: opened in one way, and read within what the memory holds.

A file must be a regular one, or a link to one: a pipe, a socket, a device or a folder is refused
before anything is read of it. gzip is told by the first bytes, not by the name. What a file may
take is a share of the memory that is free when it is opened (`budget`): a packed file that unpacks
to more than there is ends in an error that names it, and so does a line without an end.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from lcbrb.errors import BadInputError, DataUnavailableError, UsageError

BUDGET_VARIABLE = "LCBRB_INPUT_MIB"
MIB = 1 << 20
ROW_BYTES = 2048  # what a row costs beside its text: a million empty ones are no empty file
_OF_FREE, _OF_BUDGET = 2, 16  # the budget is half of what is free, one document a sixteenth of that
_LEAST_DOCUMENT = 64 * MIB
_UNKNOWN_FREE = 4096 * MIB
#: a file that unpacks to more than this, and to more than so many times its size, is a bomb; texts
#: and tables of results come to 30 times, and gzip ends at 1032
_RATIO_FROM, _LARGEST_RATIO = 256 * MIB, 300
_GZIP = b"\x1f\x8b"
_CHUNK = MIB
_BLOCK = MIB // 4  # of lines that are read together
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one file may take: all of it with `ROW_BYTES` for each row, and one document of it.

    A document is what must be in memory as a whole: a line, a JSON or TOML file, what Parquet packs
    together, a field that is packed by itself.
    """

    file_bytes: int
    document_bytes: int


def budget() -> Budget:
    """Half of the free memory for a file and a 32nd (64 MiB at least) for a document of it.

    ``LCBRB_INPUT_MIB`` sets the first, and the second to a sixteenth of it, 64 MiB at least.

    Raises:
        UsageError: the variable is no positive number.
    """
    named = os.environ.get(BUDGET_VARIABLE)
    if named:
        if not (named.isascii() and named.isdigit() and int(named[:12]) > 0):
            raise UsageError(f"{BUDGET_VARIABLE} is a whole number of MiB, not {named!r}")
        whole = int(named[:12]) * MIB
    else:
        whole = _free_bytes() // _OF_FREE
    document = min(whole, max(whole // _OF_BUDGET, _LEAST_DOCUMENT))
    return Budget(file_bytes=whole, document_bytes=document)


def too_large(problem: str, path: Path | str) -> BadInputError:
    """The error for what a budget does not hold, with the way out."""
    return BadInputError(
        f"{problem}; if it is meant to be that large, set the memory that a file may take, in "
        f"MiB: {BUDGET_VARIABLE}=…",
        path=path,
    )


@contextmanager
def open_regular(path: Path) -> Iterator[BufferedReader]:
    """A regular file, open for reading its bytes.

    Raises:
        DataUnavailableError: there is no such file, or it can't be read.
        UsageError: it is something else, or there is no memory left to read it.
    """
    try:
        if "\0" in str(path):
            raise UsageError(f"{str(path)!r} is not a file name")
        _check_regular(path, Path(path).stat().st_mode)
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=_CHUNK) as file:
            _check_regular(path, os.fstat(descriptor).st_mode)  # it may have changed since
            yield file  # type: ignore[misc]  # typeshed says BinaryIO of a reader that is buffered
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadInputError("the gzip data is broken or cut off", path=path) from error
    except OSError as error:
        raise DataUnavailableError(f"{path}: {error.strerror or error}") from error
    except MemoryError as error:
        raise too_large("it needs more memory than is available", path) from error


def _check_regular(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "no file")
        raise BadInputError(f"it is {kind}: name a regular file", path=path)


def read_lines(path: Path, *, kept: bool = True) -> Iterator[tuple[int, bytes]]:
    """Number (from 1) and bytes of each line of a text file, unpacked; a line keeps its end.

    Where lines are not `kept`, but let go of before the next, the file may be of any size.

    Raises:
        DataUnavailableError: there is no such file, or it can't be read.
        BadInputError: it is no regular file, broken gzip data, or more than its `budget`.
    """
    with open_regular(path) as file:
        spent = _Spent(path, file)
        number = 0
        while line := spent.source.readline(spent.most.document_bytes + 1):
            number += 1
            spent.check_line(len(line), number)
            if kept:
                spent.add(len(line) + ROW_BYTES, number)
            yield number, line


def read_blocks(path: Path) -> Iterator[tuple[int, bytes]]:
    """Whole lines, many at once, and the number of the first of them; raises as `read_lines`."""
    with open_regular(path) as file:
        spent = _Spent(path, file)
        number = 1
        while block := spent.source.read(_BLOCK):
            if not block.endswith(b"\n"):
                block += spent.source.readline(spent.most.document_bytes + 1)
            lines = block.count(b"\n") + (not block.endswith(b"\n"))
            # what was read at once is shorter than any limit: only the last line may be too long
            spent.check_line(len(block) - block.rfind(b"\n", 0, -1) - 1, number + lines - 1)
            spent.add(len(block) + lines * ROW_BYTES, number + lines - 1)
            yield number, block
            number += lines


def read_whole(path: Path) -> bytes:
    """The bytes of a file that is one document, unpacked; raises as `read_lines`."""
    with open_regular(path) as file:
        spent = _Spent(path, file)
        parts, size = [], 0
        while part := spent.source.read(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > spent.most.document_bytes:
                raise too_large(f"it holds more than {spent.most.document_bytes // MIB} MiB", path)
            spent.add(len(part), 0)
        return b"".join(parts)


def is_packed(file: BufferedReader) -> bool:
    """Whether an open file is gzipped; it stands at its beginning afterwards."""
    packed = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    return packed


class _Spent:
    """An open file's bytes, unpacked, and what has been taken of its budget."""

    def __init__(self, path: Path, file: BufferedReader) -> None:
        self.path, self.most = path, budget()
        self.packed = is_packed(file)
        self.source = gzip.GzipFile(fileobj=file) if self.packed else file
        self._size = max(1, os.fstat(file.fileno()).st_size)
        self._spent = self._rows = 0

    def check_line(self, length: int, number: int) -> None:
        """Refuse a line that is longer than a document may be."""
        if length > self.most.document_bytes:
            most = self.most.document_bytes // MIB
            raise too_large(f"line {number} is longer than {most} MiB", self.path)

    def add(self, count: int, rows: int) -> None:
        """Count what was read.

        Raises:
            BadInputError: more than the budget, or than a packed file of this size holds.
        """
        self._spent += count
        unpacked = self._spent - rows * ROW_BYTES
        if self.packed and unpacked > max(_RATIO_FROM, _LARGEST_RATIO * self._size):
            raise BadInputError(
                f"it unpacks to more than {unpacked // MIB} MiB, over {_LARGEST_RATIO} times its "
                "own size; if it is meant to, unpack it first",
                path=self.path,
            )
        if self._spent > self.most.file_bytes:
            most = f"{self.most.file_bytes // MIB} MiB"
            lines = f" with its {rows} lines and more" if rows else ""
            raise too_large(f"it takes more than {most}{lines}", self.path)


# ------------------------------------------------------------------------------- the free memory


def _free_bytes() -> int:
    """What this process may still take: of the machine, its container, and its own limit."""
    limits = [_available(), _of_container(), _of_own_limit()]
    return min((size for size in limits if size is not None), default=_UNKNOWN_FREE)


def _available() -> int | None:
    with contextlib.suppress(OSError, ValueError, LookupError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        return int(fields["MemAvailable"].split()[0]) * 1024
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return None


def _of_container() -> int | None:
    """The least limit of the process's control groups (version 2)."""
    limits = []
    with contextlib.suppress(OSError, ValueError):
        own = Path("/proc/self/cgroup").read_text(encoding="utf-8").partition("0::/")[2].strip()
        folder = Path("/sys/fs/cgroup") / own
        for group in (folder, *folder.parents[: len(Path(own).parts)]):
            with contextlib.suppress(OSError, ValueError):  # the root has none, or it says "max"
                limits.append(int((group / "memory.max").read_text(encoding="ascii")))
    return min(limits, default=None)


def _of_own_limit() -> int | None:
    """What ``ulimit -v`` leaves."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # POSIX only

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        if soft != resource.RLIM_INFINITY:
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
            return max(0, soft - pages * os.sysconf("SC_PAGE_SIZE"))
    return None
