"""Training with a frozen trunk: hidden states from the cache, then the head alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from lcbrb.policies.cache import default_folder
from lcbrb.problem_groups import folds
from lcbrb.stats import cluster_mean
from lcbrb.training.fitted import Fitted
from lcbrb.training.reward_model.base_model import HeadedModel
from lcbrb.training.reward_model.frozen.fit import fit_head
from lcbrb.training.reward_model.frozen.states import PairStates, states_of
from lcbrb.training.reward_model.losses import win_points
from lcbrb.training.reward_model.settings import RewardSettings
from lcbrb.training.reward_model.tokenised import RewardJob
from lcbrb.types import Estimate, Metric, PreferencePair

CROSS_VALIDATED = Metric("cross-validated accuracy")


def train_frozen(
    base: HeadedModel, job: RewardJob, _checkpoint: Path | None = None
) -> tuple[HeadedModel, Fitted]:
    """Train the head of `base`, in place; there are no checkpoints.

    Raises:
        SetupError: hidden states can't be kept, or a sequence alone runs out of memory.
        IncompleteRunError: the loss is no number any more.
    """
    everything = [*job.train.rows, *job.held_out.rows]
    with job.progress.bar("hidden states", 2 * len(everything), "texts") as advance:
        states, account = states_of(base, job.train.rows, default_folder(), advance)
        held_out = None
        if job.held_out.rows:
            held_out, more = states_of(base, job.held_out.rows, default_folder(), advance)
            job.counts["sequences_computed"] += more.computed
    job.counts["sequences_computed"] += account.computed
    settings = job.settings
    if settings.folds:
        with job.progress.bar("folds", settings.folds * settings.seeds, "trainings") as advance:
            pairs = [tokens.pair for tokens in job.train.rows]
            cross_validated = cross_validate(base, pairs, states, settings, advance)
            job.estimates[CROSS_VALIDATED] = cross_validated
    base.draw_head(job.seed)
    with job.told_of_steps() as on_step:
        done = fit_head(base.head, base.scores, states, held_out, settings, job.seed, on_step)
    return base, done


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
