"""The warm policy of a seed as a folder: made once, then read by every cell of that seed."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb import codec
from lcbrb.errors import IncompleteRunError
from lcbrb.rewards.base import RewardModel
from lcbrb.training.study.evaluation import Grading, Sample, measure
from lcbrb.training.study.grid import STUDY_VERSION, Condition, Scorer, StudySettings, degraded_name
from lcbrb.training.study.results import CopyMade, WarmResult
from lcbrb.training.study.sampling import SmallPolicy
from lcbrb.training.study.scorers import (
    CHANCE,
    Copy,
    Flaw,
    Trapdoor,
    WarmSample,
    degraded,
    oracle,
    pairwise_accuracy,
)
from lcbrb.training.study.task import Part, benchmark
from lcbrb.training.study.warm_up import warm_up
from lcbrb.types import Problem

_MODEL, _SAMPLES, _RESULT = "model", "samples.json", "warm.json"
_AT_CHANCE = 5
_EACH = 16  # replies to each problem that copies of the oracle are set on
_CALIBRATION_SEED = 1_000_000_000  # of problems that no training reaches


@dataclass(frozen=True, kw_only=True)
class WarmPolicy:
    """A folder with a model, its right samples, and what was measured of it."""

    folder: Path
    result: WarmResult
    samples: Sequence[WarmSample]

    def load(self, most_tokens: int) -> SmallPolicy:
        """A fresh copy of the policy."""
        from transformers import AutoModelForCausalLM, AutoTokenizer

        folder = str(self.folder / _MODEL)
        return SmallPolicy(
            model=AutoModelForCausalLM.from_pretrained(folder),
            tokenizer=AutoTokenizer.from_pretrained(folder),
            most_tokens=most_tokens,
        )

    def scorer(self, condition: Condition, given: RewardModel | None = None) -> RewardModel | None:
        """The reward model of a condition, as it is for this seed; `given` is the user's own."""
        if condition.scorer is Scorer.NONE:
            return None
        if condition.scorer is Scorer.TRAPDOOR:
            return Trapdoor()
        if condition.scorer is Scorer.GIVEN:
            return given
        if condition.flaw is None or condition.accuracy is None:
            return oracle()
        return _copy(condition.flaw, condition.accuracy / 100, self.samples, self.result.seed)


def _copy(flaw: Flaw, accuracy: float, samples: Sequence[WarmSample], seed: int) -> Copy:
    return degraded(flaw, accuracy, samples, seed=seed) if accuracy < 1.0 else oracle()


def find(folder: Path, settings: StudySettings) -> WarmPolicy | None:
    """The warm policy in a folder; None where there is none of these settings."""
    if not (folder / _RESULT).exists():
        return None
    result = codec.read_record(WarmResult, folder / _RESULT)
    if result.settings != warm_hash(settings):
        return None
    rows = json.loads(codec.read_text(folder / _SAMPLES))
    samples = [WarmSample(prompt=prompt, reasoning=reasoning) for prompt, reasoning in rows]
    return WarmPolicy(folder=folder, result=result, samples=samples)


def warm_hash(settings: StudySettings) -> str:
    """Of what a warm policy and its measures depend on."""
    values = dataclasses.asdict(settings) | {"version": STUDY_VERSION}
    kept = ("version", "task", "warm_up", "levels", "problems", "samples", "calibration")
    return codec.sha256_text(json.dumps({name: values[name] for name in kept}))[:16]


