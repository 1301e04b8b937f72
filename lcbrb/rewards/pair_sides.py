"""A pair as the two texts that a reward model reads, and their scores as its line on disk."""

from __future__ import annotations

import math

from lcbrb.errors import BadScoreError
from lcbrb.protocols.reward import Item
from lcbrb.types import JudgeVotes, Outcome, PreferencePair, ScoredPair


def sides_of(pair: PreferencePair) -> tuple[Item, Item]:
    """What a reward model reads: the chosen side and the rejected side."""
    chosen = Item(prompt=pair.prompt, response=pair.chosen, turns=pair.turns)
    if pair.rejected_prompt is None:
        return chosen, Item(prompt=pair.prompt, response=pair.rejected, turns=pair.turns)
    other = Item(prompt=pair.rejected_prompt, response=pair.rejected, turns=pair.rejected_turns)
    return chosen, other


def outcome_of(chosen: float, rejected: float) -> Outcome:
    """WIN where the chosen side scored higher; equal scores are a TIE."""
    if chosen == rejected:
        return Outcome.TIE
    return Outcome.WIN if chosen > rejected else Outcome.LOSS


def scored_pair(  # noqa: PLR0913 - a pair, its scores, and what is marked
    model_id: str,
    pair: PreferencePair,
    scores: tuple[float, float],
    *,
    truncated: bool = False,
    unparsable: bool = False,
    judged: JudgeVotes | None = None,
    steps: tuple[float, ...] = (),
) -> ScoredPair:
    """A pair's line.

    `steps` are of the rejected side: how probable it is that each is right.

    Raises:
        BadScoreError: a score is NaN or infinite.
    """
    for side, score in zip(("chosen", "rejected"), scores, strict=True):
        if not math.isfinite(score):
            raise BadScoreError(
                f"{model_id} scored the {side} side of pair {pair.id[:12]} (problem "
                f"{pair.problem_id}) as {score}: not a finite number, so the run stops here"
            )
    chosen, rejected = scores
    return ScoredPair(
        pair_id=pair.id,
        problem_id=pair.problem_id,
        chosen_score=chosen,
        rejected_score=rejected,
        outcome=outcome_of(chosen, rejected),
        truncated=truncated,
        unparsable=unparsable,
        judged=judged,
        rejected_steps=steps,
    )
