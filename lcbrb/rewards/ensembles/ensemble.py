"""`ensemble:A|B|C`: several reward models as one (`spec`: how members are written).

- ``mean``, ``min`` (worst case) and ``uncertainty``: mean - weight * spread over the members, the
  spread being their variance, or standard deviation (Coste et al. 2023, arXiv 2310.02743: mean, WCO
  and UWO, with the variance).
- ``vote``: the share of members that prefer the chosen side; needs no common scale. Members that
  judge pairs have preferences in place of scores: with one of them in it, an ensemble is the mean
  of preferences.

Members' scores are brought together by fixed rules only, never by the other texts of a batch or a
benchmark: ranks, or means taken over the pairs at hand, would make a score depend on its company.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lcbrb.config import build
from lcbrb.errors import BadScoreError, UsageError
from lcbrb.protocols.reward import Item
from lcbrb.registry import Spec
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import ItemScore, RewardModel
from lcbrb.rewards.ensembles.composite import Composite, gathered
from lcbrb.rewards.ensembles.jury import Jury
from lcbrb.rewards.ensembles.scales import Scale, to_unit, unit_bounds
from lcbrb.rewards.ensembles.spec import (
    Combine,
    EnsembleOptions,
    Spread,
    check_options,
    common_scale,
    constants,
    member_specs,
)
from lcbrb.rewards.scoring import score_items
from lcbrb.types import JsonValue

_LEAST = 2
_PORTIONS_ASKED = 32  # that go to judges and servers together


def from_spec(spec: Spec) -> Ensemble | Jury:
    """The ensemble that a spec names.

    Raises:
        UsageError: not two members, options that do not fit, or scales that don't go together.
        LcbrbError: as the members' factories say.
    """
    options = build(EnsembleOptions, spec.options, spec.kind)
    names = member_specs(spec.target)
    if len(names) < _LEAST:
        raise UsageError(f"an ensemble needs at least two members, found {spec.text}")
    members = [reward_model(name) for name in names]
    scoring = [member for member in members if isinstance(member, RewardModel)]
    check_options(spec, options, pairwise=len(scoring) < len(members))
    if options.combine is Combine.VOTE or len(scoring) < len(members):
        return Jury(id=spec.text, members=tuple(members))
    scale = options.scale or common_scale(scoring)
    centres, spreads = constants(options, len(members)) if scale is Scale.Z else ((), ())
    return Ensemble(
        id=spec.text,
        members=tuple(scoring),
        options=options,
        scale=scale,
        centres=centres,
        spreads=spreads,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble(Composite, RewardModel):
    """Members that score, each brought to one scale by a rule of its own.

    Where one of them is a judge that has no score for a text, the ensemble has none: a pair with
    such a side is a tie, marked as one that could not be read.
    """

    members: tuple[RewardModel, ...]
    options: EnsembleOptions
    scale: Scale
    centres: tuple[float, ...] = ()
    spreads: tuple[float, ...] = ()

    @property
    def bounds(self) -> tuple[float, float]:
        """Of the combination, as far as the members' bounds tell."""
        ranges = [self._scaled_bounds(at) for at in range(len(self.members))]
        lows, highs = [low for low, _ in ranges], [high for _, high in ranges]
        if self.options.combine is Combine.MIN:
            return min(lows), min(highs)
        low, high = math.fsum(lows) / len(lows), math.fsum(highs) / len(highs)
        if self.options.combine is Combine.UNCERTAINTY and self.options.weight:
            low = -math.inf  # members far apart
        return low, high

    @property
    def logits(self) -> bool:
        """Where all members' scores are logits and none is rescaled."""
        return self.scale is Scale.NONE and all(member.logits for member in self.members)

    @property
    def identity(self) -> dict[str, JsonValue]:
        """Members and rules, for the record."""
        named: dict[str, JsonValue] = {
            "members": self.member_identities,
            "combine": self.options.combine.value,
            "scale": self.scale.value,
        }
        if self.scale is Scale.Z:
            named |= {"centres": list(self.centres), "spreads": list(self.spreads)}
        if self.options.combine is Combine.UNCERTAINTY:
            named |= {"weight": self.options.weight, "spread": self.options.spread.value}
        return named

    def truncated(self, items: Sequence[Item]) -> list[bool]:
        """Whether a member would cut each item."""
        cuts = zip(*(member.truncated(items) for member in self.members), strict=True)
        return [any(cut) for cut in cuts]

    def score(self, items: Sequence[Item]) -> list[float]:
        """The combination of the members' scores for each item.

        Raises:
            BadScoreError: a member gave no finite number, or a judge none that can be read.
            LcbrbError: whatever a member raises: without it there is no ensemble.
        """
        scores = [score for score in score_items(self, items) if score is not None]
        if len(scores) < len(items):
            raise BadScoreError(
                f"{self.id}: a judge gave no readable score for {len(items) - len(scores)} of "
                f"{len(items)} texts"
            )
        return scores

    def score_portions(
        self, portions: Sequence[Sequence[Item]]
    ) -> Iterator[tuple[int, Mapping[Item, ItemScore]]]:
        """Each portion's texts on which every member was heard; no score where a judge has none.

        Raises:
            BadScoreError: a member gave no finite number, or too few of them.
            IncompleteRunError: a judge or server gave no answer to some; all others were given.
            LcbrbError: whatever a member raises: without it there is no ensemble.
        """
        failure = None
        at_once = _PORTIONS_ASKED if self.asks_others else 1
        for begin in range(0, len(portions), at_once):
            batch, columns = portions[begin : begin + at_once], []
            for member in self.members:
                rows, failed = gathered(member, member.score_portions(batch))
                failure = failure or failed
                column: list[dict[Item, ItemScore]] = [{} for _ in batch]
                for number, scores in rows:
                    column[number] |= scores
                columns.append(column)
            for number, items in enumerate(batch):
                heard = [column[number] for column in columns]
                yield (
                    begin + number,
                    {
                        item: self._combined([scores[item] for scores in heard])
                        for item in items
                        if all(item in scores for scores in heard)
                    },
                )
        if failure is not None:
            raise failure

    def _combined(self, row: Sequence[ItemScore]) -> ItemScore:
        """What the ensemble makes of its members' scores of a text, in order."""
        truncated = any(item_score.truncated for item_score in row)
        scores = []
        for at, item_score in enumerate(row):
            if item_score.score is None:
                return ItemScore(score=None, truncated=truncated)
            if not math.isfinite(item_score.score):
                name = self.members[at].id
                raise BadScoreError(f"the member {name} scored an item as {item_score.score}")
            scores.append(self._scaled(at, item_score.score))
        return ItemScore(score=combined(scores, self.options), truncated=truncated)

    def _scaled(self, at: int, score: float) -> float:
        if self.scale is Scale.UNIT:
            return to_unit(score, self.members[at].bounds)
        if self.scale is Scale.Z:
            return (score - self.centres[at]) / self.spreads[at]
        return score

    def _scaled_bounds(self, at: int) -> tuple[float, float]:
        low, high = self.members[at].bounds
        if self.scale is Scale.UNIT:
            return unit_bounds((low, high))
        return self._scaled(at, low), self._scaled(at, high)


def combined(scores: Sequence[float], options: EnsembleOptions) -> float:
    """One score of the members' scores."""
    if options.combine is Combine.MIN:
        return min(scores)
    mean = math.fsum(scores) / len(scores)
    if options.combine is Combine.MEAN:
        return mean
    variance = math.fsum((score - mean) ** 2 for score in scores) / len(scores)
    spread = variance if options.spread is Spread.VARIANCE else math.sqrt(variance)
    return mean - options.weight * spread
