"""In which order pairs are trained on: drawn from seed and epoch alone, so a resume repeats it."""

from __future__ import annotations

import random
from collections.abc import Iterator


def epoch_order(count: int, seed: int, epoch: int) -> list[int]:
    """Positions 0 to count - 1 as the epoch goes through them."""
    order = list(range(count))
    random.Random(f"order/{seed}/{epoch}").shuffle(order)
    return order


def batches_of(count: int, size: int, seed: int, epoch: int) -> Iterator[list[int]]:
    """An epoch's batches; the last one may be smaller."""
    order = epoch_order(count, seed, epoch)
    for start in range(0, count, size):
        yield order[start : start + size]


def steps_of(count: int, size: int, epochs: int) -> int:
    """Optimizer steps of a whole training."""
    return epochs * -(-count // size)
