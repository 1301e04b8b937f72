"""What the transformers-based reward models share: their options, limits, padding.

Where weights lie and how they are loaded is in `lcbrb.models`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import NonNegativeInt, PositiveInt

from lcbrb import models
from lcbrb.errors import NothingLeftError, SetupError, UsageError
from lcbrb.models import own_limit
from lcbrb.protocols.reward import Item
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.forward.batching import Truncation
from lcbrb.rewards.forward.tree_attention import Attention

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """What every transformers-based reward model takes in its spec.

    `max_length` (tokens) lowers the model's own limit; `batch_tokens` is the most tokens in a
    batch, halved where memory runs out; `attention` is how a causal model reads what texts share
    (found out where not given); `flips` pairs are scored in float32 too where the model runs in
    another dtype; `dtype` is a torch dtype or ``auto`` (as the weights are stored); `device` is a
    torch device or ``auto``. `base` is an adapter's base model, where it is not the one that the
    adapter names; `trust_remote_code` lets code that comes with a model run here.
    """

    max_length: PositiveInt | None = None
    truncation: Truncation = Truncation.REFUSE
    batch_tokens: PositiveInt = 16384
    attention: Attention | None = None
    flips: NonNegativeInt = 32
    dtype: str = "float32"
    device: str = "auto"
    base: str | None = None
    trust_remote_code: bool = False

    @property
    def flips_wanted(self) -> int:
        """How many pairs are scored in float32 too: none where all are."""
        return 0 if self.dtype == "float32" else self.flips


def locate(target: str, options: ModelOptions) -> models.Weights:
    """The weights that a spec's target names; ``hf:`` may stand before it.

    Raises:
        LcbrbError: as `models.locate`.
    """
    return models.locate(
        target.removeprefix("hf:"),
        base=options.base,
        trust_remote_code=options.trust_remote_code,
    )


def token_limit(model: Any, options: ModelOptions) -> int:
    """The most tokens of one input: the model's limit, or the lower one asked for."""
    own = own_limit(model)
    return min(own, options.max_length or own)


def truncated(model: RewardModel, options: ModelOptions, items: Sequence[Item]) -> list[bool]:
    """Whether each item is longer than the model takes; what is refused is never cut."""
    if options.truncation is Truncation.REFUSE:
        return [False] * len(items)
    return list(model.prepare(items).truncated)


def check_left(
    items: Sequence[Item], before: Sequence[int], after: Sequence[int], limit: int
) -> None:
    """Hold that a cut has left something to score of each text that had something.

    Args:
        items: the texts.
        before: what each had to score, tokens or steps.
        after: what is left of it.
        limit: to which it was cut, tokens.

    Raises:
        NothingLeftError: it has not.
    """
    for item, had, has in zip(items, before, after, strict=True):
        if had and not has:
            raise NothingLeftError(
                f"cut to {limit} tokens, nothing is left to score of the response that begins "
                f"'{item.response[:30]}': raise ?max_length, or keep the response's end with "
                "?truncation=left",
                item,
            )


def check_attention(model: Any, options: ModelOptions) -> None:
    """Hold that no packing is asked of a model that is run by its own forward pass.

    Raises:
        UsageError: it is.
    """
    if options.attention not in {None, Attention.PADDED}:
        raise UsageError(
            f"attention={options.attention} means nothing for a {type(model).__name__}, which is "
            "run by its own forward pass and shares no text: leave it out"
        )


def in_float32(model: Any, options: ModelOptions) -> ModelOptions | None:
    """The options under which a model's twin in float32 is loaded; None where none is wanted."""
    if not options.flips or str(next(model.parameters()).dtype) == "torch.float32":
        return None
    return dataclasses.replace(options, dtype="float32")


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
