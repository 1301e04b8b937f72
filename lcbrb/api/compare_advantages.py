"""`lcbrb.compare_advantages`: every arm's advantages on the groups that trainings recorded."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import NonNegativeFloat

from lcbrb.config import build
from lcbrb.training.pgrpo.arm_comparison import AdvantageComparison, compare_arms
from lcbrb.training.pgrpo.recorded import read_batches, read_policy_runs
from lcbrb.training.pgrpo_reward import Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    """Settings to try every arm with; None: those that trained."""

    thinking_weight: NonNegativeFloat | None = None
    scale_rewards: Scale | None = None
    min_spread: NonNegativeFloat | None = None


def compare_advantages(
    runs: Path | str | Sequence[Path | str], *, config: Mapping[str, Any] | None = None
) -> list[AdvantageComparison]:
    """Compute the advantages that every arm would give the replies that a training recorded.

    Args:
        runs: run folders of `lcbrb.train_policy`, finished or not, or folders that contain them.
        config: other values of ``thinking_weight``, ``scale_rewards`` or ``min_spread`` than in
            training. Agreement is still measured against the advantages of the training.

    Returns:
        A comparison for each run, in the order of their names. Arms whose data was not recorded are
        listed as left out.

    Raises:
        DataUnavailableError: there is no such folder.
        UsageError: there is no training of a policy, or it kept no replies.
        BadInputError: a line can't be read, or groups are not whole; file and line are named.
    """
    settings = build(_Settings, dict(config or {}), "train advantages")
    given = [runs] if isinstance(runs, Path | str) else list(runs)
    compared = []
    for run in read_policy_runs([Path(path).expanduser() for path in given]):
        batches, notes = read_batches(run)
        tried = dataclasses.replace(
            run.formula,
            weight=_chosen(settings.thinking_weight, run.formula.weight),
            scale=_chosen(settings.scale_rewards, run.formula.scale),
            min_spread=_chosen(settings.min_spread, run.formula.min_spread),
        )
        comparison = compare_arms(
            str(run.folder), batches, run.formula, tried, run.record.seed or 0
        )
        compared.append(dataclasses.replace(comparison, notes=(*notes, *comparison.notes)))
    return compared


def _chosen(said: Any, trained: Any) -> Any:
    return trained if said is None else said
