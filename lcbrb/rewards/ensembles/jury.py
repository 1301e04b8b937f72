"""An ensemble that votes on pairs: the mean of its members' preferences."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from lcbrb.errors import BadScoreError, IncompleteRunError
from lcbrb.rewards.base import PairwiseModel, Ranker, RewardModel
from lcbrb.rewards.scoring import Portion, ScoresPortions, outcome_of, score_portion
from lcbrb.types import JsonValue, Outcome, PreferencePair, ScoredPair

M = TypeVar("M", bound=Ranker)
_VOTES = {Outcome.WIN: 1.0, Outcome.TIE: 0.5, Outcome.LOSS: 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Jury(PairwiseModel, ScoresPortions):
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
            BadScoreError: a member gave no finite number, or too few of them.
            LcbrbError: whatever a member raises: without it there is no ensemble.
        """
        found = {
            one.pair_id: one for _, some in self.score_portions([tuple(pairs)]) for one in some
        }
        return [found[pair.id].chosen_score for pair in pairs]

    def score_portions(
        self, portions: Iterable[Portion]
    ) -> Iterator[tuple[Portion, list[ScoredPair]]]:
        """Each portion with its preferences; cut where a member cuts, unparsable where all are.

        Raises:
            IncompleteRunError: a judge's policy failed to give replies; all other pairs were given.
            LcbrbError: as `compare`.
        """
        failure = None
        for portion in portions:
            heard = [_heard(member, portion) for member in self.members]
            failure = failure or next((error for _, error in heard if error), None)
            yield portion, self._scored(portion, [column for column, _ in heard])
        if failure is not None:
            raise failure

    def _scored(
        self, pairs: Sequence[PreferencePair], columns: Sequence[Mapping[str, ScoredPair]]
    ) -> list[ScoredPair]:
        """The pairs of which every member was heard; a column a member, by the pair's id."""
        found = []
        for pair in pairs:
            if any(pair.id not in column for column in columns):
                continue
            row = [column[pair.id] for column in columns]
            opinions = [_preference(*one) for one in zip(self.members, row, strict=True)]
            mean = math.fsum(opinions) / len(opinions)
            found.append(
                ScoredPair(
                    pair_id=pair.id,
                    problem_id=pair.problem_id,
                    chosen_score=mean,
                    rejected_score=1.0 - mean,
                    outcome=outcome_of(mean, 1.0 - mean),
                    truncated=any(one.truncated for one in row),
                    unparsable=all(one.unparsable for one in row),
                )
            )
        return found


def _heard(
    member: Ranker, pairs: Sequence[PreferencePair]
) -> tuple[dict[str, ScoredPair], IncompleteRunError | None]:
    """A member's own record of each pair, by its id, and why it was not heard on all.

    A judge's says whether it could be read.
    """
    if not isinstance(member, ScoresPortions):
        return {one.pair_id: one for one in score_portion(member, pairs)}, None
    found: dict[str, ScoredPair] = {}
    try:
        for _, some in member.score_portions([tuple(pairs)]):
            found.update((one.pair_id, one) for one in some)
    except BadScoreError:
        raise
    except IncompleteRunError as error:
        return found, error
    return found, None


def _preference(member: Ranker, one: ScoredPair) -> float:
    return _VOTES[one.outcome] if isinstance(member, RewardModel) else one.chosen_score


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
