"""A run that another tool made, as its files tell it: data only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lcbrb.types import Completion, Estimate, JsonValue, Metric, Verdict

_Z, _LEVEL = 1.959963984540054, 0.95  # of a normal interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """The tool that judged; an empty `version` says that its files don't tell it."""

    name: str
    version: str = ""

    def __str__(self) -> str:
        """For people."""
        return f"{self.name} {self.version}" if self.version else f"{self.name} (no version told)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRun:
    """One model on one benchmark.

    `subject_told` is False where `subject` is no more than the name of a file or folder.
    `completions` and `verdicts` stand in the same order; a verdict is None where the tool gave a
    sample no status. `total` counts the problems of the whole benchmark, 0 where that is not known.
    `data_sha256` is of what the files tell of the problems. `figures` are what the tool itself
    computed, or what is computed here of its per-sample results: its name for the metric stays.
    `settings` go into the record's config. `complete` is False where the tool says that it did not
    come to its end.
    """

    tool: Tool
    files: Sequence[Path]
    subject: str
    benchmark: str
    benchmark_version: str
    data_sha256: str
    subject_told: bool = True
    completions: Sequence[Completion] = ()
    verdicts: Sequence[Verdict | None] = ()
    problems: int = 0
    total: int = 0
    figures: Mapping[Metric, Estimate] = field(default_factory=dict)
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    revision: str | None = None
    started_at: dt.datetime | None = None
    wall_s: float | None = None
    complete: bool = True
    notes: Sequence[str] = ()


def their_estimate(value: float, error: float | None, n: int, who: str) -> Estimate:
    """What a tool computed, with a normal interval where it gives a standard error above 0."""
    half = _Z * error if error is not None and error > 0 else None
    why = "it gives no standard error" if half is None else "normal, its standard error"
    return Estimate(
        value=value,
        low=None if half is None else value - half,
        high=None if half is None else value + half,
        n=n,
        clusters=n,
        level=_LEVEL,
        method=f"{who}: {why}",
    )
