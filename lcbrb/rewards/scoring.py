"""Pairs to scores: in fixed portions, each text once, resumable to the same numbers.

A portion is always the same pairs, so a resumed run gives a model the batches that an undisturbed
run gives it. Within a portion a text that stands in several pairs is scored once.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from lcbrb.errors import BadScoreError, UsageError
from lcbrb.protocols import Item, PairwiseModel, RewardModel, Truncates
from lcbrb.runs import SCORES, Run
from lcbrb.types import Outcome, PreferencePair, ScoredPair

PORTION = 32

Portion = tuple[PreferencePair, ...]


@runtime_checkable
class ScoresPortions(Protocol):
    """A reward model that takes portions as they are, several at a time (`replicas`)."""

    def score_portions(
        self, portions: Iterable[Portion]
    ) -> Iterator[tuple[Portion, list[ScoredPair]]]:
        """Each portion with its scores, in any order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """All pairs' scores, in order; `fresh` of them were made now, in `seconds`."""

    pairs: Sequence[ScoredPair]
    fresh: int
    seconds: float


def score_pairs(
    model: RewardModel | PairwiseModel,
    pairs: Sequence[PreferencePair],
    run: Run,
    on_pairs: Callable[[int], object] = int,
) -> Scored:
    """Score every pair that the run folder does not hold yet.

    Args:
        model: what scores.
        pairs: in an order that is the same at each start.
        run: where scores are kept, as they come.
        on_pairs: called with a number of pairs done, for a progress bar.

    Raises:
        BadScoreError: a score is NaN or infinite, or one is missing; earlier portions are kept.
        UsageError: two different pairs have one id.
        LcbrbError: whatever the model raises.
    """
    _check_ids(pairs)
    known = {scored.pair_id: scored for scored in run.stored(ScoredPair, SCORES)}
    fresh, seconds = 0, 0.0
    portions = [tuple(pairs[at : at + PORTION]) for at in range(0, len(pairs), PORTION)]
    wanted = [one for one in portions if {pair.id for pair in one} - known.keys()]
    on_pairs(len(pairs) - sum(map(len, wanted)))
    if wanted and hasattr(model, "load"):
        model.load()
    began = time.perf_counter()
    with run.appender(SCORES) as file:
        for portion, found in _scores(model, wanted):
            scored = {one.pair_id: one for one in found}
            missing = scored.keys() - known.keys()
            for pair_id, one in scored.items():
                if pair_id in missing:
                    file.append(one)
                    known[pair_id] = one
            fresh += len(missing)
            seconds = time.perf_counter() - began
            on_pairs(len(portion))
    return Scored(pairs=[known[pair.id] for pair in pairs], fresh=fresh, seconds=seconds)


def _check_ids(pairs: Sequence[PreferencePair]) -> None:
    """Scores are kept by id, so an id must mean one thing (an edited file may break that)."""
    sides: dict[str, tuple[Item, Item]] = {}
    for pair in pairs:
        if sides.setdefault(pair.id, sides_of(pair)) != sides_of(pair):
            raise UsageError(
                f"two pairs with different texts have the id {pair.id[:12]} "
                f"(problem {pair.problem_id}): give each its own"
            )


def _scores(
    model: RewardModel | PairwiseModel, portions: Sequence[Portion]
) -> Iterator[tuple[Portion, list[ScoredPair]]]:
    if isinstance(model, ScoresPortions):
        yield from model.score_portions(portions)
        return
    for portion in portions:
        yield portion, score_portion(model, portion)


def score_portion(
    model: RewardModel | PairwiseModel, pairs: Sequence[PreferencePair]
) -> list[ScoredPair]:
    """The scores of some pairs, in order; a text that stands in several is scored once.

    Raises:
        BadScoreError: a score is NaN or infinite, or one is missing.
    """
    if isinstance(model, RewardModel):
        return _score_items(model, pairs)
    preferences = _numbers(model.id, model.compare(pairs), len(pairs))
    return [
        _scored(model.id, pair, preference, 1.0 - preference, truncated=False)
        for pair, preference in zip(pairs, preferences, strict=True)
    ]


def _score_items(model: RewardModel, pairs: Sequence[PreferencePair]) -> list[ScoredPair]:
    sides = [sides_of(pair) for pair in pairs]
    items = list(dict.fromkeys(item for side in sides for item in side))
    scores = dict(zip(items, _numbers(model.id, model.score(items), len(items)), strict=True))
    cuts = model.truncated(items) if isinstance(model, Truncates) else [False] * len(items)
    cut = dict(zip(items, cuts, strict=True))
    return [
        _scored(model.id, pair, scores[good], scores[bad], truncated=cut[good] or cut[bad])
        for pair, (good, bad) in zip(pairs, sides, strict=True)
    ]


def _numbers(model_id: str, given: Sequence[float], wanted: int) -> list[float]:
    """What a model gave, as plain floats (it may be an array's own kind of number)."""
    if len(given) != wanted:
        raise BadScoreError(f"{model_id} gave {len(given)} numbers where {wanted} were asked for")
    return [float(one) for one in given]


def sides_of(pair: PreferencePair) -> tuple[Item, Item]:
    """What a reward model reads: the chosen side and the rejected side."""
    other = pair.prompt if pair.rejected_prompt is None else pair.rejected_prompt
    return (
        Item(prompt=pair.prompt, response=pair.chosen),
        Item(prompt=other, response=pair.rejected),
    )


def _scored(
    model_id: str, pair: PreferencePair, chosen: float, rejected: float, *, truncated: bool
) -> ScoredPair:
    for side, score in (("chosen", chosen), ("rejected", rejected)):
        if not math.isfinite(score):
            raise BadScoreError(
                f"{model_id} scored the {side} side of pair {pair.id[:12]} "
                f"(problem {pair.problem_id}) as {score}: no finite number, so the run stops here"
            )
    return ScoredPair(
        pair_id=pair.id,
        problem_id=pair.problem_id,
        chosen_score=chosen,
        rejected_score=rejected,
        outcome=outcome_of(chosen, rejected),
        truncated=truncated,
    )


def outcome_of(chosen: float, rejected: float) -> Outcome:
    """WIN where the chosen side scored higher; equal scores are a TIE."""
    if chosen == rejected:
        return Outcome.TIE
    return Outcome.WIN if chosen > rejected else Outcome.LOSS
