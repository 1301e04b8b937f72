"""A reward model that stands on several machines: replicas, each with some of the portions.

Portions are the same as on one machine, and so are the batches that a model is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lcbrb import models
from lcbrb.engine.remote_work import Portable, Recipe
from lcbrb.errors import IncompleteRunError, SetupError
from lcbrb.protocols.executor import Executor
from lcbrb.protocols.reward import Item
from lcbrb.registry import parse_spec
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import ItemScore, Ranker, RewardModel
from lcbrb.types import JsonValue, TrainedProblem

_FACTORY = "lcbrb.rewards.replicas:scoring"
_MODELS = ("hf", "likelihood", "dpo", "prm", "ensemble")

_Numbered = tuple[int, Sequence[Item]]  # a portion


def replicated(model: Ranker, executor: Executor) -> Ranker:
    """The reward model with replicas, if it is a model; else as it is."""
    if parse_spec(model.made_from).kind not in _MODELS or not isinstance(model, RewardModel):
        return model
    if model.asks_others:
        return model  # it asks from here
    return Replicas(id=model.id, model=model, executor=executor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicas(RewardModel):
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
        """The model's."""
        return self.model.identity

    @property
    def trained_on(self) -> Sequence[TrainedProblem]:
        """The model's."""
        return self.model.trained_on

    @property
    def probes(self) -> Mapping[str, Sequence[float]]:
        """The model's."""
        return self.model.probes

    @property
    def bounds(self) -> tuple[float, float]:
        """The model's."""
        return self.model.bounds

    @property
    def logits(self) -> bool:
        """The model's."""
        return self.model.logits

    def score(self, items: Sequence[Item]) -> list[float]:
        """Score here, as the model does."""
        return self.model.score(items)

    def score_portions(
        self, portions: Sequence[Sequence[Item]]
    ) -> Iterator[tuple[int, Mapping[Item, ItemScore]]]:
        """Each portion with its scores, as replicas end with them.

        Raises:
            LcbrbError: what the model raises; a node can't load it, or has another one of its name.
            IncompleteRunError: no node is left, or a portion was lost again and again.
        """
        arguments = {"text": self.model.made_from, "revision": self.revision}
        work: Portable[_Numbered, Mapping[Item, ItemScore]] = Portable(
            here=lambda numbered: _scored(self.model, numbered),
            recipe=Recipe(factory=_FACTORY, arguments=arguments),
            lost=_unscored,
        )
        for (number, _), scores in self.executor.map(work, enumerate(portions)):
            yield number, scores


def _scored(model: RewardModel, numbered: _Numbered) -> Mapping[Item, ItemScore]:
    ((_, scores),) = model.score_portions([numbered[1]])
    return scores


def _unscored(numbered: _Numbered, why: str) -> Mapping[Item, ItemScore]:
    items = numbered[1]
    raise IncompleteRunError(
        f"{len(items)} texts from the one that begins '{items[0].response[:30]}' on have no "
        f"scores ({why}); the scores so far are kept: run the same command again"
    )


def scoring(
    *, text: str, revision: str | None, cores: int
) -> Callable[[Sequence[_Numbered]], list[Mapping[Item, ItemScore]]]:
    """What scores portions here; the weights are loaded with the first.

    Raises:
        SetupError: the model of that name is another one here, or does not load.
    """
    model = reward_model(text)
    models.check_replica(text, there=model.revision, here=revision)
    if not isinstance(model, RewardModel):
        raise SetupError(f"{text} gives no scores there")
    models.use_cores(cores)
    return lambda portions: [_scored(model, numbered) for numbered in portions]
