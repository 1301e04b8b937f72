"""Pairs balanced over difficulty, platform and date: as many of each as the rarest allows.

The paper says that its pairs were down-sampled for balance, and not how: this is our rule. Each
value of a facet (``hard``, ``atcoder``, ``2024-Q3``) may have at most so many pairs; the cap is one
for all values of a facet. Without a number of pairs it is what the rarest value has; with one, it
is the least cap under which the values together have so many. Pairs are taken in a seeded order of
problems, those of problems without a pair first, while all caps hold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from lcbrb.codec import sha256_text
from lcbrb.pairs.config import Facet
from lcbrb.types import PreferencePair

_ATCODER = re.compile(r"[a-z]{3}\d{3}_[a-z0-9]+")
_CODEFORCES = re.compile(r"\d+_[A-Z]\d?")
_UNKNOWN = "unknown"


def balanced(
    pairs: Sequence[PreferencePair], facets: Iterable[Facet], most: int, seed: int
) -> list[PreferencePair]:
    """Pairs of one kind, down-sampled; those that are kept stay in their order.

    Without facets only `most` counts, and 0 is as many as balance allows; the seed draws the order
    in which problems are taken.
    """
    facets = tuple(facets)
    if not facets and (not most or len(pairs) <= most):
        return list(pairs)
    values = {pair.id: tuple(value_of(pair, facet) for facet in facets) for pair in pairs}
    caps = [_cap(Counter(own[i] for own in values.values()), most) for i in range(len(facets))]
    taken: Counter[tuple[int, str]] = Counter()
    chosen_ids: set[str] = set()
    for pair in _in_turns(pairs, seed):
        if most and len(chosen_ids) >= most:
            break
        own = values[pair.id]
        if all(taken[i, value] < caps[i] for i, value in enumerate(own)):
            taken.update(enumerate(own))
            chosen_ids.add(pair.id)
    return [pair for pair in pairs if pair.id in chosen_ids]


def _cap(counts: Counter[str], most: int) -> int:
    """The most pairs of one value; see the module."""
    if not counts:
        return 0
    if not most:
        return min(counts.values())
    return next(
        (
            cap
            for cap in range(1, max(counts.values()) + 1)
            if sum(min(count, cap) for count in counts.values()) >= most
        ),
        max(counts.values()),
    )


def _in_turns(pairs: Sequence[PreferencePair], seed: int) -> list[PreferencePair]:
    """Every problem's first pair, then every problem's second: problems in a seeded order."""
    numbers: Counter[str] = Counter()
    turns = []
    for pair in pairs:
        turns.append((numbers[pair.problem_id], sha256_text(f"{seed}\0{pair.problem_id}"), pair))
        numbers[pair.problem_id] += 1
    return [pair for *_, pair in sorted(turns, key=lambda turn: turn[:2])]


def value_of(pair: PreferencePair, facet: Facet) -> str:
    """A pair's value of a facet; ``unknown`` where it has none."""
    if facet is Facet.DIFFICULTY:
        return pair.difficulty or _UNKNOWN
    if facet is Facet.PLATFORM:
        return platform_of(pair)
    released = pair.released
    return f"{released.year}-Q{(released.month + 2) // 3}" if released else _UNKNOWN


def platform_of(pair: PreferencePair) -> str:
    """The contest site of a LiveCodeBench problem, told by its id; else the pair's source."""
    if pair.provenance.source != "livecodebench":
        return pair.provenance.source or _UNKNOWN
    if _ATCODER.fullmatch(pair.problem_id):
        return "atcoder"
    if _CODEFORCES.fullmatch(pair.problem_id):
        return "codeforces"
    return "leetcode" if pair.problem_id.isdigit() else _UNKNOWN
