"""What people said of one pair, and what follows from it.

A *preference* is one person's word on which side is better. It counts if it was stated blind:
before that person asked who wrote the sides and what the tests said. A pair is settled once enough
people compared it blind and all said the same, or once somebody decided between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from lcbrb.types import Review


class Choice(StrEnum):
    """Which side a person found better, wherever on the page it stood."""

    CHOSEN = "chosen"
    REJECTED = "rejected"
    EQUAL = "equal"
    UNSURE = "unsure"

    @property
    def mirrored(self) -> Choice:
        """The same word where the sides have changed places."""
        return {Choice.CHOSEN: Choice.REJECTED, Choice.REJECTED: Choice.CHOSEN}.get(self, self)


class Finding(StrEnum):
    """What a review made of a pair's label."""

    OPEN = "open"  # fewer blind preferences than asked for
    DISPUTED = "disputed"  # enough people compared it, and it takes one more to decide
    CONFIRMED = "confirmed"  # the chosen side is the better one
    WRONG = "wrong"  # the rejected side is
    NO_DIFFERENCE = "no_difference"
    UNDECIDED = "undecided"  # it can't be told


UNSETTLED = frozenset({Finding.OPEN, Finding.DISPUTED})
_FINDING = {
    Choice.CHOSEN: Finding.CONFIRMED,
    Choice.REJECTED: Finding.WRONG,
    Choice.EQUAL: Finding.NO_DIFFERENCE,
    Choice.UNSURE: Finding.UNDECIDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """One person's word on a pair.

    `first` is the side that stood first on that person's page; None where another tool showed it
    and did not say. `seconds` is how long the page was open.
    """

    pair_id: str
    annotator: str
    choice: Choice
    blind: bool = True
    first: Choice | None = None
    note: str = ""
    seconds: float | None = None
    origin: str = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """All that was said of one pair: at most one preference a person, and the adjudication's."""

    preferences: tuple[Preference, ...] = ()
    adjudication: Preference | None = None

    @property
    def blind(self) -> tuple[Preference, ...]:
        """Those that count."""
        return tuple(preference for preference in self.preferences if preference.blind)

    def by(self, annotator: str) -> Preference | None:
        """This person's."""
        return next(
            (preference for preference in self.preferences if preference.annotator == annotator),
            None,
        )

    def finding(self, wanted: int) -> Finding:
        """What became of the label, where `wanted` people are to compare each pair."""
        if self.adjudication is not None:
            return _FINDING[self.adjudication.choice]
        choices = {preference.choice for preference in self.blind}
        if len(self.blind) >= wanted and len(choices) == 1:
            return _FINDING[choices.pop()]
        return Finding.DISPUTED if len(self.preferences) >= wanted else Finding.OPEN

    def review(self) -> Review:
        """The record that a reviewed pair carries: counts and no names."""
        counts = Counter(preference.choice.value for preference in self.blind)
        return Review(**counts, adjudicated=self.adjudication is not None)


def counting(preferences: Iterable[Preference]) -> tuple[Preference, ...]:
    """Of each person the preference that counts: the last blind one, else the last.

    Args:
        preferences: on one pair, in the order in which they were stated.
    """
    latest: dict[str, Preference] = {}
    for preference in preferences:
        before = latest.get(preference.annotator)
        if before is None or preference.blind or not before.blind:
            latest[preference.annotator] = preference
    return tuple(latest.values())
