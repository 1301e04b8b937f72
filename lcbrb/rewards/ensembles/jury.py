"""An ensemble that votes on pairs: the mean of its members' preferences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lcbrb.rewards.base import PairwiseModel, RewardModel
from lcbrb.rewards.ensembles.composite import Composite, gathered
from lcbrb.rewards.pair_scores import rank_pairs, score_portion
from lcbrb.rewards.pair_sides import scored_pair
from lcbrb.types import JsonValue, Outcome, PreferencePair, ScoredPair

_VOTES = {Outcome.WIN: 1.0, Outcome.TIE: 0.5, Outcome.LOSS: 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Jury(Composite, PairwiseModel):
    """Members that prefer one side of a pair; those that score prefer what they score higher."""

    @property
    def identity(self) -> dict[str, JsonValue]:
        """Members and rule, for the record."""
        return {"members": self.member_identities, "combine": "mean of preferences"}

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
            IncompleteRunError: a judge or server gave no answer to some; all others were given.
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
        votes = [
            _VOTES[line.outcome] if isinstance(member, RewardModel) else line.chosen_score
            for member, line in zip(self.members, row, strict=True)
        ]
        mean = math.fsum(votes) / len(votes)
        return scored_pair(
            self.id,
            pair,
            (mean, 1.0 - mean),
            truncated=any(item_score.truncated for item_score in row),
            unparsable=all(item_score.unparsable for item_score in row),
        )
