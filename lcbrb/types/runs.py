"""Estimates, and the records of what was measured."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from lcbrb.types.base import JsonValue, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate(Record):
    """A number with what is needed to trust it.

    `n` counts observations and `clusters` the independent groups they fall into (problems).
    `low` and `high` are None where too few clusters carry an interval; `method` names how the
    interval was made.
    """

    value: float
    low: float | None
    high: float | None
    n: int
    clusters: int
    level: float
    method: str


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
    OTHER = "other"

    @classmethod
    def _missing_(cls, _: object) -> RunKind:
        return cls.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord(Record):
    """What a run measured, and all that is needed to say what it was.

    `kind` is the word of a `RunKind`, or one that another program chose (``RunKind(record.kind)``).
    """

    kind: str
    run_id: str
    subject: str
    benchmark: str
    dataset_sha256: str
    estimates: dict[str, Estimate]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PairManifest(Record):
    """What lies beside a file of pairs: how they were made, and an account of every completion.

    `counts` tallies pairs by sampler, difficulty and category, and completions by status and label;
    `agreement` counts our verdicts against recorded ones.
    """

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
