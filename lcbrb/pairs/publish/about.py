"""What the files of a published set say of it, in one place, so that they say the same."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lcbrb.pairs.audit.report import PairAudit
from lcbrb.protocols.reward import PairSet
from lcbrb.types import PreferencePair
from lcbrb.types.base import Record
from lcbrb.version import __version__
from lcbrb.visible import visible

UNKNOWN = "unknown"  # the hub's word for a licence that nobody stated
PARQUET = "data/test.parquet"
SPLIT = "test"
CARD, CROISSANT, BENCHMARK, AUDIT = "README.md", "croissant.json", "eval.yaml", "audit.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A published set, in the words of its files; texts are visible, of one line each.

    `home` is where it is published, a hub's address; empty for a folder. `groups` counts pairs by
    kind, cells, relation, category and difficulty, as far as they tell.
    """

    title: str
    licence: str
    home: str
    date: dt.date
    pairs: int
    problems: int
    pairs_sha256: str
    sources: Sequence[str]
    groups: Mapping[str, Mapping[str, int]]
    notes: Sequence[str]
    audit: PairAudit | None = None
    made_with: str = f"lcbrb {__version__}"

    @property
    def description(self) -> str:
        """One sentence."""
        origin = ", ".join(self.sources)
        return (
            f"{self.pairs} preference pairs of {self.problems} problems, each a prompt with a "
            f"chosen and a rejected response, to measure reward models by how often they rank the "
            f"chosen one higher. Source: {origin}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication(Record):
    """What was published, and where.

    `where` is a folder or ``hf://datasets/OWNER/NAME``; `revision` the commit of a hub, None for
    a folder. `files` has the sha256 of each. `load` is what `lcbrb eval --pairs` takes.
    """

    where: str
    revision: str | None
    load: str
    pairs: int
    problems: int
    pairs_sha256: str
    files: dict[str, str]


def about(  # noqa: PLR0913 - what a person says of a set
    pair_set: PairSet,
    sha256: str,
    *,
    title: str,
    licence: str,
    home: str,
    date: dt.date,
    audit: PairAudit | None,
) -> About:
    """The words of a set; see `About`."""
    pairs = pair_set.pairs
    return About(
        title=visible(title),
        licence=licence,
        home=home,
        date=date,
        pairs=len(pairs),
        problems=len({pair.problem_id for pair in pairs}),
        pairs_sha256=sha256,
        sources=sorted({visible(pair.provenance.source) for pair in pairs}),
        groups={name: counts for name, counts in _groups(pairs).items() if counts},
        notes=[visible(note) for note in pair_set.notes],
        audit=audit,
    )


def _groups(pairs: Sequence[PreferencePair]) -> dict[str, dict[str, int]]:
    columns: dict[str, list[str | None]] = {
        "kind": [pair.kind.value if pair.kind else None for pair in pairs],
        "cells": [pair.cell for pair in pairs],
        "relation": [pair.relation.value for pair in pairs],
        "category": [pair.category for pair in pairs],
        "difficulty": [pair.difficulty for pair in pairs],
    }
    return {
        name: {visible(value): count for value, count in Counter(values).most_common() if value}
        for name, values in columns.items()
    }
