"""Problems that are left out for a while, by file, each with a reason and a last day.

::

    [[problem]]
    benchmark = "humaneval+"
    problem = "HumanEval/32"
    until = 2027-01-31       # the last day; after it the problem counts again
    reason = "the checker of this release is broken"
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb import config
from lcbrb.errors import BadInputError, UsageError, in_file
from lcbrb.rows import read_toml


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A problem of a benchmark that is left out up to and including a day."""

    benchmark: str
    problem: str
    until: dt.date
    reason: str

    def __post_init__(self) -> None:
        """Refuse an entry that says nothing."""
        if not self.reason.strip():
            raise UsageError(f"{self.problem} needs a reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """The entries in force on a day, and those whose last day has gone."""

    active: tuple[Quarantined, ...] = ()
    expired: tuple[Quarantined, ...] = ()

    def problems(self, benchmark: str) -> frozenset[str]:
        """The benchmark's problems that are left out; entries may name a release or not."""
        names = {benchmark, family(benchmark)}
        return frozenset(entry.problem for entry in self.active if entry.benchmark in names)


def family(benchmark: str) -> str:
    """A benchmark's name without release and window."""
    return re.split("[@?]", benchmark, maxsplit=1)[0]


def load_quarantine(path: Path | None, today: dt.date) -> Quarantine:
    """The entries of a file; none where there is no file.

    Raises:
        DataUnavailableError: there is no such file.
        BadInputError: it is no TOML, or an entry lacks something.
    """
    if path is None:
        return Quarantine()
    tables = read_toml(path)
    rows = tables.get("problem", [])
    if set(tables) - {"problem"} or not isinstance(rows, list):
        raise BadInputError("may contain only [[problem]] entries", path=path)
    entries: list[Quarantined] = []
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise BadInputError(f"quarantined problem {number} is not a table", path=path)
        with in_file(path):
            entries.append(config.build(Quarantined, row, f"quarantined problem {number}"))
    return Quarantine(
        active=tuple(entry for entry in entries if entry.until >= today),
        expired=tuple(entry for entry in entries if entry.until < today),
    )


def expiry_notes(quarantine: Quarantine) -> Sequence[str]:
    """A line on each entry that counts again."""
    return [
        f"{entry.benchmark} {entry.problem} was in quarantine until {entry.until} and counts "
        f"again ({entry.reason})"
        for entry in quarantine.expired
    ]
