"""gate.toml: tolerances, directions and metrics, by benchmark.

::

    alpha = 0.05             # the chance that any check FAILs though nothing changed
    power = 0.8              # of the minimum detectable drop
    tolerance = 0.02         # a drop of 2 points is accepted; for benchmarks that say nothing else
    missing = "fail"         # or "note": does a benchmark that the candidate lacks stop the gate?
    allow = ["sampling"]     # as --allow: version, data, sampling, isolation, judge
    quarantine = "quarantine.toml"  # beside this file

    [benchmark."humaneval+"]
    tolerance = 0.03

    [[benchmark.livecodebench]]      # several checks on one benchmark
    metric = "pass@5"
    [[benchmark.livecodebench]]
    metric = "truncated"             # the share of samples that end so
    direction = "lower"
    tolerance = 0.01
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from lcbrb import config
from lcbrb.errors import UnknownNameError, UsageError, in_file
from lcbrb.gates.metrics import parse_measure
from lcbrb.gates.report import Difference, Direction
from lcbrb.rows import read_toml

_HALF = 0.5


class Missing(StrEnum):
    """What a benchmark that the candidate lacks does to the gate."""

    FAIL = "fail"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What is compared on a benchmark; None: what fits the records, and the gate's tolerance."""

    benchmark: str
    metric: str | None = None
    direction: Direction | None = None
    tolerance: float | None = None

    def __post_init__(self) -> None:
        """Refuse what can't be compared."""
        if self.metric is not None:
            parse_measure(self.metric)
        if self.tolerance is not None:
            _check_tolerance(self.tolerance)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateConfig:
    """The whole of gate.toml; the defaults are a gate without one."""

    alpha: float = 0.05
    power: float = 0.8
    tolerance: float = 0.02
    missing: Missing = Missing.FAIL
    allow: tuple[Difference, ...] = ()
    quarantine: Path | None = None
    checks: tuple[Check, ...] = ()

    def __post_init__(self) -> None:
        """Refuse numbers that give no test."""
        if not 0.0 < self.alpha < _HALF:
            raise UsageError(f"alpha must lie between 0 and 0.5, not {self.alpha!r}")
        if not _HALF < self.power < 1.0:
            raise UsageError(f"power must lie between 0.5 and 1, not {self.power!r}")
        _check_tolerance(self.tolerance)


def _check_tolerance(tolerance: float) -> None:
    if not 0.0 <= tolerance < 1.0:
        raise UsageError(
            f"tolerance is a share from 0 to below 1 (0.02 is two points), not {tolerance!r}"
        )


def load_config(path: Path | None) -> GateConfig:
    """The configuration in a file; the defaults where there is none.

    Raises:
        DataUnavailableError: there is no such file.
        BadInputError: it is no TOML, or says something that no gate can do.
    """
    if path is None:
        return GateConfig()
    with in_file(path):
        return _from_tables(read_toml(path), path.parent)


def _from_tables(tables: dict[str, Any], folder: Path) -> GateConfig:
    rest = {key: value for key, value in tables.items() if key not in {"benchmark", "quarantine"}}
    if "checks" in rest:
        known = [field.name for field in dataclasses.fields(GateConfig) if field.name != "checks"]
        raise UnknownNameError("setting of a gate", "checks", [*known, "benchmark"])
    if "quarantine" in tables:
        if not isinstance(tables["quarantine"], str):
            raise UsageError("quarantine must be the name of a file")
        rest["quarantine"] = folder / tables["quarantine"]
    benchmarks = tables.get("benchmark", {})
    if not isinstance(benchmarks, Mapping):
        raise UsageError('benchmark must be a table for each name: [benchmark."humaneval+"]')
    checks = [check for name, value in benchmarks.items() for check in _checks(name, value)]
    return dataclasses.replace(config.build(GateConfig, rest, "a gate"), checks=tuple(checks))


def _checks(name: str, value: Any) -> Iterable[Check]:
    checks = []
    for table in value if isinstance(value, list) else [value]:
        if not isinstance(table, Mapping) or "benchmark" in table:
            raise UsageError(f'[benchmark."{name}"] takes only metric, direction and tolerance')
        checks.append(config.build(Check, {"benchmark": name, **table}, f"benchmark {name}"))
    metrics = [check.metric for check in checks]
    if len(set(metrics)) < len(metrics):
        raise UsageError(f"benchmark {name} has the same metric twice")
    return checks


def parse_allow(names: Iterable[str]) -> tuple[Difference, ...]:
    """The differences that a user allows, each once.

    Raises:
        UnknownNameError: a word that is none of version, data, sampling, isolation, judge.
    """
    wanted = dict.fromkeys(filter(None, map(str.strip, names)))
    known = [difference.value for difference in Difference]
    for name in wanted:
        if name not in known:
            raise UnknownNameError("difference to allow", name, known)
    return tuple(map(Difference, wanted))
