"""Training a policy, from problems to a folder that is benched like any other policy.

::

    record.json      the settings, the problems' hash, pass@1 on those held out before and after
    metrics.jsonl    every step: loss, gradient, gate rate, groups, thinking, times
    rollouts.jsonl   every reply, what was judged of it and what it was paid
    curves.html      all of it as one page that opens without a network
    model/           the policy, with its card and what it was trained on: `lcbrb bench -m RUN`
    checkpoint-N/    what an unfinished training goes on from
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcbrb import codec, models
from lcbrb.engine.local import usable_cores
from lcbrb.errors import UsageError
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.registry import require
from lcbrb.rewards.base import RewardModel
from lcbrb.runs.folder import Run
from lcbrb.runs.journal import cut_torn_line
from lcbrb.training.checkpoint import CARD, check_can_be_named, save_whole
from lcbrb.training.loaded_policy import LoadedPolicy, load_policy
from lcbrb.training.pgrpo.alarm import Raised
from lcbrb.training.pgrpo.alerting import on_each_step
from lcbrb.training.pgrpo.assessing import Assessor, assessor_for
from lcbrb.training.pgrpo.card import policy_card
from lcbrb.training.pgrpo.fit import fit
from lcbrb.training.pgrpo.journal import NOT_JUDGED, Journal
from lcbrb.training.pgrpo.page import write_policy_page
from lcbrb.training.pgrpo.recorded import policy_run
from lcbrb.training.pgrpo.records import begun_record, estimates_of
from lcbrb.training.pgrpo.settings import PolicySettings
from lcbrb.training.pgrpo.tasks import Task, Tasks, parted, solved_by_some, tasks_of
from lcbrb.training.pgrpo_reward import Arm
from lcbrb.training.processes import Processes, joined, open_together
from lcbrb.training.reports import check_report_to
from lcbrb.training.resume import step_of
from lcbrb.training.run_files import (
    METRICS,
    ROLLOUTS,
    kept_when_broken_off,
    last_checkpoint,
    remove_checkpoints,
    trained_model,
)
from lcbrb.types import PolicyStep, Rollout, RunRecord
from lcbrb.types.short_repr import ShortRepr


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedPolicy(ShortRepr):
    """A finished training.

    `model` is the folder to bench, `steps` what was done; `alarm` is the reward-hacking alarm, if
    it was raised.
    """

    record: RunRecord
    path: Path
    model: Path
    steps: Sequence[PolicyStep]
    alarm: Raised | None = None


def train(  # noqa: PLR0913 - problems, a policy, a reward model, a place and a seed
    benchmarks: Sequence[Benchmark],
    policy: str,
    folder: Path,
    settings: PolicySettings,
    *,
    reward_model: RewardModel | None = None,
    held_out: Sequence[Benchmark] | None = None,
    isolation: str | None = None,
    seed: int = 0,
    progress: Progress = SILENT,
) -> TrainedPolicy:
    """Train a policy, or go on with a training that was stopped.

    Arguments are those of `lcbrb.train_policy`, opened.

    Raises:
        LcbrbError: problems, policy, reward model or settings can't be used, the folder holds
            another run, or training ended early. What was done is kept.
    """
    require(("torch", "transformers", "peft", "trl"), "training a policy")
    check_report_to(settings.report_to)
    settings.formula.check_reward_model(given=reward_model is not None)
    chosen = tasks_of(benchmarks, settings.template)
    if settings.solved_in is not None:
        run_folder = Path(settings.solved_in).expanduser()
        chosen = solved_by_some(chosen, run_folder, settings.solve_low, settings.solve_high)
    tasks = parted(
        chosen,
        None if held_out is None else tasks_of(held_out, settings.template),
        settings.held_out,
        settings.held_out_problems,
        seed,
    )
    if settings.alarm and (reward_model is None or not tasks.held_out):
        raise UsageError(
            "alarm=true: the alarm compares a reward model's scores with held-out problems, but "
            f"there {'is no reward model' if reward_model is None else 'are none held out'}"
        )
    weights = models.locate(policy.removeprefix("hf:"))
    if settings.lora_rank:
        check_can_be_named(weights, "train all weights (lora_rank=0)")
    every = list({b.name: b for b in [*benchmarks, *(held_out or ())]}.values())
    processes = joined(settings.device)
    how = {
        "soft": settings.arm is Arm.SOFT,
        "isolation": isolation,
        "workers": max(1, usable_cores() // processes.here),
    }
    with assessor_for(every, reward_model, **how) as assessor:
        record = begun_record(tasks, weights, settings, reward_model, assessor.isolation, seed)
        with open_together(folder.resolve(), record, processes) as run:
            earlier = run.earlier
            if earlier is not None and earlier.complete:
                return processes.told(lambda: _finished(run, earlier))
            loaded = processes.together(
                lambda: load_policy(weights, settings.precision, settings.device)
            )
            done = _train(loaded, tasks, assessor, settings, seed, run, progress, processes)
            return processes.told(lambda: _keep(run, loaded, done, tasks.train, processes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """A model after its last step; `weights` as `fit` has them."""

    model: Any
    weights: Any
    steps: Sequence[PolicyStep]


def _train(  # noqa: PLR0913, PLR0917 - all that a training consists of
    policy: LoadedPolicy,
    tasks: Tasks,
    assessor: Assessor,
    settings: PolicySettings,
    seed: int,
    run: Run,
    progress: Progress,
    processes: Processes,
) -> _Done:
    """Train; steps and replies after the checkpoint that it goes on from are redone."""
    begun, earlier = processes.told(lambda: _cut_back(run))
    bar = progress if processes.is_first else SILENT
    with (
        run.appender(METRICS) as metrics,
        run.appender(ROLLOUTS) as rollouts,
        bar.bar("training", settings.steps, "steps") as advance,
    ):
        advance(begun)
        reported = settings
        if not processes.is_first:
            reported = dataclasses.replace(settings, report_to="none")
        journal = Journal(
            run.path, rollouts, metrics, on_each_step(reported, earlier, run.log, advance)
        )
        with kept_when_broken_off(run, lambda: _page(run, processes)):
            model, weights = fit(
                policy, tasks, assessor, settings, seed=seed, journal=journal, processes=processes
            )
    return _Done(model=model, weights=weights, steps=[*earlier, *journal.steps])


def _page(run: Run, processes: Processes) -> None:
    if processes.is_first:
        write_policy_page(policy_run(run.path, run.record))


def _cut_back(run: Run) -> tuple[int, list[PolicyStep]]:
    """Leave in the files what was done before the last checkpoint; the step of that, and those."""
    last = last_checkpoint(run)
    begun = step_of(last) if last else 0
    for name in (METRICS, ROLLOUTS):
        cut_torn_line(run.path / name)  # a link in its place is refused
    steps = [s for s in run.stored(PolicyStep, METRICS) if begun and s.step <= begun]
    rollouts = [
        row
        for row in run.stored(Rollout, ROLLOUTS)
        if begun and (row.step <= begun if row.held_out else row.step < begun)
    ]
    codec.write_records(run.path / METRICS, steps)
    codec.write_records(run.path / ROLLOUTS, rollouts)
    return begun, steps


def _keep(
    run: Run, policy: LoadedPolicy, done: _Done, trained: Sequence[Task], processes: Processes
) -> TrainedPolicy:
    """Save what was trained, and finish the record."""
    problems = [task.problem for task in trained]
    path = save_whole(
        lambda: done.model, policy.tokenizer, run.path, problems, policy.weights, done.weights
    )
    steps = done.steps
    figures = [step.figures for step in steps]
    alarm = policy_run(run.path, run.record).alarm(steps)
    record = dataclasses.replace(
        run.record,
        estimates=estimates_of(steps),
        counts={
            "problems": len(trained),
            "steps": max(step.step for step in steps),
            "unscored": int(sum(figure.get("unscored", 0.0) for figure in figures)),
            NOT_JUDGED: int(sum(figure.get(NOT_JUDGED, 0.0) for figure in figures)),
            **({"processes": processes.count} if processes.count > 1 else {}),
        },
        wall_s=run.wall_s,
        complete=True,
        notes=(*run.record.notes, *([alarm.sentence] if alarm else [])),
    )
    codec.write_text(path / CARD, policy_card(record))
    write_policy_page(policy_run(run.path, record))
    run.finish(record)
    remove_checkpoints(run)
    return TrainedPolicy(record=record, path=run.path, model=path, steps=steps, alarm=alarm)


def _finished(run: Run, record: RunRecord) -> TrainedPolicy:
    """What an earlier start has finished, read back."""
    run.finish(record)
    path = trained_model(run)
    steps = run.stored(PolicyStep, METRICS)
    alarm = policy_run(run.path, record).alarm(steps)
    return TrainedPolicy(record=record, path=run.path, model=path, steps=steps, alarm=alarm)
