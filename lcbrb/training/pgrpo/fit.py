"""A policy in memory, trained: what `lcbrb train pgrpo` and the study both call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lcbrb.errors import UsageError
from lcbrb.registry import require
from lcbrb.training.checkpoint import gathered_weights
from lcbrb.training.loaded_policy import LoadedPolicy
from lcbrb.training.pgrpo.asking import check_room
from lcbrb.training.pgrpo.assessing import Assessor
from lcbrb.training.pgrpo.journal import Journal
from lcbrb.training.pgrpo.settings import PolicySettings
from lcbrb.training.pgrpo.tasks import Tasks
from lcbrb.training.processes import ALONE, Processes
from lcbrb.training.resume import checkpoints, remove_others, step_of
from lcbrb.training.trl_errors import taking_settings, training


def fit(  # noqa: PLR0913 - all that a training consists of
    policy: LoadedPolicy,
    tasks: Tasks,
    assessor: Assessor,
    settings: PolicySettings,
    *,
    seed: int = 0,
    journal: Journal,
    processes: Processes = ALONE,
) -> tuple[Any, Any]:
    """Train a policy, or go on from the last whole checkpoint in the journal's folder.

    Returns:
        The trained model (with LoRA, PEFT's around the base), and its weights by name where the
        model holds a part of them only, else None (`gathered_weights`).

    Raises:
        MissingExtraError: TRL is not installed.
        UsageError: there are fewer problems than prompts in a batch, or prompts that leave a reply
            no room; settings that TRL refuses; all replies of the first batch were cut.
        BadScoreError: the reward model gave a score that is no number.
        IncompleteRunError: the loss is no number any more.
        SetupError: memory or disk ran out, a server is gone, or another process ended; what the
            last checkpoint holds is kept.
    """
    require(("trl",), "training a policy")
    if len(tasks.train) < settings.prompts:
        raise UsageError(
            f"{len(tasks.train)} problems to train on are fewer than the {settings.prompts} "
            "prompts of a batch: lower prompts"
        )
    check_room(policy, tasks, settings.max_tokens)
    checkpoint = processes.told(lambda: _usable(journal.folder))
    from lcbrb.training.pgrpo_train import PosteriorTrainer

    with taking_settings():
        trainer = PosteriorTrainer(
            policy, tasks, assessor, settings, seed=seed, journal=journal, processes=processes
        )
    with training():
        if checkpoint and step_of(checkpoint) >= settings.steps:  # it would take one step more
            trainer._load_from_checkpoint(str(checkpoint))  # noqa: SLF001 - as `train` does
        else:
            trainer.train(resume_from_checkpoint=checkpoint and str(checkpoint))
    model = trainer.accelerator.unwrap_model(trainer.model)
    model.eval()
    return model, gathered_weights(trainer)


def _usable(folder: Path) -> Path | None:
    """The checkpoint to go on from; others are removed."""
    usable = checkpoints(folder).usable
    remove_others(folder, usable)
    return usable[-1] if usable else None
