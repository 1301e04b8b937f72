"""What other annotation tools share: tasks that tell nobody which side is which, and the way back.

A task's id is a hash of the pair and of the side that stands first. So a tool needs to give back
nothing but ids and words, in whatever order, and an annotator who sees the id learns nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lcbrb.errors import UsageError
from lcbrb.pairs.review.findings import Choice
from lcbrb.pairs.review.order import choice_at, first_side
from lcbrb.pairs.review.store import ReviewStore
from lcbrb.protocols.reward import Item
from lcbrb.types import PreferencePair
from lcbrb.visible import readable

_LONGEST = 200_000  # characters of a text; a tool's page holds no more
_ID_DIGITS = 16
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A pair as another tool shows it; hidden characters in texts are written out."""

    id: str
    prompt: str
    first: str
    second: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Which pair a task shows, and which side stands first in it."""

    pair_id: str
    first: Choice

    def choice(self, place: str) -> Choice:
        """The choice of the side at a place; see `choice_at`."""
        return choice_at(place, self.first)


def tasks(pairs: Sequence[PreferencePair], store: ReviewStore) -> list[Task]:
    """The sampled pairs as tasks, in the order in which they were drawn."""
    of_id = {pair.id: pair for pair in pairs}
    return [_task(of_id[pair_id], store.seed) for pair_id in store.sample]


def shown_by(store: ReviewStore) -> dict[str, Shown]:
    """What each task's id stands for, with either side first."""
    sides = (Choice.CHOSEN, Choice.REJECTED)
    return {
        _task_id(pair_id, first): Shown(pair_id=pair_id, first=first)
        for pair_id in store.sample
        for first in sides
    }


def person(name: object) -> str:
    """An annotator's name as a tool gives it: a text or a number.

    Raises:
        UsageError: it is neither.
    """
    if isinstance(name, int) and not isinstance(name, bool):
        return f"user {name}"
    if not isinstance(name, str) or not name.strip():
        raise UsageError("an annotation without its annotator's name")
    return name.strip()[:_LONGEST_NAME]


def side_texts(pair: PreferencePair, first: Choice) -> tuple[tuple[str, str], tuple[str, str]]:
    """Prompt and text of the side that stands first, and of the other."""
    other = pair.swap()
    sides = [
        (Item(prompt=each.prompt, response="", turns=each.turns).spoken, each.chosen)
        for each in (pair, other)
    ]
    return (sides[0], sides[1]) if first is Choice.CHOSEN else (sides[1], sides[0])


def _task(pair: PreferencePair, seed: int) -> Task:
    first = first_side(seed, "tool", pair.id)
    (prompt, left), (other_prompt, right) = side_texts(pair, first)
    if prompt != other_prompt:  # the sides answer different questions: each is shown with its own
        left, right = f"{prompt}\n\n---\n\n{left}", f"{other_prompt}\n\n---\n\n{right}"
        prompt = "Each side answers the question above it."
    texts = [readable(text, _LONGEST, 0) for text in (prompt, left, right)]
    return Task(id=_task_id(pair.id, first), prompt=texts[0], first=texts[1], second=texts[2])


def _task_id(pair_id: str, first: Choice) -> str:
    text = f"review\0{pair_id}\0{first.value}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:_ID_DIGITS]


def found(task_id: object, shown: Mapping[str, Shown]) -> Shown:
    """What a task shows.

    Raises:
        UsageError: it is none of this review's.
    """
    if not isinstance(task_id, str) or task_id not in shown:
        raise UsageError(
            f"task {task_id!r} does not belong to this review: import what was made from this "
            "review's own export"
        )
    return shown[task_id]
