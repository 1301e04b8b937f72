"""A policy that is to be trained, in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lcbrb import models
from lcbrb.models import Weights
from lcbrb.models.loading import unmark_quantized
from lcbrb.types import PromptForm


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPolicy:
    """A causal language model of transformers with its tokenizer.

    `form` is how it is asked; None: by its chat template, where it has one. `weights` are where it
    came from; None for one that was made in memory.
    """

    model: Any
    tokenizer: Any
    form: PromptForm | None = None
    weights: Weights | None = None


def load_policy(weights: Weights, dtype: str, device: str) -> LoadedPolicy:
    """The language model, ready to be trained.

    Raises:
        ModelLoadError, UsageError, SetupError: as `models.load_causal`.
    """
    model = models.load_causal(weights, dtype, device)
    model.requires_grad_(True)  # noqa: FBT003 - an adapter's base was fixed
    if "gguf_file" in weights.arguments:  # plain weights that the library calls quantized
        unmark_quantized(model)
    return LoadedPolicy(model=model, tokenizer=models.load_tokenizer(weights), weights=weights)
