"""All models of one `lcbrb eval` side by side: what its tables and its JSON document show."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from lcbrb import codec
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards.evaluation import Evaluated
from lcbrb.rewards.metrics import accuracy, audit
from lcbrb.rewards.selection import Selection
from lcbrb.stats.groups import DECISION
from lcbrb.types import Comparison, JsonValue
from lcbrb.types.short_repr import ShortRepr


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(ShortRepr):
    """Models best first; `baselines` are length and format alone on the same pairs."""

    SHOWN: ClassVar[tuple[str, ...]] = ("pair_set", "ranked")

    pair_set: PairSet
    selection: Selection
    ranked: Sequence[Evaluated]
    comparisons: Sequence[Comparison]
    groups: Sequence[accuracy.Group]
    baselines: dict[str, audit.Audit]


def report(
    pair_set: PairSet,
    selection: Selection,
    done: Sequence[Evaluated],
    baselines: dict[str, audit.Audit] | None = None,
) -> Report:
    """Rank and compare finished runs on the same pairs.

    `baselines` are `audit.baselines` of the pairs, where the caller has them already.
    """
    ranked = sorted(done, key=lambda run: -run.record.estimates[accuracy.ACCURACY].value)
    comparisons = accuracy.compare({run.record.subject: run.scored for run in done})
    return Report(
        pair_set=pair_set,
        selection=selection,
        ranked=ranked,
        comparisons=comparisons,
        groups=accuracy.groups([run.record.subject for run in ranked], comparisons),
        baselines=audit.baselines(pair_set.pairs) if baselines is None else baselines,
    )


def to_json(given: Report) -> dict[str, JsonValue]:
    """``comparisons`` and what decides them, ``groups`` and ``audit`` of the JSON document."""
    return {
        "decision": DECISION,
        "comparisons": [codec.to_dict(comparison) for comparison in given.comparisons],
        "groups": [group._asdict() for group in given.groups],
        "audit": {
            "baselines": {name: _plain(baseline) for name, baseline in given.baselines.items()},
            "models": {run.record.subject: _plain(run.audit) for run in given.ranked},
        },
    }


def _plain(value: object) -> JsonValue:
    """Dataclasses and named tuples as dicts, all the way down."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(part) for name, part in value._asdict().items()}
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    return value
