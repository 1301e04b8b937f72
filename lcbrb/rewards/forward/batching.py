"""Token sequences into batches, and what to do with one that is too long. No tensors here.

A batch holds sequences of like length, so little is padding, and at most `budget` tokens with the
padding counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from lcbrb.errors import UsageError


class Truncation(StrEnum):
    """What becomes of a sequence past the model's limit."""

    REFUSE = "refuse"
    KEEP_HEAD_AND_TAIL = "keep-head-and-tail"  # cut in the middle
    LEFT = "left"  # cut at the start, behind a mark of the beginning: the conclusion stays
    RIGHT = "right"  # cut at the end: the problem stays


def fit(tokens: Sequence[int], limit: int, how: Truncation, leading: int = 0) -> list[int]:
    """At most `limit` tokens, cut as told.

    Args:
        tokens: a sequence of any length.
        limit: the most tokens, at least 1.
        how: where to cut.
        leading: so many tokens at the start mark a beginning (BOS, [CLS]) and are not cut off.

    Raises:
        UsageError: too long, and the rule is to refuse.
    """
    if len(tokens) <= limit:
        return list(tokens)
    if how is Truncation.LEFT:
        head = min(leading, limit)
        return [*tokens[:head], *tokens[len(tokens) - (limit - head) :]]
    if how is Truncation.RIGHT:
        return list(tokens[:limit])
    if how is Truncation.KEEP_HEAD_AND_TAIL:
        tail = limit // 2
        return [*tokens[: limit - tail], *tokens[len(tokens) - tail :]]
    raise UsageError(
        f"an input has {len(tokens)} tokens and the model takes {limit}: cut it with "
        "?truncation=keep-head-and-tail (or left, right); cut pairs are reported apart"
    )
