"""What is trained on as tokens.

What is longer than the limit is left out, by name: cut, it would teach something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from lcbrb.errors import UsageError
from lcbrb.types import OverLongExample, OverLongPair

Row = TypeVar("Row")

_PORTION = 512  # items tokenised at once
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokenised(Generic[Row]):
    """Rows to train on, and what was left out for its length.

    `over_long` is in order of its `names`; `what` and `why` tell people what the rows are for, and
    what is too long.
    """

    rows: Sequence[Row] = ()
    over_long: Sequence[OverLongPair | OverLongExample] = ()
    names: Sequence[str] = ()
    what: str = ""
    why: str = ""

    def note(self) -> str:
        """What was left out, for people; empty where nothing was."""
        if not self.over_long:
            return ""
        total = len(self.rows) + len(self.over_long)
        names = ", ".join(name[:12] for name in self.names[:_SHOWN])
        more = ", …" if len(self.names) > _SHOWN else ""
        return (
            f"{len(self.over_long)} of {total} {self.what} were left out: {self.why} ({names}"
            f"{more}; all in over_long.jsonl)"
        )


def tokenised(  # noqa: PLR0913, PLR0917 - what, how, and words for people
    items: Sequence[Any],
    rows_of: Callable[[Sequence[Any]], Iterable[tuple[Row, int]]],
    too_long: Callable[[Any, int], OverLongPair | OverLongExample],
    limit: int,
    what: str,
    why: str,
) -> Tokenised[Row]:
    """Pairs or examples as rows, in their order; `rows_of` gives each its row and its tokens.

    Raises:
        UsageError: everything is too long, or what `rows_of` raises.
    """
    kept: list[Row] = []
    over_long = []
    names = []
    for start in range(0, len(items), _PORTION):
        portion = items[start : start + _PORTION]
        for item, (row, tokens) in zip(portion, rows_of(portion), strict=True):
            if tokens > limit:
                over_long.append(too_long(item, tokens))
                names.append(item.id)
            else:
                kept.append(row)
    if items and not kept:
        raise UsageError(
            f"all {len(items)} {what} are too long ({why}): raise max_length (up to the model's "
            "own limit), or use others"
        )
    return Tokenised(rows=kept, over_long=over_long, names=names, what=what, why=why)
