"""Sequences of like length in one batch, so that little is padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def batches(lengths: Sequence[int], budget: int, most: int | None = None) -> Iterator[list[int]]:
    """Indices in batches of at most `budget` padded tokens, longest first.

    A sequence longer than the budget makes a batch of its own. Longest first, so that a batch that
    does not fit into memory fails at once and not after an hour.

    Args:
        lengths: of the sequences, in tokens.
        budget: tokens of a batch, padding included.
        most: sequences of a batch; None for no limit.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        width = lengths[batch[0]] if batch else lengths[index]
        if batch and (width * (len(batch) + 1) > budget or len(batch) == most):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
