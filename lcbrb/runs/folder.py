"""The run folder: a record, and the samples it was computed from, written as work is done.

::

    record.json        the RunRecord; written at the start (complete: false) and at the end
    completions.jsonl  texts
    samples.jsonl      verdicts
    scores.jsonl       scored pairs
    sample_scores.jsonl  scored samples, of best-of-n
    pairs.jsonl        the pairs that were scored
    log.txt            what happened, with times

A run is resumed by opening its folder again with the same identity (kind, subject, benchmark,
data, settings, seed): what is on disk is kept, only the rest is done. Another identity is refused,
and so is a second process on the same folder.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from lcbrb import codec
from lcbrb.errors import UsageError
from lcbrb.runs.journal import Appender, check_own, cut_torn_line, open_own
from lcbrb.types import JsonValue, Record, RunRecord
from lcbrb.visible import visible

R = TypeVar("R", bound=Record)

RECORD = "record.json"
COMPLETIONS = "completions.jsonl"
SAMPLES = "samples.jsonl"
SCORES = "scores.jsonl"
SAMPLE_SCORES = "sample_scores.jsonl"
JUDGEMENTS = "judgements.jsonl"
PAIRS = "pairs.jsonl"
LOG = "log.txt"

_GROWING = (COMPLETIONS, SAMPLES, SCORES, SAMPLE_SCORES, JUDGEMENTS)
IDENTITY = (
    "kind",
    "subject",
    "revision",
    "benchmark",
    "benchmark_version",
    "dataset_sha256",
    "config",
    "seed",
)


class Run:
    """An open run folder. Made by `open_run`; `earlier` is what the last start left, if any did."""

    def __init__(self, path: Path, record: RunRecord, earlier: RunRecord | None) -> None:
        self.path, self.record, self.earlier = path, record, earlier
        self._before_s, self._began = record.wall_s, time.monotonic()

    @property
    def wall_s(self) -> float:
        """Seconds that all starts of the run have taken, this one until now."""
        return round(self._before_s + time.monotonic() - self._began, 3)

    def stored(self, cls: type[R], name: str) -> list[R]:
        """The records that an earlier start left in one of the folder's JSONL files."""
        path = self.path / name
        return codec.read_records(cls, path) if path.exists() else []

    def appender(self, name: str) -> Appender:
        """One of the folder's JSONL files, open for more."""
        return Appender(self.path / name)

    def keep(self, records: Iterable[Record], name: str) -> None:
        """Write one of the folder's JSONL files, unless an earlier start has."""
        check_own(self.path / name)
        if not (self.path / name).exists():
            codec.write_records(self.path / name, records)

    def log(self, message: str) -> None:
        """Add a line to log.txt."""
        stamp = now().isoformat(timespec="seconds")
        with open_own(self.path / LOG, "ab") as file:
            file.write(f"{stamp} {visible(message)}\n".encode())

    def finish(self, record: RunRecord) -> None:
        """Write the final record."""
        check_own(self.path / RECORD)
        codec.write_text(self.path / RECORD, codec.encode_pretty(record))
        self.record = record
        self.log("finished" if record.complete else "stopped incomplete")


@contextmanager
def open_run(path: Path, record: RunRecord) -> Iterator[Run]:
    """Start a run in a folder, or take an earlier start of the same run up again.

    Args:
        path: the folder; made if need be.
        record: what the run is; estimates and counts are still empty.

    Raises:
        UsageError: the folder holds another run or other files, is in use, can't be written, or
            holds links in place of its files.
    """
    record = dataclasses.replace(record, complete=False)  # until `finish` is told otherwise
    with _only_writer(path):
        earlier = _earlier_record(path)
        if earlier is None:
            codec.write_text(path / RECORD, codec.encode_pretty(record))
        else:
            _check_same_run(path, earlier, record)
            record = dataclasses.replace(
                record, run_id=earlier.run_id, started_at=earlier.started_at, wall_s=earlier.wall_s
            )
        for name in _GROWING:
            cut_torn_line(path / name)
        run = Run(path, record, earlier)
        run.log(f"{'resumed' if earlier else 'started'} {record.kind} of {record.subject}")
        with under_way(path):
            yield run


@contextmanager
def under_way(path: Path) -> Iterator[None]:
    """Work whose results a folder keeps; what leaves it by an exception is to be gone on with."""
    _UNDER_WAY.append(path)
    yield
    _UNDER_WAY.remove(path)


def left_under_way() -> Path | None:
    """The folder of the last run of this process that did not come to its end, if it is kept."""
    kept = (path for path in reversed(_UNDER_WAY) if not _TEMPORARY.intersection(path.parents))
    return next(kept, None)


def remove_temporary() -> None:
    """Remove the folders that go away with the process, where it ends without leaving `kept_in`."""
    for folder in tuple(_TEMPORARY):
        shutil.rmtree(folder, ignore_errors=True)


_UNDER_WAY: list[Path] = []
_TEMPORARY: set[Path] = set()


def _earlier_record(path: Path) -> RunRecord | None:
    if (path / RECORD).exists():
        return codec.read_record(RunRecord, path / RECORD)
    if any((path / name).exists() for name in _GROWING):
        raise UsageError(f"{path} contains samples but no {RECORD}: choose another folder")
    return None


def _check_same_run(path: Path, earlier: RunRecord, record: RunRecord) -> None:
    before, after = codec.to_dict(earlier), codec.to_dict(record)
    differing = [name for name in IDENTITY if before[name] != after[name]]
    if "config" in differing:
        keys = sorted({*before["config"], *after["config"]})
        changed = [k for k in keys if _setting(before, k) != _setting(after, k)]
        differing[differing.index("config")] = f"config ({', '.join(changed)})"
    if differing:
        raise UsageError(
            f"{path} contains another run (different {', '.join(differing)}): choose another "
            "folder, or delete this one to start over"
        )


def _setting(record: JsonValue, name: str) -> tuple[bool, JsonValue]:
    """A setting's value, and whether it is there at all (None is a value too)."""
    return name in record["config"], record["config"].get(name)


@contextmanager
def _only_writer(path: Path) -> Iterator[None]:
    """Make the folder and hold a lock on its log, where the system has locks."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        for name in (RECORD, *_GROWING, PAIRS):
            check_own(path / name)
        file = open_own(path / LOG, "ab")
    except OSError as error:
        raise UsageError(f"can't write a run folder in {path}: {error.strerror}") from error
    with file:
        try:
            import fcntl  # POSIX only

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"{path} is in use by another lcbrb process") from error
        except (ImportError, OSError):
            pass  # no locks (Windows, some network drives): two writers are the user's to avoid
        yield


@contextmanager
def kept_in(out: Path | str | None) -> Iterator[Path]:
    """The folder to keep runs in: `out`, or one that is removed at the end where it is None."""
    if out is not None:
        yield Path(out).expanduser()
        return
    with tempfile.TemporaryDirectory(prefix="lcbrb-") as folder:
        _TEMPORARY.add(Path(folder))
        yield Path(folder)


def now() -> dt.datetime:
    """The time, in UTC."""
    return dt.datetime.now(dt.UTC)


def safe_name(name: str) -> str:
    """A subject's name as the name of a folder: readable, and different for different subjects."""
    short = re.sub(r"[^A-Za-z0-9._+-]+", "-", name).strip("-.")[:80]
    return short if short and short == name else f"{short or 'run'}-{codec.sha256_text(name)[:8]}"
