"""What both kinds of ensembles take from their members."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self, TypeVar

from lcbrb.errors import BadScoreError, IncompleteRunError
from lcbrb.rewards.base import Ranker
from lcbrb.types import JsonValue

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite(Ranker):
    """A model made of members."""

    id: str
    members: tuple[Ranker, ...]

    @property
    def revision(self) -> str | None:
        """The members', in order; None where none has one."""
        revisions = [member.revision for member in self.members]
        return "; ".join(map(str, revisions)) if any(revisions) else None

    @property
    def member_identities(self) -> list[JsonValue]:
        """Each member's spec, with its own settings where it has any."""
        identities: list[JsonValue] = []
        for member in self.members:
            own = member.identity
            identities.append({"id": member.id} if own is None else {"id": member.id, "model": own})
        return identities

    def in_float32(self) -> Self | None:
        """The same of its members' twins, or members without one; None where no member has one."""
        twins = [member.in_float32() for member in self.members]
        if all(twin is None for twin in twins):
            return None
        both = zip(twins, self.members, strict=True)
        return dataclasses.replace(self, members=tuple(twin or member for twin, member in both))


def gathered(member: Ranker, rows: Iterable[T]) -> tuple[list[T], IncompleteRunError | None]:
    """What a member gave, and, of one that asks others, why it gave no more."""
    kept: list[T] = []
    try:
        kept.extend(rows)  # what came before an error is kept
    except BadScoreError:
        raise
    except IncompleteRunError as error:
        if not member.asks_others:
            raise
        return kept, error
    return kept, None
