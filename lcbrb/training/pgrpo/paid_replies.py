"""Which replies of a training a reader should see: the best and the worst paid, early and late."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lcbrb.types import Rollout
from lcbrb.visible import readable

EACH = 3  # best paid, and as many worst paid
HEAD, TAIL = 1500, 700  # characters of a long reply


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidReply:
    """A reply as a page shows it: `text` is cut to a sane length, and nothing in it is hidden."""

    row: Rollout
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidBatch:
    """Replies of the batch that was sampled after a step."""

    step: int
    best: tuple[PaidReply, ...]
    worst: tuple[PaidReply, ...]


def paid_batches(replies: Iterable[Rollout]) -> list[PaidBatch]:
    """The first and the last batch of a training; of no others are texts kept meanwhile.

    Args:
        replies: without those to problems held out, in their order.
    """
    first: list[Rollout] = []
    last: list[Rollout] = []
    for row in replies:
        if not first or row.step == first[0].step:
            first.append(row)
            continue
        if last and row.step != last[0].step:
            last.clear()
        last.append(row)
    return [_paid(batch) for batch in (first, last) if batch]


def _paid(batch: list[Rollout]) -> PaidBatch:
    known = [row for row in batch if row.reward is not None]
    order = sorted(known, key=lambda row: -(row.reward or 0.0))
    half = min(EACH, (len(order) + 1) // 2)  # no reply is among both
    worst = order[half:][-EACH:][::-1]
    return PaidBatch(
        step=batch[0].step, best=tuple(map(_shown, order[:half])), worst=tuple(map(_shown, worst))
    )


def _shown(row: Rollout) -> PaidReply:
    return PaidReply(row=row, text=readable(row.text, HEAD, TAIL))
