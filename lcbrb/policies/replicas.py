"""A policy whose model stands on several machines: replicas, each with some of the prompts.

What a sample is does not depend on where it is drawn: its seed comes from the run's seed, the
prompt and its number. A batch is another one than on a single machine, so rounding may differ
(docs/policies.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lcbrb import codec, models
from lcbrb.engine.remote_work import Portable, Recipe
from lcbrb.errors import UsageError
from lcbrb.policies import open_policy
from lcbrb.policies.hf import HfPolicy
from lcbrb.policies.language_model import LanguageModel
from lcbrb.policies.wrapped import NamedPolicy, WrappedPolicy
from lcbrb.protocols.executor import Executor
from lcbrb.protocols.policy import Ask, Policy, Sampled
from lcbrb.types import Sampling

_FACTORY = "lcbrb.policies.replicas:sampling"


def replicated(policy: Policy, executor: Executor) -> Policy:
    """The policy with replicas, if it is a model; a server's client gains nothing by them."""
    if isinstance(policy, NamedPolicy):
        return NamedPolicy(policy=replicated(policy.policy, executor), name=policy.name)
    if isinstance(policy, LanguageModel):
        return Replicas(policy=policy, executor=executor)
    return policy


@dataclass(frozen=True, kw_only=True)
class Replicas(WrappedPolicy):
    """A policy that is asked elsewhere; `policy` says what it is and loads no weights here."""

    policy: Policy
    executor: Executor

    def sample(self, asks: Sequence[Ask], sampling: Sampling) -> Iterator[Sampled]:
        """Every sample asked for once, in the order in which replicas end with their prompts.

        Raises:
            UsageError, SetupError: a node can't load the model, or has another one of its name.
            IncompleteRunError: no node is left.
        """
        settings = codec.to_dict(sampling)
        identity = self.policy.identity
        arguments = {"text": self.policy.id, "identity": identity, "settings": settings}
        work = Portable(
            here=lambda ask: list(self.policy.sample([ask], sampling)),
            recipe=Recipe(factory=_FACTORY, arguments=arguments),
            lost=_unsampled,
        )
        for _, samples in self.executor.map(work, asks):
            yield from samples


def _unsampled(ask: Ask, why: str) -> list[Sampled]:
    return [
        Sampled(key=ask.key, sample_index=index, generation=None, error=why)
        for index in ask.samples
    ]


def sampling(
    *, text: str, identity: dict[str, Any], settings: dict[str, Any], cores: int
) -> Callable[[Sequence[Ask]], list[list[Sampled]]]:
    """What samples here, for some prompts at a time; the weights are loaded with the first.

    Raises:
        SetupError: the model of that name is another one here, or does not load.
    """
    policy = open_policy(text)
    if not isinstance(policy, LanguageModel):
        raise UsageError(f"{text} is not a model that can have replicas")
    models.check_replica(text, there=policy.identity, here=identity)
    if isinstance(policy, HfPolicy):  # vLLM's engine is a process of its own
        models.use_cores(cores)
    how = codec.from_dict(Sampling, settings)

    def sample(asks: Sequence[Ask]) -> list[list[Sampled]]:
        by_key: dict[str, list[Sampled]] = {ask.key: [] for ask in asks}
        for sampled in policy.sample(asks, how):
            by_key[sampled.key].append(sampled)
        return [by_key[ask.key] for ask in asks]

    return sample
