"""Whole groups held out by a seeded draw, and how they are named to people."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from lcbrb.errors import UsageError
from lcbrb.problem_groups import Parts, linked

_SHOWN = 3


def parted(  # noqa: PLR0913, PLR0917 - what is parted, and how
    rows: Sequence[Any],
    held_out: Sequence[Any] | None,
    share: float,
    seed: int,
    keys_of: Callable[[Any], Sequence[Hashable]],
    what: str,
) -> Parts[Any]:
    """Rows to train on, and others to evaluate on: given, or a seeded draw of whole problems.

    At least `share` of the rows is drawn, with all others that share a key with them; a group that
    would take more than twice the share is left to train on while there are others. `what` says in
    messages what they are ("pairs").

    Raises:
        UsageError: all are of one problem, so that nothing can be held out, or as `check_apart`.
    """
    parts = Parts(train=rows, held_out=held_out or ())
    if held_out is None:
        groups = linked([keys_of(row) for row in rows])
        parts = Parts.of(rows, _drawn(groups, share, seed, what))
    check_apart(parts, keys_of, what)
    return parts


def check_apart(parts: Parts[Any], keys_of: Callable[[Any], Sequence[Hashable]], what: str) -> None:
    """Hold that no key, such as a problem or a prompt, is on both sides.

    Raises:
        UsageError: some are; the problems of the first of them are named.
    """
    known = {key for row in parts.train for key in keys_of(row)}
    shared = [row.problem_id for row in parts.held_out if not known.isdisjoint(keys_of(row))]
    if shared:
        raise UsageError(
            f"{len(shared)} of {len(parts.held_out)} held-out {what} share a problem or a prompt "
            f"with the training {what} ({_named(shared)}): results on them would measure "
            "memory. Remove them from one of the two"
        )


def _drawn(groups: Sequence[Sequence[int]], share: float, seed: int, what: str) -> set[int]:
    """Places of whole groups, at least `share` of all; none where that is 0."""
    taken: set[int] = set()
    if not share:
        return taken
    total = sum(map(len, groups))
    order = list(range(len(groups)))
    random.Random(f"held out/{seed}").shuffle(order)
    wanted = share * total
    for number in order:
        if len(taken) >= wanted:
            break
        fits = len(taken) + len(groups[number]) <= max(1.0, 2 * wanted)
        if fits and len(taken) + len(groups[number]) < total:
            taken.update(groups[number])
    if not taken and len(groups) > 1:
        smallest: Sequence[int] = min(groups, key=len)
        taken.update(smallest)
    if not taken:
        raise UsageError(
            f"all {what} belong to one problem, so none can be held out: give other {what} to "
            "evaluate on (--held-out), or train without evaluation (held_out=0)"
        )
    return taken


def _named(problems: Sequence[str]) -> str:
    """The first of some problems by name, and how many more there are."""
    names = list(dict.fromkeys(problems))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"
