"""What a policy's training writes down as it goes: every step, every reply, every evaluation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from lcbrb.stats import cluster_mean
from lcbrb.training.pgrpo.rollouts import Judged, rollout
from lcbrb.training.pgrpo_reward import Array
from lcbrb.types import Estimate, PolicyStep, Record, Rollout

#: of TRL's figures, those that are kept, under our names
_UPSTREAM = {
    "clip_ratio/region_mean": "clip_ratio",
    "entropy": "entropy",
    "completions/mean_length": "tokens",
    "step_time": "step_s",
}
NOT_JUDGED = "held_out_unscored"
_OURS = frozenset(
    "gate_rate all_correct all_wrong mixed reward ungated_minus_gated spread_all_correct "
    "thinking thinking_right thinking_wrong well_formed truncated reasoning_length "
    "without_gradient unscored sampling_s scoring_s waiting_s".split()
)


class Appends(Protocol):
    """A file of records, open for more."""

    def append(self, record: Record) -> None:
        """Write one more."""


class Journal:
    """Told by the trainer; tells the files, and whoever waits for steps.

    `rollouts` take replies and `metrics` steps; None in all processes but one. `on_step` is told of
    each step, once.
    """

    def __init__(
        self,
        folder: Path,
        rollouts: Appends | None = None,
        metrics: Appends | None = None,
        on_step: Callable[[PolicyStep], object] = lambda _: None,
    ) -> None:
        self.folder, self._rollouts, self._metrics = folder, rollouts, metrics
        self._on_step = on_step
        self.steps: list[PolicyStep] = []
        self._held_out: dict[int, Estimate] = {}
        self._not_judged: dict[int, int] = {}

    def paid(
        self, step: int, replies: Sequence[Judged], reward_P_G: Array, advantage_P_G: Array
    ) -> None:
        """A batch of groups, with what each reply was paid."""
        size = reward_P_G.shape[1]
        pairs = zip(replies, reward_P_G.ravel(), advantage_P_G.ravel(), strict=True)
        for place, (judged, reward, advantage) in enumerate(pairs):
            paid = {"reward": _known(reward), "advantage": _known(advantage)}
            self._keep(rollout(step, judged, place // size, place % size, **paid))

    def evaluated(self, step: int, replies: Sequence[Judged]) -> Estimate | None:
        """Replies to the problems held out, sampled after a step; pass@1, where it is known."""
        numbers: dict[str, int] = {}
        for judged in replies:
            name = judged[0]
            at = numbers[name] = numbers.get(name, -1) + 1
            self._keep(rollout(step, judged, list(numbers).index(name), at, held_out=True))
        known = [(name, reply.outcome) for name, _, reply in replies if reply.outcome is not None]
        if known:
            names, outcomes = zip(*known, strict=True)
            self._held_out[step] = cluster_mean(
                [float(outcome) for outcome in outcomes], list(names)
            )
        self._not_judged[step] = len(replies) - len(known)
        if step == 0:
            figures = self._of_evaluation(0)
            self._step(PolicyStep(step=0, held_out=self._held_out.get(0), figures=figures))
        return self._held_out.get(step)

    def log(self, step: int, epoch: float, logs: Mapping[str, float]) -> None:
        """What TRL logs of a step."""
        renamed = {name: logs[name] for name in _OURS & logs.keys()}
        renamed |= {ours: logs[name] for name, ours in _UPSTREAM.items() if name in logs}
        figures = {name: value for name, value in sorted(renamed.items()) if value is not None}
        figures |= self._of_evaluation(step)
        self._step(
            PolicyStep(
                step=step,
                epoch=epoch,
                loss=logs.get("loss"),
                learning_rate=logs.get("learning_rate"),
                grad_norm=logs.get("grad_norm"),
                figures=figures,
                held_out=self._held_out.get(step),
            )
        )

    def _of_evaluation(self, step: int) -> dict[str, float]:
        """How many replies to problems held out could not be graded, where any could not."""
        count = self._not_judged.get(step, 0)
        return {NOT_JUDGED: float(count)} if count else {}

    def _step(self, step: PolicyStep) -> None:
        self.steps.append(step)
        if self._metrics is not None:
            self._metrics.append(step)
        self._on_step(step)

    def _keep(self, row: Rollout) -> None:
        if self._rollouts is not None:
            self._rollouts.append(row)


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
