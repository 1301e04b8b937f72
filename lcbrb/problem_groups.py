"""What must stay together when pairs are parted: those that share a problem or a prompt."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from lcbrb.errors import UsageError
from lcbrb.types import PreferencePair

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts(Generic[T]):
    """Pairs, examples or tasks to train on, and those of other problems that are held out."""

    train: Sequence[T]
    held_out: Sequence[T]

    @classmethod
    def of(cls, rows: Sequence[T], held_out: Collection[int]) -> Parts[T]:
        """Rows, of which those at some places are held out."""
        return cls(
            train=[row for place, row in enumerate(rows) if place not in held_out],
            held_out=[row for place, row in enumerate(rows) if place in held_out],
        )


def linked(keys: Sequence[Sequence[Hashable]]) -> list[list[int]]:
    """Places that share a key, directly or over others, in the order of their first ones.

    Args:
        keys: of each place.
    """
    parent = list(range(len(keys)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    first: dict[Hashable, int] = {}
    for place, own in enumerate(keys):
        for key in own:
            parent[root(place)] = root(first.setdefault(key, place))
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for place in range(len(keys)):
        groups[root(place)].append(place)
    return list(groups.values())


def problem_groups(pairs: Sequence[PreferencePair]) -> list[list[int]]:
    """Positions of pairs that share a problem or a prompt, directly or over others."""
    return linked([problem_keys(pair) for pair in pairs])


def folds(
    pairs: Sequence[PreferencePair], count: int, seed: int
) -> Iterator[Parts[PreferencePair]]:
    """Cross-validation: each pair is held out once, with all others of its problem.

    Raises:
        UsageError: fewer problems than folds.
    """
    for fold in fold_places(pairs, count, seed):
        yield Parts.of(pairs, fold)


def fold_places(pairs: Sequence[PreferencePair], count: int, seed: int) -> list[set[int]]:
    """Positions of the pairs that each fold holds out; see `folds`.

    Groups are dealt out from the largest to the smallest, each to the fold with the fewest pairs.

    Raises:
        UsageError: fewer problems than folds.
    """
    groups = problem_groups(pairs)
    if not 2 <= count <= len(groups):  # noqa: PLR2004 - one fold holds nothing out
        raise UsageError(f"{count} folds of {len(groups)} problems: from 2 to as many as problems")
    random.Random(f"folds/{seed}").shuffle(groups)
    groups.sort(key=len, reverse=True)
    dealt: list[set[int]] = [set() for _ in range(count)]
    for group in groups:
        min(dealt, key=len).update(group)
    return dealt


def problem_keys(pair: PreferencePair) -> list[tuple[str, str]]:
    """What a pair shares with others of its problem: the id, and each prompt."""
    prompts = {pair.prompt, pair.rejected_prompt or pair.prompt}
    keys = [("prompt", " ".join(prompt.split())) for prompt in sorted(prompts) if prompt.strip()]
    return [("problem", pair.problem_id), *keys]
