"""Pairs of a set that say nothing, or say it twice: they count, and whoever reads a score is told.

- *repeated*: another pair before it has the same prompts and texts, so it weighs double;
- *contradicting*: another pair has the same texts with the sides exchanged, so one of them is lost;
- *identical sides*: nothing tells them apart but chance, and a tie is half a win;
- *an empty side*: a text without a character that shows.

Pairs are told by what a model reads, not by their ids: a file may number equal rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from lcbrb.rewards.pair_sides import sides_of
from lcbrb.types import PreferencePair

#: what is counted, and how a note says it of one pair and of several
_SAID = {
    "pairs_repeated": (
        "1 pair repeats another (the same prompt and texts), and counts like any",
        "{} pairs repeat others (the same prompt and texts), and each counts",
    ),
    "pairs_contradicting": (
        "1 pair contradicts another: the same prompt and texts with the sides exchanged",
        "{} pairs contradict others: the same prompt and texts with the sides exchanged",
    ),
    "pairs_identical": (
        "1 pair has two identical sides, which nothing tells apart",
        "{} pairs have two identical sides, which nothing tells apart",
    ),
    "pairs_empty": (
        "1 pair has an empty side",
        "{} pairs have an empty side",
    ),
}


class Doubts(NamedTuple):
    """How many pairs there are of each kind (none of a kind: not named), and notes on them."""

    counts: dict[str, int]
    notes: tuple[str, ...]


def at_odds(pairs: Sequence[PreferencePair]) -> list[bool]:
    """Of each pair, whether another contradicts it, or its own two sides are identical."""
    seen = set(map(sides_of, pairs))
    return [sides_of(pair)[::-1] in seen for pair in pairs]


def doubts(pairs: Sequence[PreferencePair]) -> Doubts:
    """What is doubtful about the pairs of a set."""
    seen = Counter(map(sides_of, pairs))
    identical = {sides for sides in seen if sides[0] == sides[1]}
    counts = {
        "pairs_repeated": len(pairs) - len(seen),
        "pairs_contradicting": sum(sides[::-1] in seen for sides in seen if sides not in identical),
        "pairs_identical": sum(seen[sides] for sides in identical),
        "pairs_empty": sum(not (pair.chosen.strip() and pair.rejected.strip()) for pair in pairs),
    }
    counted = {name: count for name, count in counts.items() if count}
    notes = [_SAID[name][count > 1].format(f"{count:,}") for name, count in counted.items()]
    return Doubts(counts=counted, notes=tuple(notes))
