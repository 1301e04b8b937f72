"""One training of the study: from a seed's warm policy to what came of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata

from lcbrb.rewards.base import RewardModel
from lcbrb.training.study.evaluation import Grading, Sample, measure, summarised
from lcbrb.training.study.folder import settings_hash
from lcbrb.training.study.grid import Cell, StudySettings
from lcbrb.training.study.results import CellResult, Look
from lcbrb.training.study.sampling import SmallPolicy
from lcbrb.training.study.scorers import Trapdoor
from lcbrb.training.study.task import Part, benchmark
from lcbrb.training.study.trainer import Training, train
from lcbrb.training.study.warm_policy import WarmPolicy, accuracy_on, right_samples
from lcbrb.types import Problem

_LIBRARIES = ("lcbrb", "torch", "transformers", "trl", "numpy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What all cells of a process share; `given` is a reward model that the user named."""

    settings: StudySettings
    grading: Grading
    held_out: Sequence[Problem]
    given: RewardModel | None = None


def run_cell(cell: Cell, ground: Ground, warm: WarmPolicy) -> CellResult:
    """Train a cell's policy and measure it."""
    began = time.perf_counter()
    settings, condition = ground.settings, cell.condition
    policy = warm.load(settings.warm_up.most_tokens)
    thinking = warm.scorer(condition, ground.given)
    shown = thinking or Trapdoor()  # what `outcome` does to it, without being paid by it
    looked = ground.held_out[: settings.look_problems]
    looks: list[Look] = []
    looking_s = 0.0

    def look(step: int) -> None:
        nonlocal looking_s
        look_began = time.perf_counter()
        looks.append(_look(step, policy, ground.grading, looked, shown))
        looking_s += time.perf_counter() - look_began

    look(0)
    looking_s = 0.0
    problems = settings.training.steps * settings.training.prompts
    training_began = time.perf_counter()
    log = train(
        policy,
        Training(
            settings=settings.training,
            condition=condition,
            benchmark=benchmark(settings.task, Part.TRAINING, problems, cell.seed),
            sandbox=ground.grading.sandbox,
            thinking=thinking,
            most_tokens=policy.most_tokens,
            seed=cell.seed,
        ),
        look,
    )
    train_s = time.perf_counter() - training_began - looking_s
    measured, samples = measure(
        policy, ground.grading, ground.held_out, samples=settings.samples, thinking=shown
    )
    after = accuracy_on(thinking, right_samples(samples))[0] if thinking else None
    return CellResult(
        condition=condition.name,
        arm=condition.arm,
        scorer=condition.scorer,
        accuracy=condition.accuracy,
        flaw=condition.flaw,
        seed=cell.seed,
        settings=settings_hash(settings, condition.scorer),
        looks=tuple(looks),
        measured=measured,
        accuracy_after=after,
        libraries={name: metadata.version(name) for name in _LIBRARIES},
        log=log,
        train_s=round(train_s, 1),
        wall_s=round(time.perf_counter() - began, 1),
    )


def _look(
    step: int,
    policy: SmallPolicy,
    grading: Grading,
    problems: Sequence[Problem],
    thinking: RewardModel,
) -> Look:
    """One sample of each problem, with draws that are the same at every look."""
    samples: list[Sample] = grading.samples(
        problems, policy.replies([problem.prompt for problem in problems], seed=1)
    )
    policy.model.train()
    figures = summarised(samples, (), len(problems), thinking)
    right = sum(figures.right)
    scores = [(figures.thinking_right, right), (figures.thinking_wrong, len(samples) - right)]
    thought = sum(score * count for score, count in scores if score is not None) / len(samples)
    return Look(
        step=step,
        pass_at_1=figures.pass_at_1,
        soundness=figures.soundness,
        waved=figures.waved,
        verbose=figures.verbose,
        words=figures.words,
        thinking=round(thought, 4),
    )
