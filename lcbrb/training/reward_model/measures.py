"""How well pairs held out are ranked, from their scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lcbrb.training.reward_model.losses import loss_of
from lcbrb.training.reward_model.settings import RewardSettings
from lcbrb.training.reward_model.tokenised import TokenPair

if TYPE_CHECKING:
    from torch import Tensor


def win_points(chosen_N: Tensor, rejected_N: Tensor) -> Tensor:
    """1 where the better side scores more, a half where both score alike."""
    return (chosen_N > rejected_N).float() + 0.5 * (chosen_N == rejected_N).float()


def accuracy_and_loss(
    chosen_N: Tensor, rejected_N: Tensor, pairs: Sequence[TokenPair], settings: RewardSettings
) -> tuple[float, float]:
    """Of pairs held out, from their scores."""
    import torch

    margin = torch.tensor([pair.margin for pair in pairs])
    target = torch.tensor([pair.targets for pair in pairs])
    loss = loss_of(settings, chosen_N, rejected_N, margin, target)
    return float(win_points(chosen_N, rejected_N).mean()), float(loss)
