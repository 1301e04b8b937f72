"""Which subjects of a ranking can't be told apart: tied ranks, letters, and p values as text.

Ranks and letters take the outcome of pairwise tests. "Not told apart" is no equivalence: A may be
like B and B like C while A beats C. Ranks then give A and B the first place and C the second;
letters say all of it (a, ab, b).
"""

from __future__ import annotations

import string
from collections.abc import Iterable

from lcbrb.errors import UsageError

ALPHA = 0.05  # of the pairwise tests, after adjustment, where nobody says otherwise
#: what decides between two subjects, where an interval and a p value stand side by side
DECISION = (
    f"two models differ beyond chance only if p (Holm) is below {ALPHA:g}; the interval belongs "
    "to one comparison, is not adjusted for the others, and decides nothing"
)


def p_text(value: float | None) -> str:
    """A p value as papers print it: ``0.032``, ``<0.001``, or a dash where there is none."""
    if value is None:
        return "-"
    return "<0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR2004 - as papers print it


def tied_ranks(subjects: int, wins: Iterable[tuple[int, int]]) -> list[int]:
    """Ranks from 1: one more than the number of subjects that are better beyond chance.

    Args:
        subjects: how many there are, at least 0.
        wins: better and worse subject of each pair that a test tells apart, by index.

    Raises:
        UsageError: a pair names no two subjects.
    """
    ranks = [1] * subjects
    for winner, loser in wins:
        _check(subjects, winner, loser)
        ranks[loser] += 1
    return ranks


def letters(subjects: int, apart: Iterable[tuple[int, int]]) -> list[str]:
    """A compact letter display: subjects that share a letter can't be told apart.

    Each letter stands for a largest set of subjects in which no two are apart (Piepho 2004,
    doi:10.1198/1061860043515). Letters begin with the set of the first subject, so give subjects
    best first.

    Args:
        subjects: how many there are, at least 0.
        apart: the pairs that a test tells apart, by index, in any order.

    Returns:
        The letters of each subject, at least one; after z come aa, ab, …, parted by dots.

    Raises:
        UsageError: a pair names no two subjects.
    """
    sets = {frozenset(range(subjects))} if subjects else set()
    for a, b in apart:
        _check(subjects, a, b)
        torn = {group for group in sets if a in group and b in group}
        sets |= {group - {side} for group in torn for side in (a, b)}
        kept = sets - torn
        sets = {group for group in kept if not any(group < other for other in kept)}
    ordered = sorted(sets, key=sorted)
    parted = "." if len(ordered) > len(string.ascii_lowercase) else ""
    return [
        parted.join(_letter(place) for place, group in enumerate(ordered) if subject in group)
        for subject in range(subjects)
    ]


def _letter(place: int) -> str:
    more, last = divmod(place, len(string.ascii_lowercase))
    return (_letter(more - 1) if more else "") + string.ascii_lowercase[last]


def _check(subjects: int, a: int, b: int) -> None:
    if a == b or not (0 <= a < subjects and 0 <= b < subjects):
        raise UsageError(f"a pair must name two of {subjects} subjects, not {a} and {b}")
