"""A policy whose model stands on several machines: replicas, each with some of the prompts.

What a sample is does not depend on where it is drawn: its seed comes from the run's seed, the
prompt and its number. A batch is another one than on a single machine, so rounding may differ
(docs/policies.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lcbrb import codec
from lcbrb.engine.recipe import Portable, Recipe
from lcbrb.errors import SetupError
from lcbrb.policies import POLICIES
from lcbrb.protocols.executor import Executor
from lcbrb.protocols.policy import Ask, Policy, Sampled
from lcbrb.registry import parse_spec
from lcbrb.types import JsonValue, Sampling

_FACTORY = "lcbrb.policies.replicas:sampling"
_MODELS = ("hf", "smollm2", "vllm")  # a server's client gains nothing by being elsewhere


def replicated(policy: Policy, executor: Executor) -> Policy:
    """The policy with replicas, if it is a model; else the policy."""
    if parse_spec(policy.id).kind not in _MODELS:
        return policy
    return Replicas(policy=policy, executor=executor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicas:
    """A policy that is asked elsewhere; `policy` says what it is and loads no weights here."""

    policy: Policy
    executor: Executor

    @property
    def id(self) -> str:
        """The policy's."""
        return self.policy.id

    @property
    def revision(self) -> str | None:
        """The policy's."""
        return self.policy.revision

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The policy's."""
        return self.policy.identity

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
    spec = parse_spec(text)
    policy: Policy = POLICIES.load(spec.kind)(spec)
    if policy.identity != identity:
        raise SetupError(
            f"{text} is another model there ({policy.identity}, here {identity}): "
            "give every node the same weights"
        )
    if spec.kind != "vllm":  # Ray allows one thread to who asks for no core
        import torch

        torch.set_num_threads(cores)
    how = codec.from_dict(Sampling, settings)

    def sample(asks: Sequence[Ask]) -> list[list[Sampled]]:
        found: dict[str, list[Sampled]] = {ask.key: [] for ask in asks}
        for one in policy.sample(asks, how):
            found[one.key].append(one)
        return [found[ask.key] for ask in asks]

    return sample
