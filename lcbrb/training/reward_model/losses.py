"""The losses of a reward model and its accuracy, as functions of its scores and nothing else.

Legend: B pairs of a batch. Scores are logits: ``sigmoid(score)`` lies in [0, 1].
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lcbrb.training.reward_model.settings import Loss, RewardSettings

if TYPE_CHECKING:
    from torch import Tensor


def bradley_terry(chosen_B: Tensor, rejected_B: Tensor, margin_B: Tensor) -> Tensor:
    """-log sigmoid(chosen - rejected - margin), the mean over the pairs."""
    from torch.nn.functional import logsigmoid

    return -logsigmoid(chosen_B - rejected_B - margin_B).mean()


def regression(chosen_B: Tensor, rejected_B: Tensor, target_B_2: Tensor) -> Tensor:
    """The mean squared error of sigmoid(score) over both sides of all pairs."""
    import torch

    scores_B_2 = torch.stack([chosen_B, rejected_B], dim=1)
    return (torch.sigmoid(scores_B_2) - target_B_2).square().mean()


def centering(chosen_B: Tensor, rejected_B: Tensor) -> Tensor:
    """The mean squared sum of a pair's scores (arXiv 2312.09244, equation 2)."""
    return (chosen_B + rejected_B).square().mean()


def loss_of(
    settings: RewardSettings,
    chosen_B: Tensor,
    rejected_B: Tensor,
    margin_B: Tensor,
    target_B_2: Tensor,
) -> Tensor:
    """What the settings ask for, a scalar.

    Args:
        settings: which loss, and the weight of centering.
        chosen_B: scores of the better sides.
        rejected_B: scores of the worse sides.
        margin_B: by how much the better side should lead, in logits.
        target_B_2: what the better and the worse side should have, in [0, 1].
    """
    if settings.loss == Loss.REGRESSION:
        loss = regression(chosen_B, rejected_B, target_B_2)
    else:
        loss = bradley_terry(chosen_B, rejected_B, margin_B)
    if settings.centering:
        loss = loss + settings.centering * centering(chosen_B, rejected_B)
    return loss


def win_points(chosen_N: Tensor, rejected_N: Tensor) -> Tensor:
    """1 where the better side scores more, a half where both score alike."""
    return (chosen_N > rejected_N).float() + 0.5 * (chosen_N == rejected_N).float()


def accuracy_and_loss(
    settings: RewardSettings,
    chosen_N: Tensor,
    rejected_N: Tensor,
    margin_N: Tensor,
    target_N_2: Tensor,
) -> tuple[float, float]:
    """Of pairs held out; arguments as of `loss_of`."""
    loss = loss_of(settings, chosen_N, rejected_N, margin_N, target_N_2)
    return float(win_points(chosen_N, rejected_N).mean()), float(loss)