def make(  # noqa: PLR0913, PLR0917 - where, what, and what it is measured by
    folder: Path,
    settings: StudySettings,
    seed: int,
    grading: Grading,
    problems: Sequence[Problem],
    say: Callable[[str], object] = lambda _: None,
) -> WarmPolicy:
    """Train the policy of a seed, measure it and keep it; `warm.json` is written last.

    Whatever was in the folder is gone.

    Raises:
        IncompleteRunError: no reward model of an accuracy of the study can be set on its samples.
    """
    began = time.perf_counter()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    def pass_rate(asked: Sequence[Problem], replies: Sequence[str]) -> float:
        graded = grading.samples(asked, replies)
        return sum(sample.passed for sample in graded) / len(graded)

    warmed = warm_up(settings.task, settings.warm_up, seed, pass_rate, say)
    policy = warmed.policy
    policy.model.save_pretrained(str(folder / _MODEL))
    policy.tokenizer.save_pretrained(str(folder / _MODEL))
    say(f"seed {seed}: measuring")
    measured, drawn = measure(policy, grading, problems, samples=settings.samples)
    training = benchmark(settings.task, Part.TRAINING, settings.calibration, _CALIBRATION_SEED)
    known = [*training.problems] * _EACH
    replies = policy.replies([problem.prompt for problem in known], seed=seed)
    samples = right_samples(grading.samples(known, replies))
    if accuracy_on(oracle(), samples)[0] is None:
        raise IncompleteRunError(
            f"the policy of seed {seed} has no problem with two right replies of different "
            f"soundness, after {warmed.steps} steps of warm-up: no reward model can be "
            "calibrated on it"
        )
    codec.write_text(
        folder / _SAMPLES, json.dumps([[sample.prompt, sample.reasoning] for sample in samples])
    )
    result = WarmResult(
        seed=seed,
        settings=warm_hash(settings),
        steps=warmed.steps,
        reached=warmed.reached,
        parameters=sum(weights.numel() for weights in policy.model.parameters()),
        measured=measured,
        copies=tuple(_copies(settings, seed, samples, right_samples(drawn))),
        wall_s=round(time.perf_counter() - began, 1),
    )
    codec.write_text(folder / _RESULT, codec.encode_pretty(result))
    return WarmPolicy(folder=folder, result=result, samples=samples)


def check_bounds(result: WarmResult, settings: StudySettings) -> None:
    """Refuse to train from a policy that is right too seldom, or too often, to learn from.

    Raises:
        IncompleteRunError: it is outside the bounds of the settings.
    """
    (least, most), measured = settings.pass_rates, result.measured
    if least <= measured.pass_at_1 <= most and measured.greedy_pass < settings.most_greedy:
        return
    ended = "its target" if result.reached else "the last step, short of its target"
    raise IncompleteRunError(
        f"the warm policy of seed {result.seed} has pass@1 {measured.pass_at_1:.3f} and greedy "
        f"{measured.greedy_pass:.3f} on held-out problems, after {result.steps} steps (to "
        f"{ended}). Trainings begin at pass@1 of {least:g} to {most:g} with greedy below "
        f"{settings.most_greedy:g}: change the warm-up in the preset, and use a new folder"
    )


def right_samples(samples: Sequence[Sample]) -> list[WarmSample]:
    """The right ones that have a reasoning."""
    return [
        WarmSample(prompt=sample.problem.prompt, reasoning=sample.reasoning)
        for sample in samples
        if sample.passed and sample.well_formed
    ]


def accuracy_on(model: RewardModel, samples: Sequence[WarmSample]) -> tuple[float | None, int]:
    """As `pairwise_accuracy`; None where no two samples of a problem differ in soundness."""
    try:
        return pairwise_accuracy(model, samples)
    except ValueError:
        return None, 0


def check_copy(
    model: RewardModel, level: float, samples: Sequence[WarmSample], settings: StudySettings
) -> None:
    """Refuse a copy of the oracle that has not the accuracy it was made for.

    One at chance is its flaw alone, whose accuracy on some hundreds of samples is a half but for
    chance: five times the distance is allowed.

    Raises:
        IncompleteRunError: it is further off than `StudySettings.copies_within`.
    """
    accuracy, pairs = pairwise_accuracy(model, samples)
    within = settings.copies_within * (1 if level > CHANCE else _AT_CHANCE)
    if abs(accuracy - level) > within:
        raise IncompleteRunError(
            f"{model.id} ranks {accuracy:.3f} of {pairs} pairs as the oracle does, but should "
            f"rank {level:g} (within {within:g}): use more problems for its calibration"
        )


def _copies(
    settings: StudySettings, seed: int, samples: Sequence[WarmSample], other: Sequence[WarmSample]
) -> Iterator[CopyMade]:
    """Each reward model of the study, with its accuracy on samples that it was not set on."""
    models: dict[str, RewardModel] = {
        degraded_name(flaw, level): _copy(flaw, level / 100, samples, seed)
        for flaw in Flaw
        for level in settings.levels
    }
    for flaw in Flaw:
        for level in settings.levels:
            check_copy(models[degraded_name(flaw, level)], level / 100, samples, settings)
    for name, model in {"oracle": oracle(), **models, Scorer.TRAPDOOR: Trapdoor()}.items():
        accuracy, pairs = accuracy_on(model, other)
        share = model.share if isinstance(model, Copy) else 0.0
        yield CopyMade(name=name, share=share, accuracy=accuracy, pairs=pairs)
