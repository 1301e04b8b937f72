"""A reward model gives texts numbers; one that judges pairs gives preferences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from lcbrb.types import PreferencePair


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a reward model reads: a prompt and one response to it (here: the reasoning)."""

    prompt: str
    response: str


@runtime_checkable
class RewardModel(Protocol):
    """Gives each item a number; higher is better. `bounds` are the least and greatest possible.

    A model may carry `logits` as well: true where a difference of two scores is a logit.
    """

    @property
    def id(self) -> str: ...  # noqa: D102 - told by the class
    @property
    def bounds(self) -> tuple[float, float]: ...  # noqa: D102 - told by the class

    def score(self, items: Sequence[Item]) -> list[float]:
        """One finite number an item, in order. The batch must not change a score."""
        ...


@runtime_checkable
class PairwiseModel(Protocol):
    """Judges two responses side by side."""

    @property
    def id(self) -> str: ...  # noqa: D102 - told by the class

    def compare(self, pairs: Sequence[PreferencePair]) -> list[float]:
        """Preference for `chosen` a pair: 1 chosen, 0 rejected, 0.5 no preference."""
        ...


@runtime_checkable
class Truncates(Protocol):
    """A reward model that may cut long inputs, and says which."""

    def truncated(self, items: Sequence[Item]) -> list[bool]:
        """Whether each item would be cut."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Items made ready to be scored.

    `lengths` are in tokens, after cutting; `truncated` says which were cut; `inputs` is what the
    model that made them reads.
    """

    lengths: tuple[int, ...]
    truncated: tuple[bool, ...]
    inputs: Any


@runtime_checkable
class Prepares(Protocol):
    """A reward model whose items are made ready apart, so that it is done ahead in a thread."""

    def prepare(self, items: Sequence[Item]) -> Prepared:
        """Lay out and tokenise; never called by two threads at once."""
        ...

    def score_prepared(self, prepared: Prepared) -> list[float]:
        """As `RewardModel.score`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSet:
    """Preference pairs under a name.

    `notes` are for people: what was left out and why, what is synthetic.
    """

    name: str
    version: str
    pairs: Sequence[PreferencePair]
    notes: tuple[str, ...] = ()
