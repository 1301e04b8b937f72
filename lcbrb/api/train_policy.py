"""`lcbrb.train_policy`: P-GRPO and the arms that it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluators import benchmark as open_benchmark
from lcbrb.config import build
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.rewards import reward_model as open_reward_model
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.scoring import scores_texts
from lcbrb.training.pgrpo.run import TrainedPolicy, train
from lcbrb.training.pgrpo.settings import PolicySettings

Problems = str | Benchmark | Sequence[str | Benchmark]


def train_policy(
    problems: Problems,
    policy: str,
    out: Path | str,
    *,
    reward_model: str | RewardModel | None = None,
    held_out: Problems | None = None,
    isolation: str | None = None,
    seed: int = 0,
    config: Mapping[str, Any] | None = None,
    progress: Progress = SILENT,
) -> TrainedPolicy:
    """Train a policy on problems that can be graded, with a reward for its reasoning.

    Args:
        problems: benchmarks or files of problems as in `lcbrb.bench`, code or maths.
        policy: ``smollm2``, a folder or ``ORG/NAME@REVISION``.
        out: the run folder; the trained policy is ``out/model``. Call it again to resume a stopped
            training.
        reward_model: scores the reasoning, as in `lcbrb.evaluate`: a scalar head (``hf:…``, a run
            of `lcbrb.train_reward_model`), a judge, a process reward model, one behind a server.
            None for the arm ``outcome`` alone.
        held_out: problems to evaluate on; default: a share of the others.
        isolation: the lowest level of isolation (see `lcbrb doctor`) at which programs may run.
        seed: for drawing held-out problems, for sampling, and for the order of prompts.
        config: settings by name; see `lcbrb.training.pgrpo.settings.PolicySettings`.
        progress: receives the progress of the work.

    Returns:
        The finished training: its record, the policy's folder, every step.

    Raises:
        UsageError: problems, policy, reward model or settings can't be used; a problem is in both
            sets; the folder contains a different run.
        BadScoreError: the reward model gave a score that is not a number.
        SetupError: an extra is missing, a model does not load, memory or disk ran out.
        IncompleteRunError: the loss was no longer a number.
    """
    settings = build(PolicySettings, dict(config or {}), "train pgrpo")
    model = open_reward_model(reward_model) if isinstance(reward_model, str) else reward_model
    return train(
        _opened(problems),
        policy,
        Path(out).expanduser(),
        settings,
        reward_model=None if model is None else scores_texts(model, ", as a thinking reward"),
        held_out=None if held_out is None else _opened(held_out),
        isolation=isolation,
        seed=seed,
        progress=progress,
    )


def _opened(problems: Problems) -> list[Benchmark]:
    given = [problems] if isinstance(problems, str | Benchmark) else list(problems)
    return [
        open_benchmark(benchmark) if isinstance(benchmark, str) else benchmark
        for benchmark in given
    ]
