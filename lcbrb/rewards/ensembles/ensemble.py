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

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from lcbrb.config import build
from lcbrb.errors import BadScoreError, IncompleteRunError, UsageError
from lcbrb.judges.asking import Scores, together
from lcbrb.protocols.reward import Item
from lcbrb.registry import Spec
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.ensembles.jury import Jury, identities, revisions, twins
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
from lcbrb.rewards.scoring import Opines, Portion, ScoresPortions, items_of, outcome_of, sides_of
from lcbrb.types import JsonValue, PreferencePair, ScoredPair

_LEAST = 2
_TOGETHER = 64  # texts that members which compute are given


def from_spec(spec: Spec) -> Ensemble | Jury:
    """The ensemble that a spec names.

    Raises:
        UsageError: not two members, options that do not fit, or scales that don't go together.
        LcbrbError: as the members' factories say.
    """
    options = build(EnsembleOptions, spec.options, spec.kind)
    names = member_specs(spec.target)
    if len(names) < _LEAST:
        raise UsageError(f"an ensemble has two members at least, found {spec.text}")
    members = [reward_model(name) for name in names]
    scoring = [member for member in members if isinstance(member, RewardModel)]
    check_options(spec, options, pairwise=len(scoring) < len(members))
    if options.combine is Combine.VOTE or len(scoring) < len(members):
        return Jury(id=spec.text, members=tuple(members))
    scale = options.scale or common_scale(scoring)
    centres, spreads = constants(options, len(members)) if scale is Scale.Z else ((), ())
    judged = any(isinstance(member, Opines) for member in scoring)
    return (JudgedEnsemble if judged else Ensemble)(
        id=spec.text,
        members=tuple(scoring),
        options=options,
        scale=scale,
        centres=centres,
        spreads=spreads,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble(RewardModel):
    """Members that score, each brought to one scale by a rule of its own."""

    id: str
    members: tuple[RewardModel, ...]
    options: EnsembleOptions
    scale: Scale
    centres: tuple[float, ...] = ()
    spreads: tuple[float, ...] = ()

    @property
    def bounds(self) -> tuple[float, float]:
        """Of the combination, as far as the members' bounds tell."""
        found = [self._scaled_bounds(at) for at in range(len(self.members))]
        lows, highs = [low for low, _ in found], [high for _, high in found]
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
    def revision(self) -> str | None:
        """The members', in order."""
        return revisions(self.members)

    @property
    def identity(self) -> dict[str, JsonValue]:
        """Members and rules, for the record."""
        named: dict[str, JsonValue] = {
            "members": identities(self.members),
            "combine": self.options.combine.value,
            "scale": self.scale.value,
        }
        if self.scale is Scale.Z:
            named |= {"centres": list(self.centres), "spreads": list(self.spreads)}
        if self.options.combine is Combine.UNCERTAINTY:
            named |= {"weight": self.options.weight, "spread": self.options.spread.value}
        return named

    def in_float32(self) -> Self | None:
        """The same combination of its members' twins; None where no member has one."""
        found = twins(self.members)
        return dataclasses.replace(self, members=found) if found else None

    def truncated(self, items: Sequence[Item]) -> list[bool]:
        """Whether a member would cut each item."""
        cuts = zip(*(member.truncated(items) for member in self.members), strict=True)
        return [any(cut) for cut in cuts]

    def score(self, items: Sequence[Item]) -> list[float]:
        """The combination of the members' scores for each item.

        Raises:
            BadScoreError: a member gave no finite number, or too few of them.
            LcbrbError: whatever a member raises: without it there is no ensemble.
        """
        columns = [self._column(at, items) for at in range(len(self.members))]
        return [combined(row, self.options) for row in zip(*columns, strict=True)]

    def _column(self, at: int, items: Sequence[Item]) -> list[float]:
        member = self.members[at]
        scores = [float(one) for one in member.score(items)]
        if len(scores) != len(items):
            raise BadScoreError(f"{member.id} gave {len(scores)} scores for {len(items)} items")
        bad = next((one for one in scores if not math.isfinite(one)), None)
        if bad is not None:
            raise BadScoreError(f"the member {member.id} scored an item as {bad}")
        return [self._scaled(at, score) for score in scores]

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
    """One score of the members' scores.

    Args:
        scores: of one item, one a member, on one scale.
        options: how.
    """
    if options.combine is Combine.MIN:
        return min(scores)
    mean = math.fsum(scores) / len(scores)
    if options.combine is Combine.MEAN:
        return mean
    variance = math.fsum((score - mean) ** 2 for score in scores) / len(scores)
    spread = variance if options.spread is Spread.VARIANCE else math.sqrt(variance)
    return mean - options.weight * spread


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedEnsemble(Ensemble, Opines, ScoresPortions):
    """Members that score, of which a judge may have no score for a text: then there is none.

    A pair with such a side is a tie, marked as one that could not be read.
    """

    def score(self, items: Sequence[Item]) -> list[float]:
        """The combination of the members' scores for each item.

        Raises:
            BadScoreError: a judge gave one no score that can be read.
            LcbrbError: whatever a member raises.
        """
        found = [score for _, score in self._found(items)]
        scores = [score for score in found if score is not None]
        if len(scores) < len(found):
            raise BadScoreError(
                f"{self.id}: a judge gave no score that can be read for {len(found) - len(scores)} "
                f"of {len(found)} texts"
            )
        return scores

    def _found(self, items: Sequence[Item]) -> list[tuple[Item, float | None]]:
        found = dict(self.opinions(items))
        return [(item, found[item]) for item in items]

    def opinions(self, items: Iterable[Item]) -> Iterator[tuple[Item, float | None]]:
        """Each different item with its combined score; None where a judge has none.

        Raises:
            IncompleteRunError: a judge's policy failed to give replies; all others were given.
            LcbrbError: whatever a member raises.
        """
        wanted = list(dict.fromkeys(items))
        said, failure = {}, None
        for at, member in enumerate(self.members):
            if isinstance(member, Opines):
                said[at], failed = _gathered(member, wanted)
                failure = failure or failed
        for begin in range(0, len(wanted), _TOGETHER):
            some = wanted[begin : begin + _TOGETHER]
            yield from self._combined(some, said)
        if failure is not None:
            raise failure

    def _combined(
        self, items: Sequence[Item], said: Mapping[int, Mapping[Item, float | None]]
    ) -> Iterator[tuple[Item, float | None]]:
        """Items on which every judge was heard; `said` is what each said, by its place."""
        columns = {
            at: dict(zip(items, self._column(at, items), strict=True))
            for at in range(len(self.members))
            if at not in said
        }
        for item in items:
            if any(item not in one for one in said.values()):
                continue
            told = {at: one[item] for at, one in said.items()}
            if any(score is None for score in told.values()):
                yield item, None
                continue
            row = [
                columns[at][item] if at in columns else self._scaled(at, told[at] or 0.0)
                for at in range(len(self.members))
            ]
            yield item, combined(row, self.options)

    def score_portions(self, portions: Iterable[Portion]) -> Scores:
        """Pairs with their scores.

        Raises:
            IncompleteRunError: a judge's policy failed to give replies; all others were given.
            LcbrbError: whatever a member raises.
        """
        failure = None
        for pairs in together(portions):
            items = items_of(pairs)
            found, failed = _gathered(self, items)
            failure = failure or failed
            cut = dict(zip(items, self.truncated(items), strict=True))
            for pair in pairs:
                sides = sides_of(pair)
                if all(side in found for side in sides):
                    chosen, rejected = (found[side] for side in sides)
                    yield (pair,), [_pair(pair, chosen, rejected, any(cut[s] for s in sides))]
        if failure is not None:
            raise failure


def _gathered(
    member: Opines, items: Sequence[Item]
) -> tuple[dict[Item, float | None], IncompleteRunError | None]:
    """What a member says, as far as it was heard, and why it was not heard further."""
    found: dict[Item, float | None] = {}
    try:
        for item, score in member.opinions(items):
            found[item] = score  # noqa: PERF403 - what came before an error is kept
    except BadScoreError:
        raise
    except IncompleteRunError as error:
        return found, error
    return found, None


def _pair(
    pair: PreferencePair,
    chosen: float | None,
    rejected: float | None,
    truncated: bool,  # noqa: FBT001
) -> ScoredPair:
    """A pair's scores: without one on a side the two can't be told apart, and both are 0."""
    unparsable = chosen is None or rejected is None
    high = 0.0 if chosen is None or rejected is None else chosen
    low = 0.0 if chosen is None or rejected is None else rejected
    return ScoredPair(
        pair_id=pair.id,
        problem_id=pair.problem_id,
        chosen_score=high,
        rejected_score=low,
        outcome=outcome_of(high, low),
        truncated=truncated,
        unparsable=unparsable,
    )
