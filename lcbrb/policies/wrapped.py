"""Policies around a policy, and objects of others that have a policy's members."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lcbrb.errors import SetupError
from lcbrb.protocols.policy import Ask, Likelihood, Policy, RecordedPolicy, Sampled, Text
from lcbrb.types import JsonValue, Sampling, TrainedProblem

_LIVE = ("id", "revision", "identity", "sample")


class WrappedPolicy(Policy):
    """A policy that is what another is, and samples in its own way.

    `load` is not passed on: a cache may hold every sample, and replicas load elsewhere.
    """

    policy: Policy

    @property
    def id(self) -> str:  # type: ignore[override] # the inner one's never changes
        """The inner policy's."""
        return self.policy.id

    @property
    def made_from(self) -> str:
        """The inner policy's."""
        return self.policy.made_from

    @property
    def revision(self) -> str | None:
        """The inner policy's."""
        return self.policy.revision

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The inner policy's."""
        return self.policy.identity

    @property
    def trained_on(self) -> Sequence[TrainedProblem]:
        """The inner policy's."""
        return self.policy.trained_on

    @property
    def notes(self) -> Sequence[str]:
        """As the policy says."""
        return self.policy.notes

    def loglikelihood(self, texts: Sequence[Text]) -> list[Likelihood]:
        """As the inner policy gives it."""
        return self.policy.loglikelihood(texts)


@dataclass(frozen=True, kw_only=True)
class NamedPolicy(WrappedPolicy):
    """A policy under a name of the user's; what it generates is kept as the policy's own."""

    policy: Policy
    name: str

    @property
    def id(self) -> str:  # type: ignore[override] # as of `WrappedPolicy`
        """The name."""
        return self.name

    def load(self) -> None:
        """As it loads."""
        self.policy.load()

    def sample(self, asks: Sequence[Ask], sampling: Sampling) -> Iterator[Sampled]:
        """As it samples."""
        yield from self.policy.sample(asks, sampling)


@dataclass(frozen=True, kw_only=True)
class ForeignPolicy(WrappedPolicy):
    """An object with a policy's members that is no `Policy`."""

    policy: Any

    @property
    def made_from(self) -> str:
        """Only a subclass of `Policy` has another one than its id."""
        return self.id

    def sample(self, asks: Sequence[Ask], sampling: Sampling) -> Iterator[Sampled]:
        """As it samples."""
        yield from self.policy.sample(asks, sampling)

    @property
    def trained_on(self) -> Sequence[TrainedProblem]:
        """Only a subclass of `Policy` is asked."""
        return ()

    @property
    def notes(self) -> Sequence[str]:
        """Only a subclass of `Policy` is asked."""
        return ()

    def loglikelihood(self, texts: Sequence[Text]) -> list[Likelihood]:
        """Only a subclass of `Policy` is asked for them."""
        return Policy.loglikelihood(self, texts)


def adopted(made: object, text: str) -> Policy | RecordedPolicy:
    """What a factory made, as a policy.

    Args:
        made: a policy, or an object of others with the same members.
        text: the spec, for error messages.

    Raises:
        SetupError: it is neither.
    """
    if isinstance(made, Policy | RecordedPolicy):
        return made
    absent = object()  # no member is read: a revision may be asked of a server
    if lacking := [name for name in _LIVE if inspect.getattr_static(made, name, absent) is absent]:
        raise SetupError(
            f"{text} gave a {type(made).__name__}, which is not a policy: it lacks "
            f'{", ".join(lacking)} (docs/policies.md, "Your own policy")'
        )
    return ForeignPolicy(policy=made)
