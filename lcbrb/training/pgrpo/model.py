"""A policy that is to be trained, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lcbrb import models
from lcbrb.models import Weights
from lcbrb.policies.rendering import form_for, render
from lcbrb.training.base_model import unmark_quantized
from lcbrb.training.pgrpo.batch import Asked
from lcbrb.training.pgrpo.tasks import Task
from lcbrb.types import PromptForm, Sampling


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

    def asked(self, tasks: Sequence[Task]) -> list[Asked]:
        """Tasks in the model's tokens, as `lcbrb bench` would ask them."""
        if not tasks:
            return []
        form = form_for(self.tokenizer, self.form)
        found = render(self.tokenizer, [task.prompt for task in tasks], Sampling(), form, {})
        return [Asked(task, rendered) for task, rendered in zip(tasks, found, strict=True)]


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
