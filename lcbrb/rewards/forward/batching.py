"""Token sequences into batches, and what to do with one that is too long. No tensors here.

A batch holds sequences of like length, so little is padding, and at most `budget` tokens with the
padding counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lcbrb.errors import UsageError


class Truncation(StrEnum):
    """What becomes of a sequence past the model's limit."""

    REFUSE = "refuse"
    KEEP_HEAD_AND_TAIL = "keep-head-and-tail"  # cut in the middle
    LEFT = "left"  # cut at the start, behind a mark of the beginning: the conclusion stays
    RIGHT = "right"  # cut at the end: the problem stays


@dataclass(frozen=True, slots=True)
class Tokens:
    """A prompt and its response as a model reads them.

    `marks` is empty, or has a number for each id. Where `parts` of the text are scored (the
    response, or its steps), it says which part a token belongs to, or ends: they count from 1, and
    0 is none. `parts` is how many there were before a cut.
    """

    ids: list[int]
    marks: list[int]
    parts: int = 0

    @property
    def places(self) -> list[int]:
        """Where a part is read."""
        return [place for place, part in enumerate(self.marks) if part]

    @property
    def first(self) -> int:
        """The first place of a part; not 0, since what stands there has nothing to follow."""
        return max(1, next(iter(self.places), len(self.ids)))

    @property
    def parts_left(self) -> int:
        """How many parts can be scored."""
        return len(set(self.marks[1:]) - {0})

    def cut(self, limit: int, how: Truncation, leading: int = 0) -> Tokens:
        """At most `limit` ids; arguments and errors are those of `fit`."""
        ids, marks = (fit(row, limit, how, leading) for row in (self.ids, self.marks))
        return Tokens(ids, marks, self.parts)


def fit(tokens: Sequence[int], limit: int, how: Truncation, leading: int = 0) -> list[int]:
    """At most `limit` tokens, cut as told.

    `leading` tokens at the start mark a beginning (BOS, [CLS]) and are not cut off.

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
        f"an input has {len(tokens)} tokens, but the model takes {limit}: cut it with "
        "?truncation=keep-head-and-tail (or left, right); cut pairs are reported apart"
    )
