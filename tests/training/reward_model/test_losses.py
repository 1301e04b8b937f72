"""The losses, against sums by hand."""

import math

import pytest
import torch

from lcbrb.errors import UsageError
from lcbrb.training.reward_model.losses import loss_of
from lcbrb.training.reward_model.settings import RewardSettings
from lcbrb.types import Relation

CHOSEN, REJECTED = torch.tensor([1.0, -2.0]), torch.tensor([0.5, 1.0])
MARGIN, TARGETS = torch.tensor([0.25, 0.0]), torch.tensor([[1.0, 0.0], [0.5, 0.0]])


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def loss(**fields):
    settings = RewardSettings(**fields)
    return float(loss_of(settings, CHOSEN, REJECTED, MARGIN, TARGETS))


def test_bradley_terry_takes_the_margin_off_the_lead():
    by_hand = -(math.log(sigmoid(1.0 - 0.5 - 0.25)) + math.log(sigmoid(-2.0 - 1.0))) / 2
    assert loss() == pytest.approx(by_hand, rel=1e-6)


def test_regression_is_of_the_sigmoid():
    errors = [sigmoid(1.0) - 1, sigmoid(0.5), sigmoid(-2.0) - 0.5, sigmoid(1.0)]
    by_hand = sum(error**2 for error in errors) / 4
    assert loss(loss="regression") == pytest.approx(by_hand, rel=1e-6)


def test_centering_adds_the_squared_sums():
    by_hand = loss() + 0.1 * ((1.0 + 0.5) ** 2 + (-2.0 + 1.0) ** 2) / 2
    assert loss(centering=0.1) == pytest.approx(by_hand, rel=1e-6)


def test_the_margin_of_a_relation_goes_before_that_of_all():
    strong = Relation.OPTIMIZED_OVER_DEGRADED
    settings = RewardSettings(margin=0.5, margins={strong: 1.0})
    assert settings.margin_of(strong) == 1.0
    assert settings.margin_of(Relation.GIVEN) == 0.5


@pytest.mark.parametrize(
    "fields", [{"loss": "regression", "margin": 1.0}, {"batch_size": 10, "micro_batch": 4}]
)
def test_settings_that_do_not_go_together_are_refused(fields):
    from lcbrb.config import build

    with pytest.raises(UsageError):
        build(RewardSettings, fields, "train")
