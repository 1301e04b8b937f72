"""Whole groups held out by a seeded draw, and how they are named to people."""

from __future__ import annotations

import random
from collections.abc import Sequence

from lcbrb.errors import UsageError


def drawn_groups(groups: Sequence[Sequence[int]], share: float, seed: int, what: str) -> set[int]:
    """Places of whole groups by a seeded draw, at least `share` of all; none where that is 0.

    A group that would take more than twice the share is not drawn while there are others. `what`
    says in messages what they are ("pairs").

    Raises:
        UsageError: there is only one group, so that nothing would be left.
    """
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


def shared_note(problems: Sequence[str], shown: int = 3) -> str:
    """The first of some problems by name, and how many more there are."""
    names = list(dict.fromkeys(problems))
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"{', '.join(names[:shown])}{more}"
