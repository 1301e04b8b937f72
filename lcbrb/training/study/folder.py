"""A study's folder, which any number of processes work in at once.

::

    study.json             the settings; another study's folder is refused
    cells/seed-0/warm.json       the warm policy of a seed, as it was measured
    cells/seed-0/outcome.json    a cell's result; these two kinds are small and worth keeping
    cells/seed-0/outcome.failed.json    why it has none; gone when the cell is tried again
    warm/seed-0/           a warm policy: weights, and the samples that reward models are set on
    locks/                 who works on what
    study.html             the page

A result is written whole or not at all, so a study can be stopped anywhere; a cell that was under
way begins again. A lock is the kernel's, and is gone with the process that held it.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lcbrb import codec
from lcbrb.errors import UsageError
from lcbrb.runs.journal import check_own, open_own
from lcbrb.training.study.grid import STUDY_VERSION, Cell, Scorer, StudySettings
from lcbrb.training.study.results import CellResult, FailedCell, WarmResult
from lcbrb.types import JsonValue, Record

PAGE = "study.html"
_STUDY = "study.json"
_FAILED = ".failed.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRecord(Record):
    """Which study a folder holds: settings, version of the code's constants, seeds planned."""

    settings: dict[str, JsonValue]
    version: int
    seeds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFolder:
    """A folder and the settings of the study in it."""

    path: Path
    settings: StudySettings

    def open(self, seeds: int) -> None:
        """Make the folder, or see that it holds this study.

        Args:
            seeds: planned, if the folder is new: tests are of these alone, once they are whole.

        Raises:
            UsageError: it holds another one.
        """
        record = StudyRecord(settings=_shared(self.settings), version=STUDY_VERSION, seeds=seeds)
        place = self.path / _STUDY
        if place.exists():
            before = codec.read_record(StudyRecord, place)
            if dataclasses.replace(before, seeds=seeds) != record:
                raise UsageError(
                    f"{self.path} contains a study with other settings, or from another version "
                    "of lcbrb: choose another folder"
                )
            return
        self.path.mkdir(parents=True, exist_ok=True)
        codec.write_text(place, codec.encode_pretty(record))

    def planned(self) -> int:
        """How many seeds the study was begun with."""
        return codec.read_record(StudyRecord, self.path / _STUDY).seeds

    def cell_file(self, cell: Cell) -> Path:
        """Where a cell's result is kept."""
        return self.path / "cells" / f"{cell.name}.json"

    def failed_file(self, cell: Cell) -> Path:
        """Where it is kept why a cell has no result."""
        return self.path / "cells" / f"{cell.name}{_FAILED}"

    def failures(self) -> list[FailedCell]:
        """All cells that ended without a result, and were not tried again."""
        paths = sorted(self.path.glob(f"cells/seed-*/*{_FAILED}"))
        return [codec.read_record(FailedCell, path) for path in paths]

    def warm_folder(self, seed: int) -> Path:
        """Where a seed's warm policy is kept."""
        return self.path / "warm" / f"seed-{seed}"

    def warm_file(self, seed: int) -> Path:
        """Where what was measured of it is kept."""
        return self.path / "cells" / f"seed-{seed}" / "warm.json"

    def keep(self, record: Record, place: Path) -> None:
        """Write a result, whole."""
        place.parent.mkdir(parents=True, exist_ok=True)
        check_own(place)
        codec.write_text(place, codec.encode(record) + "\n")  # thousands of numbers, one line

    def results(self) -> list[CellResult]:
        """All cells that are done.

        Those of a reward model that the user named are left out where none is named now.

        Raises:
            BadInputError: a file is no cell's result, or of a cell with other settings.
        """
        results = [
            codec.read_record(CellResult, path)
            for path in sorted(self.path.glob("cells/seed-*/*.json"))
            if path.name != "warm.json" and not path.name.endswith(_FAILED)
        ]
        if not self.settings.reward_model:
            results = [result for result in results if result.scorer != Scorer.GIVEN]
        for result in results:
            if result.settings != settings_hash(self.settings, result.scorer):
                raise UsageError(
                    f"{self.path}: seed {result.seed}, {result.condition} belongs to a study "
                    "with other settings or another reward model: remove its file"
                )
        return results

    def warm_results(self) -> list[WarmResult]:
        """All warm policies that are measured."""
        paths = sorted(self.path.glob("cells/seed-*/warm.json"))
        return [codec.read_record(WarmResult, path) for path in paths]

    @contextmanager
    def claim(self, name: str) -> Iterator[bool]:
        """Whether a piece of work is this process's for as long as the block lasts."""
        place = self.path / "locks" / f"{name.replace('/', '.')}.lock"
        place.parent.mkdir(parents=True, exist_ok=True)
        with open_own(place, "ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


def plain(settings: StudySettings) -> dict[str, JsonValue]:
    """Settings as JSON has them."""
    values: dict[str, JsonValue] = json.loads(json.dumps(dataclasses.asdict(settings)))
    return values


def _shared(settings: StudySettings) -> dict[str, JsonValue]:
    """Without the user's reward model, which can be added later: it changes no other cell."""
    return {name: value for name, value in plain(settings).items() if name != "reward_model"}


def settings_hash(settings: StudySettings, scorer: str = "") -> str:
    """Of all that a cell's result depends on but its condition, its seed and library versions."""
    values = _shared(settings) | {"version": STUDY_VERSION}
    del values["levels"]  # which cells there are changes none of them
    if scorer == Scorer.GIVEN:
        values["reward_model"] = settings.reward_model
    return codec.sha256_text(json.dumps(values, sort_keys=True))[:16]
