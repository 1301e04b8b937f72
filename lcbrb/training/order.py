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


class GroupOrder:
    """A sampler of rows in groups: a batch of prompts, each so many times, one batch after another.

    Its order is drawn from seed and epoch alone. Each batch comes `repeats` times, since TRL asks
    for it again at each micro step and takes its part of it. Rows that fill no batch wait for
    other epochs, which have other orders.
    """

    def __init__(
        self, count: int, seed: int, *, prompts: int, group_size: int, repeats: int
    ) -> None:
        """Begin with the first epoch."""
        self.count, self.seed, self.epoch = count, seed, 0
        self.prompts, self.group_size, self.repeats = prompts, group_size, repeats

    def set_epoch(self, epoch: int) -> None:
        """Called before each epoch."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        """Rows."""
        order = epoch_order(self.count, self.seed, self.epoch)
        for begin in range(0, self.count - self.prompts + 1, self.prompts):
            batch = order[begin : begin + self.prompts]
            for _ in range(self.repeats):
                for row in batch:
                    yield from [row] * self.group_size

    def __len__(self) -> int:
        """How many rows an epoch has."""
        return self.count // self.prompts * self.prompts * self.group_size * self.repeats
