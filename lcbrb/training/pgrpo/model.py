"""A policy that is to be trained, in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lcbrb import models
from lcbrb.errors import UsageError
from lcbrb.models import Weights
from lcbrb.models.loading import unmark_quantized
from lcbrb.policies.rendering import form_for, render
from lcbrb.training.pgrpo.batch import Asked
from lcbrb.training.pgrpo.tasks import Task, Tasks
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

    def check_room(self, tasks: Tasks, max_tokens: int) -> None:
        """Hold that the policy can answer, in the format that is paid for.

        Raises:
            UsageError: a prompt and its reply are longer than the model's positions; nothing ends
                a reply; the chat template opens a reasoning in another way than ``<think>``.
        """
        asked = self.asked([*tasks.train, *tasks.held_out])
        longest = max(asked, key=lambda one: len(one.rendered.ids))
        needed, limit = len(longest.rendered.ids) + max_tokens, models.own_limit(self.model)
        if needed > limit:
            raise UsageError(
                f"{longest.task.problem.id} takes {len(longest.rendered.ids)} tokens, and with a "
                f"reply of max_tokens {max_tokens} more than the model's {limit}: lower max_tokens"
            )
        if self.model.generation_config.eos_token_id is None and self.tokenizer.eos_token is None:
            raise UsageError("the policy's tokenizer has no token that ends a reply (eos_token)")
        leads = {one.rendered.lead.strip() for one in asked} - {"", "<think>"}
        if leads:
            raise UsageError(
                f"the policy's chat template opens a reasoning with {min(leads)}, and what is paid "
                "for is <think>…</think><answer>…</answer>: give it another template"
            )


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


@contextmanager
def random_numbers_apart(seed: int) -> Iterator[None]:
    """Sample with random numbers of their own: those that come after are as if it had not been."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
