"""TRM-Preference: two reasonings with a right answer each, of which one is the better thinking.

Source: arXiv 2602.08498, data ``zzzhr97/TRM-Preference``. A row has `prompt`, `chosen` and
`rejected`, each a list of messages (`role`, `content`); the fields and the roles were read in
public code that opens the data at the revision below. A model compared the two sides for macro and
micro efficiency and effectiveness, and both reach the right answer, so no outcome tells them apart.
As its own reward model reads a side, the reasoning is what stands before ``</think>``, or all of
it where there is no such mark.

Names: ``trm-preference`` (the 1,500 pairs held out), ``trm-preference:train`` (103,000 pairs, a
file of 2 GB), ``trm-preference:FILE``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lcbrb.errors import UsageError
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.rows import Row
from lcbrb.sources.base import Source, refuse_options
from lcbrb.sources.hub import hub_files
from lcbrb.sources.pairs.pair_files import contents
from lcbrb.types import PreferencePair, Relation

_OPEN, _CLOSE = "<think>", "</think>"


def _source(split: str) -> Source:
    file = f"TRM-preference-{split}.json"
    return Source(
        name="trm-preference",
        row="a TRM-Preference row",
        local=(f"preference/trm-preference/{file}",),
        homes=hub_files("zzzhr97/TRM-Preference", "0d0752035ea0e8f7d5c28e1e7a7d8f27e2e45d61", file),
    )


SOURCE = _source("test")
_SPLITS = {"": SOURCE, "test": SOURCE, "train": _source("train")}


def load_pairs(spec: Spec) -> PairSet:
    """One pair a row; pairs whose reasonings are equal are left out and counted.

    Raises:
        UsageError: options, of which there are none.
        DataUnavailableError, BadInputError: the file is not there, or not in the layout; file and
            row (or line) are named.
    """
    refuse_options(spec)
    if source := _SPLITS.get(spec.target):
        version, pairs = source.read(_pair)
    else:
        version, pairs = SOURCE.read(_pair, Path(spec.target).expanduser())
    return SOURCE.without_equal_sides(spec, version, pairs)


def _pair(row: Row) -> Iterator[PreferencePair]:
    asked = contents(row, "prompt")
    yield SOURCE.pair(
        prompt="\n\n".join(asked),
        chosen=_reasoning(row, "chosen", asked),
        rejected=_reasoning(row, "rejected", asked),
        relation=Relation.GIVEN,
    )


def _reasoning(row: Row, side: str, asked: list[str]) -> str:
    *before, reply = contents(row, side)
    if before not in ([], asked):
        raise UsageError(f"'{side}' holds messages before its last that are not those of 'prompt'")
    reasoning, _, _ = reply.partition(_CLOSE)
    return reasoning.strip().removeprefix(_OPEN).strip()
