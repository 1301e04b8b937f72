"""A reward model that stands on several machines: replicas, each with some of the portions.

Portions are the same as on one machine, and so are the batches that a model is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lcbrb.engine.recipe import Portable, Recipe
from lcbrb.errors import IncompleteRunError, SetupError
from lcbrb.protocols.executor import Executor
from lcbrb.protocols.reward import Item
from lcbrb.registry import parse_spec
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import Ranker, RewardModel
from lcbrb.rewards.scoring import Portion, ScoresPortions, score_portion
from lcbrb.types import JsonValue, ScoredPair

_FACTORY = "lcbrb.rewards.replicas:scoring"
_MODELS = ("hf", "likelihood", "dpo", "prm", "ensemble")


def replicated(model: Ranker, executor: Executor) -> Ranker:
    """The reward model with replicas, if it is a model; else as it is."""
    if parse_spec(model.id).kind not in _MODELS or not isinstance(model, RewardModel):
        return model
    if isinstance(model, ScoresPortions):
        return model  # an ensemble with a judge, who asks from here
    return Replicas(id=model.id, model=model, executor=executor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicas(RewardModel, ScoresPortions):
    """A reward model that scores elsewhere; `model` says what it is and loads no weights here."""

    id: str
    model: RewardModel
    executor: Executor

    @property
    def revision(self) -> str | None:
        """The model's."""
        return self.model.revision

    @property
    def identity(self) -> JsonValue:
        """The model's settings for the record."""
        return self.model.identity

    @property
    def bounds(self) -> tuple[float, float]:
        """The model's."""
        return self.model.bounds

    @property
    def logits(self) -> bool:
        """What the model says of its scores."""
        return self.model.logits

    def score(self, items: Sequence[Item]) -> list[float]:
        """Score here, as the model does."""
        return self.model.score(items)

    def score_portions(
        self, portions: Iterable[Portion]
    ) -> Iterator[tuple[Portion, list[ScoredPair]]]:
        """Each portion with its scores, as replicas end with them.

        Raises:
            LcbrbError: what the model raises; a node can't load it, or has another one of its name.
            IncompleteRunError: no node is left, or a portion was lost again and again.
        """
        arguments = {"text": self.id, "revision": self.revision}
        work = Portable(
            here=lambda portion: score_portion(self.model, portion),
            recipe=Recipe(factory=_FACTORY, arguments=arguments),
            lost=_unscored,
        )
        yield from self.executor.map(work, portions)


def _unscored(portion: Portion, why: str) -> list[ScoredPair]:
    raise IncompleteRunError(
        f"{len(portion)} pairs from {portion[0].id[:12]} on have no scores ({why}); what was "
        "scored is kept: start the same command again"
    )


def scoring(
    *, text: str, revision: str | None, cores: int
) -> Callable[[Sequence[Portion]], list[list[ScoredPair]]]:
    """What scores portions here; the weights are loaded with the first.

    Raises:
        SetupError: the model of that name is another one here, or does not load.
    """
    model = reward_model(text)
    if model.revision != revision:
        raise SetupError(
            f"{text} is another model there (revision {model.revision}, here {revision}): "
            "give every node the same weights"
        )
    import torch  # Ray allows one thread to who asks for no core

    torch.set_num_threads(cores)
    return lambda portions: [score_portion(model, portion) for portion in portions]
