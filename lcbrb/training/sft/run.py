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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcbrb import codec
from lcbrb.models import own_limit
from lcbrb.policies.hf import HfPolicy
from lcbrb.policies.rendering import form_for
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.registry import require
from lcbrb.runs.folder import Run, open_run
from lcbrb.runs.record import Data
from lcbrb.training.checkpoint import CARD, check_can_be_named, save_whole
from lcbrb.training.fitted import Fitted
from lcbrb.training.loaded_policy import LoadedPolicy, load_policy
from lcbrb.training.page import write_curves
from lcbrb.training.reports import check_report_to
from lcbrb.training.run_files import (
    METRICS,
    check_seed,
    keep_over_long,
    remove_checkpoints,
    settings_kept,
    trained_model,
)
from lcbrb.training.sft.card import policy_card
from lcbrb.training.sft.examples import ExampleSet, example_parts, problems_of
from lcbrb.training.sft.fit import fit
from lcbrb.training.sft.settings import SftSettings
from lcbrb.training.sft.tokens import Asking, TokenExample, tokenise
from lcbrb.training.supervised import Job, begun_record, trained
from lcbrb.types import JsonValue, RunRecord, TrainingStep
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
    parts = example_parts(given, held_out, settings.held_out, seed)
    others = None if held_out is None else _data(held_out)
    config = _config(policy, settings)
    record = begun_record("sft", policy.weights, _data(given), others, config, seed)
    with open_run(folder.resolve(), record) as run:
        if run.earlier is not None and run.earlier.complete:
            return _finished(run, run.earlier)
        _ = policy.trained_on  # a broken file of the base's ends it before the work
        loaded = load_policy(policy.weights, settings.precision, settings.device)
        asking = _asking(policy, loaded, settings)
        limit = min(own_limit(loaded.model), settings.max_length or own_limit(loaded.model))
        job = Job(
            train=tokenise(asking, parts.train, limit, "examples to train on"),
            held_out=tokenise(asking, parts.held_out, limit, "examples held out"),
            settings=settings,
            seed=seed,
            folder=run.path,
            progress=progress,
        )
        keep_over_long(run, [job.train.over_long, job.held_out.over_long])
        model, done = trained(run, job, lambda told, last: fit(loaded, told, last))
        return _keep(run, loaded, model, job, given, done)


def _config(policy: HfPolicy, settings: SftSettings) -> dict[str, JsonValue]:
    return settings_kept(settings, _NOT_OF_THE_MODEL) | {
        "trains": "policy",
        "epochs": settings.passes,
        "form": policy.options.form.value if policy.options.form else None,
        "thinking": policy.options.thinking,
    }


def _data(given: ExampleSet) -> Data:
    return Data.of(given, given.examples, given.sha256)


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


def _keep(  # noqa: PLR0913, PLR0917 - what a finished training leaves
    run: Run,
    policy: LoadedPolicy,
    model: Any,
    job: Job[TokenExample, SftSettings],
    given: ExampleSet,
    done: Fitted,
) -> TunedPolicy:
    """Save what was trained, and finish the record."""
    rows = job.train.rows
    problems = problems_of([row.example for row in rows])
    path = save_whole(lambda: model, policy.tokenizer, run.path, problems, policy.weights)
    record = dataclasses.replace(
        run.record,
        counts={
            "examples": len(rows),
            "examples_held_out": len(job.held_out.rows),
            "problems": len({row.example.problem_id for row in rows}),
            "reply_tokens": sum(len(row.reply) for row in rows),
            "over_long": len(job.train.over_long) + len(job.held_out.over_long),
            **{f"left_out_{why}": count for why, count in sorted(given.left_out.items())},
            "steps": len(done.steps),
            "best_step": done.best_step,
        },
        notes=(*run.record.notes, *filter(None, (job.train.note(), job.held_out.note()))),
        wall_s=run.wall_s,
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
