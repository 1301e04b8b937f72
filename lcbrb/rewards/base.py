"""What a reward model is: `RewardModel` scores texts one by one, `PairwiseModel` two side by side.

A model needs an `id` and `score` (or `compare`). Everything else is optional and has a default
here, so nobody asks a model what it can do. Objects of other people's classes, which need not
inherit, are brought to this form in `lcbrb.rewards.kinds.foreign`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Self

from lcbrb.protocols.reward import Item, Prepared
from lcbrb.types import JsonValue, PreferencePair


class Ranker(ABC):
    """Whatever can rank the two sides of a pair; `id` is its spec."""

    id: str

    @property
    def revision(self) -> str | None:
        """Which weights or which code; a run folder of another revision is not gone on with."""
        return None

    @property
    def identity(self) -> JsonValue:
        """The settings that scores depend on, for the record; None where the id says it all."""
        return None

    @property
    def members(self) -> Sequence[Ranker]:
        """The models that this one is made of."""
        return ()

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest number possible."""
        return -math.inf, math.inf

    @property
    def logits(self) -> bool:
        """Whether a difference of two scores is a logit (Bradley & Terry); they have no bounds."""
        return False

    @property
    def each_alone(self) -> bool:
        """Whether no number depends on what else is asked: then only what is missing is asked.

        True of judges. The batches of a model that computes are the same at every start.
        """
        return False

    @property
    def flips(self) -> int:
        """How many pairs are scored by the twin too (`in_float32`); the most that a member asks."""
        return max((member.flips for member in self.members), default=0)

    @property
    def forward_passes(self) -> int:
        """How many models read each text, for the account of tokens."""
        return 1

    def load(self) -> None:
        """Load the weights now, so that the time to load is not counted as scoring."""
        for member in self.members:
            member.load()

    def in_float32(self) -> Self | None:
        """The same model in float32; None where it is that already, or none is wanted."""
        return None


class RewardModel(Ranker):
    """Gives each text a number; higher is better."""

    @abstractmethod
    def score(self, items: Sequence[Item]) -> list[float]:
        """One finite number for each item, in order. The batch must not change a score."""

    def truncated(self, items: Sequence[Item]) -> list[bool]:
        """Whether each item would be cut to the model's limit."""
        return [False] * len(items)

    def prepare(self, items: Sequence[Item]) -> Prepared:
        """Items made ready to be scored, in a thread while others are; never by two at once."""
        return Prepared(inputs=items)

    def score_prepared(self, prepared: Prepared) -> list[float]:
        """As `score`, of what `prepare` gave."""
        return self.score(prepared.inputs)


class PairwiseModel(Ranker):
    """Compares the two texts of a pair."""

    @property
    def bounds(self) -> tuple[float, float]:
        """Those of a preference."""
        return 0.0, 1.0

    @abstractmethod
    def compare(self, pairs: Sequence[PreferencePair]) -> list[float]:
        """Preference for `chosen` of each pair: 1 chosen, 0 rejected, 0.5 no preference."""
