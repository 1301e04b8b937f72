"""What is drawn at random: the sample, each person's order of pairs, and which side stands first.

Each draw is a hash of the seed and of names, so that it is the same after a restart, on another
machine and whatever order the file has, and a larger sample holds the smaller one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from lcbrb.pairs.review.findings import Choice


def drawn(seed: int, pair_ids: Iterable[str]) -> list[str]:
    """The pairs in an order drawn at random: its first n are a random sample of n."""
    return sorted(pair_ids, key=lambda pair_id: (_hash("sample", seed, pair_id), pair_id))


def queue(seed: int, annotator: str, pair_ids: Iterable[str]) -> list[str]:
    """The pairs in the order in which this person sees them."""
    return sorted(pair_ids, key=lambda pair_id: (_hash("queue", seed, annotator, pair_id), pair_id))


def first_side(seed: int, annotator: str, pair_id: str) -> Choice:
    """The side that stands first on this person's page."""
    odd = _hash("side", seed, annotator, pair_id)[0] & 1
    return Choice.CHOSEN if odd else Choice.REJECTED


def place_of(choice: Choice, first: Choice) -> str:
    """A choice in terms of places: ``first``, ``second``, ``equal`` or ``unsure``."""
    if choice in {Choice.EQUAL, Choice.UNSURE}:
        return choice.value
    return "first" if choice is first else "second"


def choice_at(place: str, first: Choice) -> Choice:
    """The choice of the side at a place; the way back from `place_of`.

    Raises:
        ValueError: no such place.
    """
    if place in {"first", "second"}:
        return first if place == "first" else first.mirrored
    choice = Choice(place)
    if choice not in {Choice.EQUAL, Choice.UNSURE}:
        raise ValueError(place)
    return choice


def _hash(*parts: object) -> bytes:
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).digest()
