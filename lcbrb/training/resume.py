"""Checkpoints that a stopped training goes on from: marked once they are on disk, held to the mark.

::

    checkpoint-N/         as the library writes it
    checkpoint-N/whole    the mark: every file's size and CRC-32, written once they are on disk

A checkpoint counts where its files are what its mark says, and where the same holds of the
checkpoint with the best weights so far, to which it refers by its step.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb import codec
from lcbrb.training.processes import ALONE, Processes

WHOLE = "whole"
_STATE = "trainer_state.json"  # the library's name
_KEPT = 2  # the newest ones; the one before is what is left where the newest is damaged
_CHUNK = 1 << 20  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoints:
    """What a run's folder holds.

    `usable` are in the order of their steps; `damaged` says, for each checkpoint that was marked
    and can't be used all the same, why.
    """

    usable: Sequence[Path]
    damaged: Mapping[str, str]

    def note(self) -> str:
        """What is damaged, for people; empty where nothing is."""
        if not self.damaged:
            return ""
        why = "; ".join(f"{name} ({reason})" for name, reason in self.damaged.items())
        after = f"went on from {self.usable[-1].name}" if self.usable else "began anew"
        return f"damaged: {why}; training {after}"


def checkpoints(folder: Path) -> Checkpoints:
    """Find the checkpoints of a run that can be gone on from; every file of them is read."""
    marked = sorted((path.parent for path in folder.glob(f"checkpoint-*/{WHOLE}")), key=step_of)
    damaged = {path.name: why for path in marked if (why := _damage(path))}
    whole = [path for path in marked if path.name not in damaged]
    known, usable = {step_of(path) for path in whole}, []
    for path in whole:
        best = best_step(path)
        if best is None or best in known:
            usable.append(path)
        else:
            damaged[path.name] = f"its best weights, of checkpoint-{best}, can't be used"
    return Checkpoints(usable=usable, damaged=damaged)


def step_of(checkpoint: Path) -> int:
    """After how many steps a checkpoint was written."""
    return int(checkpoint.name.rpartition("-")[2])


def best_step(checkpoint: Path) -> int | None:
    """The step with the best weights when a checkpoint was written; None before an evaluation."""
    step: int | None = json.loads((checkpoint / _STATE).read_bytes())["best_global_step"]
    return step


def mark_whole(checkpoint: Path) -> None:
    """Mark a checkpoint that was written to its end, once all of it is on disk.

    Raises:
        OSError: something can't be synced or written.
    """
    files = sorted(path for path in checkpoint.rglob("*") if path.is_file())
    for path in {checkpoint, *(path.parent for path in files), *files}:
        _sync(path)
    facts = {
        path.relative_to(checkpoint).as_posix(): {"size": path.stat().st_size, "crc32": _crc(path)}
        for path in files
    }
    codec.write_text(checkpoint / WHOLE, json.dumps(facts, indent=1) + "\n")
    _sync(checkpoint)
    _sync(checkpoint.parent)


def keep_whole(checkpoint: Path, processes: Processes = ALONE) -> None:
    """Mark a checkpoint once every process has written its files; older ones may go then.

    Raises:
        OSError: something can't be synced or written.
        SetupError: the same, in the other processes.
    """

    def mark() -> None:
        mark_whole(checkpoint)
        remove_older(checkpoint.parent)

    processes.gathered(checkpoint.name)
    processes.told(mark)


def remove_others(folder: Path, kept: Sequence[Path]) -> None:
    """Remove every checkpoint of a run but some, and their best ones."""
    names = {path.name for path in kept}
    names |= {f"checkpoint-{step}" for path in kept if (step := best_step(path)) is not None}
    for path in folder.glob("checkpoint-*"):
        if path.name not in names:
            shutil.rmtree(path)


def remove_older(folder: Path) -> None:
    """Remove every checkpoint of a run but the newest two that are marked, and their best ones."""
    marked = sorted((path.parent for path in folder.glob(f"checkpoint-*/{WHOLE}")), key=step_of)
    remove_others(folder, marked[-_KEPT:])


def _damage(checkpoint: Path) -> str:
    """The first file of a checkpoint that is not what the mark says; empty where none is."""
    try:
        files = json.loads((checkpoint / WHOLE).read_bytes())
        for name, facts in files.items():
            path = checkpoint / name
            if not path.is_file():
                return f"{name} is gone"
            if (size := path.stat().st_size) != facts["size"]:
                return f"{name} has {size} of {facts['size']} bytes"
            if _crc(path) != facts["crc32"]:
                return f"the content of {name} has changed"
    except (ValueError, KeyError, TypeError, AttributeError):
        return "its marker file can't be read"
    except OSError as error:
        return f"{error.filename or 'a file'} can't be read: {error.strerror}"
    return "" if _STATE in files else f"it has no {_STATE}"


def _crc(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            value = zlib.crc32(chunk, value)
    return value


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
