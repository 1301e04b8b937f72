"""What the transformers-based reward models share: their options, limits, padding.

Where weights lie and how they are loaded is in `lcbrb.models`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import PositiveInt

from lcbrb.errors import SetupError
from lcbrb.models import own_limit
from lcbrb.rewards.batching import Truncation

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """What every transformers-based reward model takes in its spec.

    `max_length` (tokens) lowers the model's own limit; `batch_tokens` is the most padded tokens in
    a batch; `dtype` is a torch dtype or ``auto`` (as the weights are stored); `device` is a torch
    device or ``auto``.
    """

    max_length: PositiveInt | None = None
    truncation: Truncation = Truncation.REFUSE
    batch_tokens: PositiveInt = 4096
    dtype: str = "float32"
    device: str = "auto"


def token_limit(model: Any, options: ModelOptions) -> int:
    """The most tokens of one input: the model's limit, or the lower one asked for."""
    own = own_limit(model)
    return min(own, options.max_length or own)


@contextmanager
def memory_named(options: ModelOptions) -> Iterator[None]:
    """Turn running out of memory on a device into one sentence.

    Raises:
        SetupError: that happened.
    """
    import torch

    try:
        yield
    except torch.OutOfMemoryError as error:
        raise SetupError(
            f"out of memory with {options.batch_tokens} tokens a batch: ask for fewer with "
            "?batch_tokens=…, or for shorter inputs with ?max_length=…&truncation=…"
        ) from error


def pad(sequences: list[list[int]], device: torch.device, fill: int) -> tuple[Any, Any]:
    """Sequences as right-padded ids and mask, both of shape (batch, longest)."""
    import torch

    longest = max(map(len, sequences))
    ids_B_T = torch.full((len(sequences), longest), fill)
    mask_B_T = torch.zeros((len(sequences), longest), dtype=torch.long)
    for row, sequence in enumerate(sequences):
        ids_B_T[row, : len(sequence)] = torch.tensor(sequence)
        mask_B_T[row, : len(sequence)] = 1
    return ids_B_T.to(device), mask_B_T.to(device)
