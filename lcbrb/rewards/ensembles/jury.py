"""An ensemble that votes on pairs: the mean of its members' preferences."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from lcbrb.errors import BadScoreError, IncompleteRunError
from lcbrb.rewards.base import PairwiseModel, Ranker, RewardModel
from lcbrb.rewards.pair_scores import rank_pairs, score_portion
from lcbrb.rewards.sides import scored_pair
from lcbrb.types import JsonValue, Outcome, PreferencePair, ScoredPair

M = TypeVar("M", bound=Ranker)
T = TypeVar("T")
_VOTES = {Outcome.WIN: 1.0, Outcome.TIE: 0.5, Outcome.LOSS: 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Jury(PairwiseModel):
    """Members that prefer one side of a pair; those that score prefer what they score higher."""

    id: str
    members: tuple[Ranker, ...]

    @property
    def revision(self) -> str | None:
        """The members', in order."""
        return revisions(self.members)

    @property
    def identity(self) -> dict[str, JsonValue]:
        """Members and rule, for the record."""
        return {"members": identities(self.members), "combine": "mean of preferences"}

    def in_float32(self) -> Self | None:
        """The same jury of its members' twins; None where no member has one."""
        found = twins(self.members)
        return dataclasses.replace(self, members=found) if found else None

    def compare(self, pairs: Sequence[PreferencePair]) -> list[float]:
        """The mean of the members' preferences for the chosen side of each pair.

        Raises:
            LcbrbError: as `compare_portions`.
        """
        return [line.chosen_score for line in score_portion(self, pairs)]

    def compare_portions(
        self, portions: Sequence[Sequence[PreferencePair]]
    ) -> Iterator[list[ScoredPair]]:
        """Each portion with its preferences; cut where a member cuts, unparsable where all are.

        Raises:
            BadScoreError: a member gave no finite number, or too few of them.
            IncompleteRunError: a judge's policy failed to give replies; all other pairs were given.
            LcbrbError: whatever a member raises: without it there is no ensemble.
        """
        failure = None
        for pairs in portions:
            columns = []
            for member in self.members:
                rows, failed = gathered(member, rank_pairs(member, [pairs]))
                failure = failure or failed
                columns.append({line.pair_id: line for lines in rows for line in lines})
            yield [
                self._line(pair, [column[pair.id] for column in columns])
                for pair in pairs
                if all(pair.id in column for column in columns)
            ]
        if failure is not None:
            raise failure

    def _line(self, pair: PreferencePair, row: Sequence[ScoredPair]) -> ScoredPair:
        """A pair's line, of its lines by every member in order."""
        votes = [_preference(member, one) for member, one in zip(self.members, row, strict=True)]
        mean = math.fsum(votes) / len(votes)
        return scored_pair(
            self.id,
            pair,
            (mean, 1.0 - mean),
            truncated=any(one.truncated for one in row),
            unparsable=all(one.unparsable for one in row),
        )


def gathered(member: Ranker, rows: Iterable[T]) -> tuple[list[T], IncompleteRunError | None]:
    """What a member gave, and, of one that asks judges, why it gave no more."""
    found: list[T] = []
    try:
        found.extend(rows)  # what came before an error is kept
    except BadScoreError:
        raise
    except IncompleteRunError as error:
        if not member.asks_judges:
            raise
        return found, error
    return found, None


def _preference(member: Ranker, line: ScoredPair) -> float:
    return _VOTES[line.outcome] if isinstance(member, RewardModel) else line.chosen_score


def twins(members: Sequence[M]) -> tuple[M, ...]:
    """Every member in float32, or as it is where it has no twin; empty where none has one."""
    found = [one.in_float32() for one in members]
    if all(twin is None for twin in found):
        return ()
    return tuple(one if twin is None else twin for one, twin in zip(members, found, strict=True))


def revisions(members: Sequence[Ranker]) -> str | None:
    """The members' revisions, in order; None where none has one."""
    found = [member.revision for member in members]
    return "; ".join(str(one) for one in found) if any(found) else None


def identities(members: Sequence[Ranker]) -> list[JsonValue]:
    """Each member's spec, with its own settings where it has any."""
    found: list[JsonValue] = []
    for member in members:
        own = member.identity
        found.append({"id": member.id, "model": own} if own is not None else {"id": member.id})
    return found
