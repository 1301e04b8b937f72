"""Sequences of like length in one batch, so that little is padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def batches(lengths: Sequence[int], budget: int, most: int | None = None) -> Iterator[list[int]]:
    """Indices in batches of at most `budget` padded tokens, longest first.

    A sequence longer than the budget makes a batch of its own. Longest first, so that a batch that
    does not fit into memory fails at once and not after an hour. The budget is in tokens, padding
    included; `most` bounds the sequences of a batch.
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


def pad(
    sequences: Sequence[Sequence[int]], device: torch.device, fill: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Sequences as right-padded ids and mask, both of shape (batch, longest)."""
    import torch

    longest = max(map(len, sequences))
    ids_B_T = torch.full((len(sequences), longest), fill)
    mask_B_T = torch.zeros((len(sequences), longest), dtype=torch.long)
    for row, sequence in enumerate(sequences):
        ids_B_T[row, : len(sequence)] = torch.tensor(list(sequence))
        mask_B_T[row, : len(sequence)] = 1
    return ids_B_T.to(device), mask_B_T.to(device)
