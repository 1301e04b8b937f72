"""Preference pairs by name, file or hub data set: `open_pairs` decides which is meant."""

from __future__ import annotations

import dataclasses
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from lcbrb.codec import sha256_text
from lcbrb.errors import DataUnavailableError, UnknownNameError, UsageError
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec, parse_spec
from lcbrb.sources import PAIR_SOURCES
from lcbrb.sources.pairs.pair_files import FILE_SUFFIXES, hub_pairs, read_pair_file
from lcbrb.types import PreferencePair

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")


def open_pairs(text: str) -> PairSet:
    """The pairs that a spec names.

    Args:
        text: a source (``rm-bench:code``), a file (``pairs.jsonl?chosen=good``), or the id of a hub
            data set (``ORG/NAME@REVISION?split=test``).

    Raises:
        UnknownNameError, DataUnavailableError, BadInputError, UsageError: as each source says.
    """
    spec = parse_spec(text)
    if spec.kind in PAIR_SOURCES:
        found: PairSet = PAIR_SOURCES.load(spec.kind)(spec)
    else:
        found = _from_file_or_hub(spec)
    if not found.pairs:
        raise UsageError(f"{spec.text} holds no pairs")
    return dataclasses.replace(found, pairs=_told_apart(found.pairs))


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
    if path.is_file():
        return read_pair_file(path, spec)
    if path.name.removesuffix(".gz").endswith(FILE_SUFFIXES) or path.is_dir():
        raise DataUnavailableError(f"{path}: no such file of pairs")
    if _HUB_ID.fullmatch(where):
        return hub_pairs(where, spec)
    raise UnknownNameError("pair source", spec.kind, PAIR_SOURCES.names())


def subset(pairs: Sequence[PreferencePair], most: int, seed: int) -> list[PreferencePair]:
    """About `most` pairs, whole problems at a time, the same ones for the same seed.

    Problems are drawn in a seeded order that does not depend on the order of the pairs; drawing
    stops once `most` is reached, so the last problem may carry the count past it. The pairs keep
    their order.
    """
    if most >= len(pairs):
        return list(pairs)
    chosen = drawn_problems((pair.problem_id for pair in pairs), most, seed)
    return [pair for pair in pairs if pair.problem_id in chosen]


def drawn_problems(problem_ids: Iterable[str], most: int, seed: int) -> set[str]:
    """Problems with about `most` parts, the same ones for the same seed.

    Args:
        problem_ids: of every part (a pair, a sample), in any order.
        most: drawing stops once so many parts are reached.
        seed: of the order in which problems are drawn.
    """
    sizes = Counter(problem_ids)
    order = sorted(sizes)
    random.Random(seed).shuffle(order)
    chosen: set[str] = set()
    count = 0
    for problem_id in order:
        if count >= most:
            break
        chosen.add(problem_id)
        count += sizes[problem_id]
    return chosen
