"""Who sees which pair next: each person's queue, and the pairs that wait for an adjudication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lcbrb.pairs.review.findings import Choice, Finding, Preference, Said
from lcbrb.pairs.review.order import choice_at, first_side, queue
from lcbrb.pairs.review.store import ReviewStore
from lcbrb.pairs.review.summary import waits_for
from lcbrb.types import PreferencePair
from lcbrb.visible import visible

LONGEST_NAME, LONGEST_NOTE = 60, 2000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A pair in front of a person: its number in that person's queue, and which side is first."""

    number: int
    pair: PreferencePair
    first: Choice
    said: Said
    asked: bool


class Desk:
    """What waits for whom."""

    def __init__(self, store: ReviewStore, pairs: Sequence[PreferencePair]) -> None:
        self.store = store
        self._pair_of = {pair.id: pair for pair in pairs}
        self._queues: dict[str, list[str]] = {}

    def person(self, name: str) -> str | None:
        """A name as it is kept: without what can't be seen, and as its owner wrote it before.

        None: nothing is left of it.
        """
        shown = " ".join(visible(" ".join(name.split())).split())[:LONGEST_NAME]
        known = {person.casefold(): person for person in self.store.people()}
        return known.get(shown.casefold(), shown) or None

    def queue(self, annotator: str) -> list[str]:
        """The ids of the sampled pairs in this person's order."""
        if annotator not in self._queues:
            self._queues[annotator] = queue(self.store.seed, annotator, self.store.sample)
        return self._queues[annotator]

    def turn(self, annotator: str, number: int) -> Turn | None:
        """The pair at a place of the queue, from 1; None: there is no such place."""
        ids = self.queue(annotator)
        if not 1 <= number <= len(ids):
            return None
        pair_id = ids[number - 1]
        return Turn(
            number=number,
            pair=self._pair_of[pair_id],
            first=first_side(self.store.seed, annotator, pair_id),
            said=self.store.said_of(pair_id),
            asked=self.store.has_asked(pair_id, annotator),
        )

    def next_to_compare(
        self, annotator: str, said: Mapping[str, Said], after: int = 0
    ) -> int | None:
        """The number of the next pair that waits for this person, behind `after` at first."""
        waiting = [
            number
            for number, pair_id in enumerate(self.queue(annotator), start=1)
            if waits_for(said[pair_id], annotator, self.store.wanted)
        ]
        return _behind(waiting, after)

    def next_to_adjudicate(
        self, annotator: str, said: Mapping[str, Said], after: int = 0
    ) -> int | None:
        """The number of the next pair on which people differ, behind `after` at first."""
        waiting = [
            number
            for number, pair_id in enumerate(self.queue(annotator), start=1)
            if said[pair_id].finding(self.store.wanted) is Finding.DISPUTED
        ]
        return _behind(waiting, after)

    def preference(
        self, annotator: str, turn: Turn, place: str, note: str, seconds: float | None = None
    ) -> Preference:
        """What a person said by the place of the better side.

        Raises:
            ValueError: no such place.
        """
        return Preference(
            pair_id=turn.pair.id,
            annotator=annotator,
            choice=choice_at(place, turn.first),
            first=turn.first,
            note=note.strip()[:LONGEST_NOTE],
            seconds=None if seconds is None else round(seconds, 1),
        )


def _behind(waiting: Sequence[int], after: int) -> int | None:
    later = [number for number in waiting if number > after]
    return min(later or waiting, default=None)
