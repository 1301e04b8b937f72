"""Problems in a policy's tokens, as `lcbrb bench` asks them, and random numbers to sample with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lcbrb import models
from lcbrb.errors import UsageError
from lcbrb.policies.rendering import form_for, render
from lcbrb.training.loaded_policy import LoadedPolicy
from lcbrb.training.pgrpo.batch import Asked
from lcbrb.training.pgrpo.tasks import Task, Tasks
from lcbrb.types import Sampling


def asked(policy: LoadedPolicy, tasks: Sequence[Task]) -> list[Asked]:
    """Tasks in the model's tokens, as `lcbrb bench` would ask them."""
    if not tasks:
        return []
    form = form_for(policy.tokenizer, policy.form)
    prompts = render(policy.tokenizer, [task.prompt for task in tasks], Sampling(), form, {})
    return [Asked(task, rendered) for task, rendered in zip(tasks, prompts, strict=True)]


def check_room(policy: LoadedPolicy, tasks: Tasks, max_tokens: int) -> None:
    """Hold that the policy can answer, in the format that is paid for.

    Raises:
        UsageError: a prompt and its reply are longer than the model's positions; nothing ends
            a reply; the chat template opens a reasoning in another way than ``<think>``.
    """
    rows = asked(policy, [*tasks.train, *tasks.held_out])
    longest = max(rows, key=lambda row: len(row.rendered.ids))
    needed, limit = len(longest.rendered.ids) + max_tokens, models.own_limit(policy.model)
    if needed > limit:
        raise UsageError(
            f"{longest.task.problem.id} takes {len(longest.rendered.ids)} tokens, and with a "
            f"reply of max_tokens {max_tokens} more than the model's {limit}: lower max_tokens"
        )
    if policy.model.generation_config.eos_token_id is None and policy.tokenizer.eos_token is None:
        raise UsageError("the policy's tokenizer has no token that ends a reply (eos_token)")
    leads = {row.rendered.lead.strip() for row in rows} - {"", "<think>"}
    if leads:
        raise UsageError(
            f"the policy's chat template starts every reasoning with {min(leads)}, but replies "
            "must be <think>…</think><answer>…</answer>: use another template"
        )


@contextmanager
def random_numbers_apart(seed: int) -> Iterator[None]:
    """Sample with random numbers of their own: those that come after are as if it had not been."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
