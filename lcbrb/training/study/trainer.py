"""A cell's training, by the trainer that `lcbrb train pgrpo` uses."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb.grading.problem_set import ProblemSet
from lcbrb.problem_groups import Parts
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.rewards.base import RewardModel
from lcbrb.training.loaded_policy import LoadedPolicy
from lcbrb.training.pgrpo.assessing import assessor_for
from lcbrb.training.pgrpo.fit import fit
from lcbrb.training.pgrpo.journal import Journal
from lcbrb.training.pgrpo.settings import PolicySettings
from lcbrb.training.pgrpo.tasks import Task
from lcbrb.training.pgrpo_reward import Arm
from lcbrb.training.study.grid import Condition, TrainingSettings
from lcbrb.training.study.sampling import SmallPolicy
from lcbrb.types import JsonValue, PolicyStep, PromptForm

#: series of the trainer's own figures that a cell keeps
KEPT = (
    "gate_rate all_correct all_wrong mixed without_gradient spread_all_correct "
    "ungated_minus_gated thinking_right thinking_wrong clip_ratio truncated unscored"
).split()
GRAD_NORM = "grad_norm"
_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What a cell's policy is trained on, and how.

    Attributes:
        settings, condition: see there.
        benchmark: of the problems, as many as are asked in all.
        sandbox: where programs run; it is not closed.
        thinking: the reward model; None where the arm reads none.
        most_tokens: of a reply.
        seed: of the order of problems and, with the condition's draw, of the sampling.
    """

    settings: TrainingSettings
    condition: Condition
    benchmark: ProblemSet
    sandbox: Sandbox
    thinking: RewardModel | None
    most_tokens: int
    seed: int

    @property
    def policy_settings(self) -> PolicySettings:
        """As the trainer is told."""
        settings, batch = self.settings, self.settings.prompts * self.settings.group
        return PolicySettings(
            arm=self.condition.arm,
            thinking_weight=settings.weight,
            group_size=settings.group,
            prompts=settings.prompts,
            updates=settings.updates,
            micro_batch=batch // settings.updates,
            steps=settings.steps * settings.updates,
            learning_rate=settings.learning_rate,
            warmup=settings.rising,
            max_tokens=self.most_tokens,
            eval_every=0,
            save_every=0,
            device="cpu",
        )


def train(
    policy: SmallPolicy, training: Training, on_batch: Callable[[int], object]
) -> dict[str, JsonValue]:
    """Train a policy in place.

    `on_batch` is told, at every `look_every` generated batches, how many there were by then.

    Returns:
        The trainer's figures after each batch, by name: `KEPT`, and the gradient's norm.
    """
    import torch

    benchmark = training.benchmark
    tasks = [
        Task(benchmark=benchmark, problem=problem, prompt=benchmark.prompt(problem))
        for problem in benchmark.problems
    ]
    updates, every = training.settings.updates, training.settings.look_every
    kept: list[PolicyStep] = []

    def on_step(step: PolicyStep) -> None:
        if step.step == 0:  # conditions that differ in their draws alone part here
            torch.manual_seed(1000 * training.seed + training.condition.draw)
            return
        kept.append(step)
        if step.step % (updates * every) == 0:
            on_batch(step.step // updates)

    with (
        tempfile.TemporaryDirectory(prefix="lcbrb-study-") as folder,
        assessor_for(
            [training.benchmark],
            training.thinking,
            soft=training.condition.arm is Arm.SOFT,
            sandbox=training.sandbox,
        ) as assessor,
    ):
        fit(
            LoadedPolicy(model=policy.model, tokenizer=policy.tokenizer, form=PromptForm.RAW),
            Parts(train=tasks, held_out=[]),
            assessor,
            training.policy_settings,
            seed=training.seed,
            journal=Journal(Path(folder), on_step=on_step),
        )
    return figures(kept, updates)


def figures(steps: Sequence[PolicyStep], updates: int) -> dict[str, JsonValue]:
    """Series by name, a value for each generated batch: the last that its updates told, or None.

    What was sampled is told with a batch's first update, clipping acts from the second on.
    """
    batches = [steps[begin : begin + updates] for begin in range(0, len(steps), updates)]
    figured = [
        [{**step.figures, GRAD_NORM: step.grad_norm} for step in reversed(batch)]
        for batch in batches
    ]
    return {
        name: [
            next((round(v, _DIGITS) for step in batch if (v := step.get(name)) is not None), None)
            for batch in figured
        ]
        for name in (*KEPT, GRAD_NORM)
    }
