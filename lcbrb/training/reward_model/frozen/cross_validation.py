"""How well heads on a frozen trunk rank pairs of problems that they were not trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lcbrb.problem_groups import folds
from lcbrb.stats import cluster_mean
from lcbrb.training.reward_model.base_model import HeadedModel
from lcbrb.training.reward_model.frozen.fit import fit_head
from lcbrb.training.reward_model.frozen.states import PairStates
from lcbrb.training.reward_model.losses import win_points
from lcbrb.training.reward_model.settings import RewardSettings
from lcbrb.types import Estimate, Metric, PreferencePair

CROSS_VALIDATED = Metric("cross-validated accuracy")


def cross_validate(
    base: HeadedModel,
    pairs: Sequence[PreferencePair],
    states: PairStates,
    settings: RewardSettings,
    on_fit: Callable[[int], object] = int,
) -> Estimate:
    """The accuracy over all pairs, each ranked by heads that saw no pair of its problem.

    For each of `seeds` seeds the problems are dealt into `folds` parts anew, and a head with first
    weights of that seed is trained on all parts but one; its last weights count. A pair's points
    (a tie is a half) are the mean over the seeds; the interval is clustered by problem. The head
    of `base` is left as the last of them.

    Raises:
        UsageError: fewer problems than folds.
        IncompleteRunError: a loss is no number any more.
    """
    import torch

    place = {pair.id: row for row, pair in enumerate(pairs)}
    points_N = np.zeros(len(pairs))
    for seed in range(settings.seeds):
        for parts in folds(pairs, settings.folds, seed):
            seen, held = (
                np.asarray([place[pair.id] for pair in part])
                for part in (parts.train, parts.held_out)
            )
            base.draw_head(seed)
            fit_head(base.head, base.scores, states.take(seen), None, settings, seed)
            rows = states.take(held)
            with torch.no_grad():
                better, worse = (
                    base.scores(torch.from_numpy(side).to(base.model.device)).cpu()
                    for side in (rows.chosen_N_D, rows.rejected_N_D)
                )
            points_N[held] += win_points(better, worse).numpy() / settings.seeds
            on_fit(1)
    return cluster_mean(points_N.tolist(), [pair.problem_id for pair in pairs])
