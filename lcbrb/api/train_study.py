"""`lcbrb.train_study`: how good must a reasoning reward model be before P-GRPO gains anything?"""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

from lcbrb.errors import UsageError
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.training.study.budget import Budget
from lcbrb.training.study.grid import preset as preset_of
from lcbrb.training.study.study import Plan, run_study

_HOUR_S = 3600.0


def train_study(
    out: Path | str,
    *,
    preset: str = "small",
    seeds: int | None = None,
    hours: float | None = None,
    processes: int = 1,
    reward_model: str | None = None,
    isolation: str | None = None,
    progress: Progress = SILENT,
) -> Budget:
    """Run the study, or resume it, within the time limit; then write its page.

    Args:
        out: the study's folder. Results are small files in ``out/cells``; the page is
            ``out/study.html``.
        preset: ``small``, or ``tiny`` to see that everything works.
        seeds: number of seeds; None: as in the preset. More can be added later, but the statistical
            tests use the seeds planned when the folder was made (the preset's, or more), once all
            of these are complete.
        hours: time limit; no training is started that would probably not finish in time. None: no
            limit.
        processes: number of trainings at a time, one core each.
        reward_model: your own reward model, to include in the part that compares gated and ungated
            rewards; as in `lcbrb.evaluate`.
        isolation: the lowest level of isolation at which programs may run.
        progress: receives the budget first, then the finished trainings.

    Returns:
        The trainings that are left.

    Raises:
        UsageError: a setting can't be used; the folder holds a study with other settings.
        SetupError: the extra `train` is missing, or no sandbox is live.
        IncompleteRunError: a process failed.
    """
    for name, value in {"seeds": seeds, "processes": processes}.items():
        if value is not None and value < 1:
            raise UsageError(f"{name} must be 1 or more, not {value}")
    if hours is not None and not hours > 0:
        raise UsageError(f"hours must be above 0, not {hours}")
    chosen = preset_of(preset)
    if reward_model:
        settings = dataclasses.replace(chosen.settings, reward_model=reward_model)
        chosen = dataclasses.replace(chosen, settings=settings)
    plan = Plan(
        out=Path(out).expanduser(),
        preset=chosen,
        seeds=chosen.seeds if seeds is None else seeds,
        until=None if hours is None else time.time() + hours * _HOUR_S,
        processes=processes,
        isolation=isolation,
    )
    plan.open()
    progress.say(plan.budget().told(hours))
    return run_study(plan, progress.say)
