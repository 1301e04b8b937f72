"""Pairs as the token ids that a reward head reads, in training as in `lcbrb eval`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from lcbrb.rewards.forward.batching import Tokens
from lcbrb.rewards.forward.layout import head_tokens
from lcbrb.rewards.pair_sides import sides_of
from lcbrb.training.reward_model.settings import PLAIN_TARGETS, TARGETS, RewardSettings
from lcbrb.training.supervised import Job
from lcbrb.training.tokenised import Tokenised, tokenised
from lcbrb.types import OverLongPair, PreferencePair


@dataclass(frozen=True, slots=True)
class TokenPair:
    """A pair to train on: its sides as tokens, the margin in logits, and both sides' targets."""

    pair: PreferencePair
    chosen: Tokens
    rejected: Tokens
    margin: float
    targets: tuple[float, float]


RewardJob: TypeAlias = Job[TokenPair, RewardSettings]
NO_PAIR = -1  # in place of a row's number: it fills a batch, and no loss has it


def tokenise(
    tokenizer: Any,
    pairs: Sequence[PreferencePair],
    limit: int,
    settings: RewardSettings,
    what: str = "pairs to train on",
) -> Tokenised[TokenPair]:
    """Pairs as tokens.

    `limit` is of one side; `what` tells people what the pairs are for.

    Raises:
        UsageError: the chat template does not take them, or every pair is too long.
    """

    def rows_of(portion: Sequence[PreferencePair]) -> Iterator[tuple[TokenPair, int]]:
        sides = head_tokens(tokenizer, [item for pair in portion for item in sides_of(pair)])
        for pair, chosen, rejected in zip(portion, sides[::2], sides[1::2], strict=True):
            targets = TARGETS.get(pair.relation, PLAIN_TARGETS)
            row = TokenPair(pair, chosen, rejected, settings.margin_of(pair.relation), targets)
            yield row, max(len(chosen.ids), len(rejected.ids))

    def too_long(pair: PreferencePair, tokens: int) -> OverLongPair:
        return OverLongPair(pair_id=pair.id, problem_id=pair.problem_id, tokens=tokens)

    why = f"a side has more than {limit} tokens"
    return tokenised(pairs, rows_of, too_long, limit, what, why)
