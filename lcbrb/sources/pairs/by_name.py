"""Preference pairs by name, file or hub data set: `open_pairs` decides which is meant."""

from __future__ import annotations

import dataclasses
import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from lcbrb.codec import sha256_records, sha256_text
from lcbrb.errors import DataUnavailableError, UnknownNameError, UsageError
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec, parse_spec
from lcbrb.sources import PAIR_SOURCES
from lcbrb.sources.pairs.pair_files import FILE_SUFFIXES, hub_pairs, read_pair_file
from lcbrb.sources.pairs.published import read_published
from lcbrb.types import OfSample, PreferencePair

HUB = "hf://datasets/"  # before a data set's id, as huggingface-hub names it

R = TypeVar("R", bound=PreferencePair | OfSample)

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")


def open_pairs(text: str) -> PairSet:
    """The pairs that a spec names.

    Args:
        text: a source (``rm-bench:code``), a file (``pairs.jsonl?chosen=good``), a folder that
            `lcbrb pairs publish` wrote, or the id of a hub data set
            (``ORG/NAME@REVISION?split=test``).

    Raises:
        UnknownNameError, DataUnavailableError, BadInputError, UsageError: as each source says.
    """
    spec = parse_spec(text)
    if spec.kind in PAIR_SOURCES:
        pair_set: PairSet = PAIR_SOURCES.load(spec.kind)(spec)
    else:
        pair_set = _from_file_or_hub(spec)
    if not pair_set.pairs:
        raise UsageError(f"{spec.text} contains no pairs")
    return dataclasses.replace(pair_set, pairs=_told_apart(pair_set.pairs))


def _told_apart(pairs: Sequence[PreferencePair]) -> list[PreferencePair]:
    """The pairs with ids that differ: the second of two equal pairs gets one of its own.

    RM-Bench repeats a response now and then in two styles; each pair is scored and kept.
    """
    seen: Counter[str] = Counter()
    apart = []
    for pair in pairs:
        seen[pair.id] += 1
        number = seen[pair.id]
        if number > 1:
            pair = dataclasses.replace(pair, id=sha256_text(f"{pair.id}#{number}"))  # noqa: PLW2901
        apart.append(pair)
    return apart


def _from_file_or_hub(spec: Spec) -> PairSet:
    where = f"{spec.kind}:{spec.target}" if spec.target else spec.kind
    path = Path(where).expanduser()
    if path.is_dir():
        return read_published(path, spec)
    if path.exists():
        return read_pair_file(path, spec)
    if path.name.removesuffix(".gz").endswith(FILE_SUFFIXES):
        raise DataUnavailableError(f"{path}: no such file of pairs")
    where = where.removeprefix(HUB)
    if _HUB_ID.fullmatch(where):
        return hub_pairs(where, spec)
    raise UnknownNameError("pair source", spec.kind, PAIR_SOURCES.names())


def as_pair_set(pairs: str | PairSet | Sequence[PreferencePair]) -> PairSet:
    """Pairs under a name, however they are given; raises as `open_pairs`."""
    if isinstance(pairs, str):
        return open_pairs(pairs)
    if isinstance(pairs, PairSet):
        return pairs
    return PairSet(name="pairs", version=sha256_records(pairs)[:12], pairs=pairs)


def as_pair_sets(
    several: Sequence[str | PairSet | Sequence[PreferencePair]],
) -> list[PairSet]:
    """Sets of pairs that results can be told apart by.

    Raises:
        LcbrbError: as `open_pairs`.
        UsageError: two have one name.
    """
    sets = [as_pair_set(pairs) for pairs in several]
    names = [pair_set.name for pair_set in sets]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(
            f"two sets of pairs have the name {twice}: give each set once, or rename a file"
        )
    return sets


def draw(rows: Sequence[R], most: int | None, seed: int) -> Sequence[R]:
    """About `most` pairs or samples, whole problems at a time, the same ones for the same seed.

    Problems are drawn in a seeded order that does not depend on the order of the rows; drawing
    stops once `most` is reached, so the last problem may carry the count past it. The rows keep
    their order. All are drawn where `most` is None.
    """
    if most is None or most >= len(rows):
        return rows
    sizes = Counter(row.problem_id for row in rows)
    order = sorted(sizes)
    random.Random(seed).shuffle(order)
    chosen: set[str] = set()
    count = 0
    for problem_id in order:
        if count >= most:
            break
        chosen.add(problem_id)
        count += sizes[problem_id]
    return [row for row in rows if row.problem_id in chosen]
