"""Reward models: what gives a reasoning process a number, and how well its numbers rank pairs."""

from __future__ import annotations

from lcbrb.errors import SetupError
from lcbrb.protocols.reward import PairwiseModel, RewardModel
from lcbrb.registry import Registry, parse_spec
from lcbrb.rewards.kinds.callables import made

REWARD_MODELS = Registry(
    "reward model",
    {
        "random": "lcbrb.rewards.kinds.baselines:random_scores",
        "length": "lcbrb.rewards.kinds.baselines:length",
        "format": "lcbrb.rewards.kinds.baselines:format_only",
        "hf": "lcbrb.rewards.kinds.classifier:from_spec",
        "likelihood": "lcbrb.rewards.kinds.likelihood:from_spec",
        "dpo": "lcbrb.rewards.kinds.dpo:from_spec",
        "prm": "lcbrb.rewards.prms.prm:from_spec",
        "ensemble": "lcbrb.rewards.ensembles.ensemble:from_spec",
        "judge": "lcbrb.rewards.kinds.judge:from_spec",
        "recorded": "lcbrb.rewards.kinds.recorded:from_spec",
        "python": "lcbrb.rewards.kinds.callables:from_spec",
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
    found = REWARD_MODELS.load(spec.kind)
    model = found(spec) if spec.kind in REWARD_MODELS.table else made(found, spec)
    if not isinstance(model, RewardModel | PairwiseModel):
        raise SetupError(
            f"{spec.kind} gave a {type(model).__name__}, which is no reward model: that has "
            "id, bounds and score, or id and compare"
        )
    return model
