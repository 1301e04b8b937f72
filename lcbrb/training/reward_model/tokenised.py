"""Pairs as the token ids that a reward head reads, in training as in `lcbrb eval`.

A pair with a side above the limit is left out, by name: cut, it would teach something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lcbrb.errors import UsageError
from lcbrb.rewards.forward.batching import Tokens
from lcbrb.rewards.forward.layout import head_tokens
from lcbrb.rewards.pair_sides import sides_of
from lcbrb.training.reward_model.settings import PLAIN_TARGETS, TARGETS, RewardSettings
from lcbrb.types import OverLongPair, PreferencePair

_PORTION = 512  # pairs tokenised at once
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class TokenPair:
    """A pair to train on: its sides as tokens, the margin in logits, and both sides' targets."""

    pair: PreferencePair
    chosen: Tokens
    rejected: Tokens
    margin: float
    targets: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokenised:
    """Pairs as tokens, and those that were left out for their length."""

    pairs: Sequence[TokenPair]
    over_long: Sequence[OverLongPair]
    limit: int
    what: str = "to train on"

    def note(self) -> str:
        """What was left out, for people; empty where nothing was."""
        if not self.over_long:
            return ""
        total = len(self.pairs) + len(self.over_long)
        names = ", ".join(pair.pair_id[:12] for pair in self.over_long[:_SHOWN])
        more = ", …" if len(self.over_long) > _SHOWN else ""
        return (
            f"{len(self.over_long)} of {total} pairs {self.what} were left out: a side has more "
            f"than {self.limit} tokens ({names}{more}; all in over_long.jsonl)"
        )


def tokenise(
    tokenizer: Any,
    pairs: Sequence[PreferencePair],
    limit: int,
    settings: RewardSettings,
    what: str = "to train on",
) -> Tokenised:
    """Pairs as tokens.

    `limit` is of one side; `what` tells people what the pairs are for.

    Raises:
        UsageError: the chat template does not take them, or every pair is too long.
    """
    kept: list[TokenPair] = []
    left_out: list[OverLongPair] = []
    for start in range(0, len(pairs), _PORTION):
        portion = pairs[start : start + _PORTION]
        sides = head_tokens(tokenizer, [item for pair in portion for item in sides_of(pair)])
        for pair, chosen, rejected in zip(portion, sides[::2], sides[1::2], strict=True):
            longer = max(len(chosen.ids), len(rejected.ids))
            if longer > limit:
                left_out.append(
                    OverLongPair(pair_id=pair.id, problem_id=pair.problem_id, tokens=longer)
                )
                continue
            targets = TARGETS.get(pair.relation, PLAIN_TARGETS)
            margin = settings.margin_of(pair.relation)
            kept.append(TokenPair(pair, chosen, rejected, margin, targets))
    if pairs and not kept:
        raise UsageError(
            f"all {len(pairs)} pairs {what} have a side with more than {limit} tokens: raise "
            "max_length (up to the model's own limit), or use other pairs"
        )
    return Tokenised(pairs=kept, over_long=left_out, limit=limit, what=what)
