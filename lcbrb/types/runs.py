"""Estimates, and the records of what was measured."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from lcbrb.types.base import JsonValue, Record
from lcbrb.types.short_repr import ShortRepr


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate(ShortRepr, Record):
    """A number with what is needed to trust it.

    `n` counts observations and `clusters` the independent groups they fall into (problems).
    `low` and `high` are None where too few clusters carry an interval; `method` names how the
    interval was made.
    """

    SHOWN: ClassVar[tuple[str, ...]] = ("value", "low", "high", "n")

    value: float
    low: float | None
    high: float | None
    n: int
    clusters: int
    level: float
    method: str


@dataclass(frozen=True, slots=True)
class Metric:
    """What an estimate is of: a metric, over everything or over a slice of it.

    Made by `Metric.of`, which puts slices into one order: ``Metric.of("pass@1", tests="base")``.
    The slice ``sampler`` names a policy, in runs that hold several.
    """

    name: str
    slices: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, name: str, /, **slices: str) -> Metric:
        """The metric over the part of the data that the slices name."""
        return cls(name, tuple(sorted(slices.items())))

    def __str__(self) -> str:
        """For people: ``accuracy/category=maths``."""
        return "/".join([self.name, *(f"{name}={value}" for name, value in self.slices)])


@dataclass(frozen=True, kw_only=True)
class _Named(Record):
    metric: str
    slices: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class _Row(Estimate, _Named):
    """An estimate with its metric, as a record's file lists them."""


def _by_metric(rows: Sequence[_Row]) -> dict[Metric, Estimate]:
    estimates = {Metric.of(row.metric, **row.slices): Estimate(**_fields(row)) for row in rows}
    if len(estimates) < len(rows):
        raise ValueError("two estimates have the same metric")
    return estimates


def _rows(estimates: Mapping[Metric, Estimate]) -> tuple[_Row, ...]:
    return tuple(
        _Row(metric=metric.name, slices=dict(metric.slices), **_fields(estimate))
        for metric, estimate in estimates.items()
    )


def _fields(estimate: Estimate) -> dict[str, Any]:
    return {field.name: getattr(estimate, field.name) for field in dataclasses.fields(Estimate)}


class _AsRows:
    """Estimates are found by their metric in memory, and are a list of rows on disk."""

    @staticmethod
    def __get_pydantic_core_schema__(_: object, handler: Callable[[object], Any]) -> Any:
        rows = handler(tuple[_Row, ...])
        written = {"type": "function-plain", "function": _rows, "return_schema": rows}
        after = {"type": "no-info", "function": _by_metric}
        return {
            "type": "function-after",
            "function": after,
            "schema": rows,
            "serialization": written,
        }


Estimates = Annotated[dict[Metric, Estimate], _AsRows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Record):
    """Two subjects on the same pairs: `difference` is accuracy of `subject` minus `baseline`."""

    subject: str
    baseline: str
    difference: Estimate
    p_value: float | None
    p_adjusted: float | None
    method: str


class RunKind(StrEnum):
    """What a run did. Any other word is read as `OTHER`: figures that another program wrote."""

    BENCH = "bench"
    REWARD_MODEL = "reward-model"
    BEST_OF_N = "best-of-n"
    PAIRS = "pairs"
    TRAINING = "training"
    OTHER = "other"

    @classmethod
    def _missing_(cls, _: object) -> RunKind:
        return cls.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord(ShortRepr, Record):
    """What a run measured, and all that is needed to say what it was.

    `kind` is the word of a `RunKind`, or one that another program chose (``RunKind(record.kind)``).
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "kind",
        "subject",
        "benchmark",
        "estimates",
        "counts",
        "complete",
    )
    SCHEMA_VERSION: ClassVar[int] = 2

    kind: str
    run_id: str
    subject: str
    benchmark: str
    dataset_sha256: str
    estimates: Estimates
    counts: dict[str, int]
    started_at: dt.datetime
    wall_s: float
    revision: str | None = None
    benchmark_version: str = ""
    config: dict[str, JsonValue] = dataclasses.field(default_factory=dict)
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    seed: int | None = None
    complete: bool = True
    partial: bool = False
    coverage: float = 1.0
    notes: tuple[str, ...] = ()

    @classmethod
    def upgraded(cls, fields: dict[str, JsonValue], version: int) -> dict[str, JsonValue]:
        """Schema 1 had estimates by keys: ``accuracy/SLICE=VALUE``, ``pass@1/SAMPLER/tests=base``.

        A sampler's name may hold slashes, so it stays in the metric's name until the rows of the
        folder tell it (`lcbrb.runs.results`).
        """
        estimates = fields.get("estimates")
        if version > 1 or not isinstance(estimates, dict):
            return fields
        rows = []
        for key, estimate in estimates.items():
            name, _, rest = key.partition("/")
            part, sliced, value = rest.partition("=")
            if sliced and fields.get("kind") == RunKind.REWARD_MODEL:
                named = {"metric": name, "slices": {part: value}}
            else:
                named = {"metric": key, "slices": {}}
            rows.append({**named, **estimate} if isinstance(estimate, dict) else estimate)
        return {**fields, "estimates": rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairManifest(ShortRepr, Record):
    """What lies beside a file of pairs: how they were made, and an account of every completion.

    `counts` tallies pairs by sampler, difficulty and category, and completions by status and label;
    `agreement` counts our verdicts against recorded ones.
    """

    SHOWN: ClassVar[tuple[str, ...]] = ("pairs_file", "pairs", "problems", "counts", "notes")

    pairs_file: str
    pairs_sha256: str
    pairs: int
    problems: int
    counts: dict[str, int]
    agreement: dict[str, int]
    pass_rates: dict[str, Estimate]
    source: str
    source_version: str
    source_sha256: str
    config: dict[str, JsonValue]
    environment: dict[str, str]
    notes: tuple[str, ...]
    created_at: dt.datetime
