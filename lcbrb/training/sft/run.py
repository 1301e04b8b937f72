"""Fine-tuning a policy, from examples to a folder that is benched like any other policy.

::

    record.json      the settings, the examples' hash, counts of what was left out
    metrics.jsonl    every step: loss, rate, norm of the gradient, held-out loss
    curves.html      these as curves, beside the record; opens without a network
    over_long.jsonl  examples that were left out for their length
    model/           the policy, its card, and trained_on.jsonl: `lcbrb bench --policy hf:RUN`
    checkpoint-N/    what an unfinished training goes on from
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcbrb import codec, models
from lcbrb.models import own_limit
from lcbrb.models.trained_on import write_trained_on
from lcbrb.policies.hf import HfPolicy
from lcbrb.policies.rendering import form_for
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.registry import require
from lcbrb.runs.folder import Run, open_run
from lcbrb.runs.record import Data, new_record
from lcbrb.training.checkpoint import CARD, check_can_be_named, save_whole
from lcbrb.training.fitted import Fitted
from lcbrb.training.loaded_policy import LoadedPolicy, load_policy
from lcbrb.training.page import write_curves
from lcbrb.training.reports import check_report_to
from lcbrb.training.resume import step_of
from lcbrb.training.run_files import (
    METRICS,
    check_seed,
    keep_over_long,
    kept_when_broken_off,
    last_checkpoint,
    remove_checkpoints,
    settings_kept,
    steps_before,
    trained_model,
)
from lcbrb.training.sft.card import policy_card
from lcbrb.training.sft.examples import ExampleSet, parted, problems_of
from lcbrb.training.sft.fit import fit
from lcbrb.training.sft.job import SftJob
from lcbrb.training.sft.settings import SftSettings
from lcbrb.training.sft.tokens import Asking, TokenExamples, tokenise
from lcbrb.types import RunKind, RunRecord, TrainingStep
from lcbrb.types.short_repr import ShortRepr

_NOT_OF_THE_MODEL = ("device", "report_to")


@dataclass(frozen=True, slots=True, kw_only=True)
class TunedPolicy(ShortRepr):
    """A finished fine-tuning. `model` is the folder to bench, `steps` what was done."""

    record: RunRecord
    path: Path
    model: Path
    steps: Sequence[TrainingStep]


def train(  # noqa: PLR0913 - a policy, examples, a place and a seed
    policy: HfPolicy,
    given: ExampleSet,
    folder: Path,
    settings: SftSettings,
    *,
    held_out: ExampleSet | None = None,
    seed: int = 0,
    progress: Progress = SILENT,
) -> TunedPolicy:
    """Fine-tune a policy, or go on with a training that was stopped.

    Arguments are those of `lcbrb.train_sft`, opened; nothing of the policy is loaded yet.

    Raises:
        LcbrbError: examples, policy or settings can't be used, the folder holds another run, or
            training ended early. What was done is kept.
    """
    require(("torch", "transformers", "peft", "trl"), "fine-tuning a policy")
    check_report_to(settings.report_to)
    check_seed(seed)
    if settings.lora_rank:
        check_can_be_named(policy.weights, "train all weights (lora_rank=0)")
    parts = parted(given, held_out, settings.held_out, seed)
    record = _begun(policy, given, held_out, settings, seed)
    with open_run(folder.resolve(), record) as run:
        if run.earlier is not None and run.earlier.complete:
            return _finished(run, run.earlier)
        begun = time.monotonic()
        _ = policy.trained_on  # a broken file of the base's ends it before the work
        loaded = load_policy(policy.weights, settings.precision, settings.device)
        asking = _asking(policy, loaded, settings)
        limit = min(own_limit(loaded.model), settings.max_length or own_limit(loaded.model))
        tokens = [
            tokenise(asking, part, limit, what)
            for part, what in ((parts.train, "to train on"), (parts.held_out, "held out"))
        ]
        keep_over_long(run, [part.over_long for part in tokens])
        model, done = _train(loaded, tokens, settings, seed, run, progress)
        return _keep(run, loaded, model, tokens, given, done, begun)


def _begun(
    policy: HfPolicy,
    given: ExampleSet,
    held_out: ExampleSet | None,
    settings: SftSettings,
    seed: int,
) -> RunRecord:
    config = settings_kept(settings, _NOT_OF_THE_MODEL) | {
        "trains": "policy",
        "form": policy.options.form.value if policy.options.form else None,
        "thinking": policy.options.thinking,
    }
    notes = given.notes
    if held_out is not None:
        config["held_out"] = {
            "name": held_out.name,
            "version": held_out.version,
            "sha256": held_out.sha256,
        }
        notes = tuple(dict.fromkeys([*notes, *held_out.notes]))
    data = Data(
        name=given.name,
        version=given.version,
        sha256=given.sha256,
        count=len(given.examples),
        total=len(given.examples),
        notes=notes,
    )
    return new_record(
        RunKind.TRAINING,
        f"sft on {policy.weights.name}",
        data,
        config=config,
        seed=seed,
        revision=policy.weights.revision or models.commit_of(policy.weights),
    )


def _asking(policy: HfPolicy, loaded: LoadedPolicy, settings: SftSettings) -> Asking:
    """As the policy is asked when it is benched."""
    options, own = policy.options, loaded.model.generation_config.eos_token_id
    ends = {loaded.tokenizer.eos_token_id, *(own if isinstance(own, list) else [own])}
    return Asking(
        tokenizer=loaded.tokenizer,
        form=form_for(loaded.tokenizer, options.form),
        ends=ends - {None},
        system_prompt=settings.system_prompt,
        switches={} if options.thinking is None else {"enable_thinking": options.thinking},
    )


def _train(  # noqa: PLR0913, PLR0917 - all that a training consists of
    policy: LoadedPolicy,
    tokens: Sequence[TokenExamples],
    settings: SftSettings,
    seed: int,
    run: Run,
    progress: Progress,
) -> tuple[Any, Fitted]:
    """Train, keeping every step; those after the checkpoint that it goes on from are redone."""
    last = last_checkpoint(run)
    earlier = steps_before(run, last)
    with (
        run.appender(METRICS) as metrics,
        kept_when_broken_off(run, lambda: write_curves(run, run.stored(TrainingStep, METRICS))),
    ):

        def on_step(step: TrainingStep) -> None:
            metrics.append(step)
            advance(1)

        job = SftJob(
            train=tokens[0],
            held_out=tokens[1],
            settings=settings,
            seed=seed,
            folder=run.path,
            on_step=on_step,
        )
        with progress.bar("training", job.total_steps, "steps") as advance:
            advance(step_of(last) if last else 0)
            model, done = fit(policy, job, last)
    return model, dataclasses.replace(done, steps=[*earlier, *done.steps])


def _keep(  # noqa: PLR0913, PLR0917 - what a finished training leaves
    run: Run,
    policy: LoadedPolicy,
    model: Any,
    tokens: Sequence[TokenExamples],
    given: ExampleSet,
    done: Fitted,
    begun: float,
) -> TunedPolicy:
    """Save what was trained, and finish the record."""
    trained, held_out = tokens[0].examples, tokens[1].examples
    problems = problems_of([row.example for row in trained])
    path = save_whole(
        lambda: model,
        policy.tokenizer,
        run.path,
        lambda folder: write_trained_on(folder, problems, base=policy.weights),
    )
    record = dataclasses.replace(
        run.record,
        counts={
            "examples": len(trained),
            "examples_held_out": len(held_out),
            "problems": len({row.example.problem_id for row in trained}),
            "reply_tokens": sum(len(row.reply) for row in trained),
            "over_long": sum(len(part.over_long) for part in tokens),
            **{f"left_out_{why}": count for why, count in sorted(given.left_out.items())},
            "steps": len(done.steps),
            "best_step": done.best_step,
        },
        notes=(*run.record.notes, *filter(None, (part.note() for part in tokens))),
        wall_s=round(run.record.wall_s + time.monotonic() - begun, 3),
        complete=True,
    )
    codec.write_text(path / CARD, policy_card(record, done.steps))
    run.finish(record)
    write_curves(run, done.steps)
    remove_checkpoints(run)
    return TunedPolicy(record=record, path=run.path, model=path, steps=done.steps)


def _finished(run: Run, record: RunRecord) -> TunedPolicy:
    """What an earlier start has finished, read back."""
    path = trained_model(run)
    run.finish(record)
    steps = run.stored(TrainingStep, METRICS)
    write_curves(run, steps)
    return TunedPolicy(record=record, path=run.path, model=path, steps=steps)
