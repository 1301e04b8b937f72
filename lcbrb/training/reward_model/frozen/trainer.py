"""Training with a frozen trunk: hidden states from the cache, then the head alone."""

from __future__ import annotations

from lcbrb.policies.cache import default_folder
from lcbrb.training.fitted import Fitted
from lcbrb.training.reward_model.base_model import HeadedModel
from lcbrb.training.reward_model.frozen.cross_validation import CROSS_VALIDATED, cross_validate
from lcbrb.training.reward_model.frozen.fit import fit_head
from lcbrb.training.reward_model.frozen.states import states_of
from lcbrb.training.reward_model.job import Job
from lcbrb.types import TrainingStep


def train_frozen(base: HeadedModel, job: Job) -> Fitted:
    """Train the head of `base`, in place.

    Raises:
        SetupError: hidden states can't be kept, or a sequence alone runs out of memory.
        IncompleteRunError: the loss is no number any more.
    """
    everything = [*job.train.pairs, *job.held_out.pairs]
    with job.progress.bar("hidden states", 2 * len(everything), "texts") as advance:
        states, account = states_of(base, job.train.pairs, default_folder(), advance)
        held_out = None
        if job.held_out.pairs:
            held_out, more = states_of(base, job.held_out.pairs, default_folder(), advance)
            job.count("sequences_computed", more.computed)
    job.count("sequences_computed", account.computed)
    settings = job.settings
    if settings.folds:
        with job.progress.bar("folds", settings.folds * settings.seeds, "trainings") as advance:
            pairs = [tokens.pair for tokens in job.train.pairs]
            cross_validated = cross_validate(base, pairs, states, settings, advance)
            job.estimates[CROSS_VALIDATED] = cross_validated
    base.draw_head(job.seed)
    with job.progress.bar("training", job.total_steps, "steps") as advance:

        def on_step(step: TrainingStep) -> None:
            job.on_step(step)
            advance(1)

        return fit_head(base.head, base.scores, states, held_out, settings, job.seed, on_step)
