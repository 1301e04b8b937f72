"""Reward models: what gives a reasoning process a number, and how well its numbers rank pairs."""

from __future__ import annotations

from lcbrb.errors import SetupError
from lcbrb.protocols import PairwiseModel, RewardModel
from lcbrb.registry import Registry, parse_spec

REWARD_MODELS = Registry(
    "reward model",
    {
        "random": "lcbrb.rewards.baselines:random_scores",
        "length": "lcbrb.rewards.baselines:length",
        "hf": "lcbrb.rewards.classifier:from_spec",
        "likelihood": "lcbrb.rewards.likelihood:from_spec",
    },
    group="lcbrb.reward_models",
)


def reward_model(text: str) -> RewardModel | PairwiseModel:
    """The reward model that a spec names; its weights are loaded when first needed.

    Raises:
        UnknownNameError, UsageError, SetupError: as `Registry.load` and the kind's factory say.
        SetupError: the factory gave something that is no reward model.
    """
    spec = parse_spec(text)
    model = REWARD_MODELS.load(spec.kind)(spec)
    if not isinstance(model, RewardModel | PairwiseModel):
        raise SetupError(
            f"{spec.kind} gave a {type(model).__name__}, which is no reward model: that has "
            "id, bounds and score, or id and compare"
        )
    return model
