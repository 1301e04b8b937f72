"""Training a reward model, from pairs to a folder that is evaluated like any other.

::

    record.json      the settings, the data's hash, held-out accuracy with its interval
    metrics.jsonl    every step: loss, rate, norm of the gradient, held-out accuracy
    curves.html      these as curves, beside the record; opens without a network
    over_long.jsonl  pairs that were left out for their length
    held_out/        a run of `lcbrb eval` on the pairs held out
    model/           the checkpoint, its card, and trained_on.jsonl, which names the problems:
                     `lcbrb eval --reward-model RUN/model`
    checkpoint-N/    what an unfinished training of LoRA or all weights goes on from
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lcbrb import codec
from lcbrb.errors import UsageError
from lcbrb.models import own_limit
from lcbrb.models.weights import TRAINED
from lcbrb.problem_groups import Parts, problem_keys
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import require
from lcbrb.rewards.evaluation import Evaluated, evaluate
from lcbrb.rewards.forward.options import ModelOptions
from lcbrb.rewards.kinds.classifier import Classifier
from lcbrb.rewards.selection import Selection
from lcbrb.runs.folder import RECORD, Run
from lcbrb.runs.record import Data
from lcbrb.training.apart import parted
from lcbrb.training.checkpoint import CARD
from lcbrb.training.fitted import Fitted
from lcbrb.training.page import write_curves
from lcbrb.training.processes import joined, open_together
from lcbrb.training.reports import check_report_to
from lcbrb.training.reward_model.base_model import HeadedModel, load_base
from lcbrb.training.reward_model.card import model_card
from lcbrb.training.reward_model.frozen.trainer import train_frozen
from lcbrb.training.reward_model.pairs import once_each, problems_of, relations
from lcbrb.training.reward_model.saving import check_names_its_base, save
from lcbrb.training.reward_model.settings import RewardSettings, Trunk
from lcbrb.training.reward_model.tokenised import RewardJob, tokenise
from lcbrb.training.reward_model.trl_trainer import train_with_trl
from lcbrb.training.run_files import (
    METRICS,
    OVER_LONG,
    check_seed,
    keep_over_long,
    remove_checkpoints,
    settings_kept,
    trained_model,
)
from lcbrb.training.supervised import Job, begun_record, trained
from lcbrb.types import JsonValue, OverLongPair, PreferencePair, RunRecord, TrainingStep
from lcbrb.types.short_repr import ShortRepr

_HELD_OUT = "held_out"
_NOT_OF_THE_MODEL = ("device", "batch_tokens", "report_to")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained(ShortRepr):
    """A finished training.

    `model` is the folder to evaluate, `held_out` the evaluation on the pairs held out (None without
    any), `steps` what was done.
    """

    record: RunRecord
    path: Path
    model: Path
    steps: Sequence[TrainingStep]
    held_out: Evaluated | None


def train(  # noqa: PLR0913 - pairs, a base, a place and a seed
    pair_set: PairSet,
    base: str,
    folder: Path,
    settings: RewardSettings,
    *,
    held_out: PairSet | None = None,
    seed: int = 0,
    progress: Progress = SILENT,
) -> Trained:
    """Train a reward model, or go on with a training that was stopped.

    Arguments are those of `lcbrb.train_reward_model`, opened.

    Raises:
        LcbrbError: the pairs, the base or the settings can't be used, the folder holds another run,
            or training ended early. What was done is kept.
    """
    require(("torch", "transformers", "peft"), "training a reward model")
    check_seed(seed)
    check_report_to(settings.report_to)
    pair_set, held_out = once_each(pair_set), held_out and once_each(held_out)
    others = None if held_out is None else held_out.pairs
    parts = parted(pair_set.pairs, others, settings.held_out, seed, problem_keys, "pairs")
    options = ModelOptions(
        dtype=settings.precision, device=settings.device, batch_tokens=settings.batch_tokens
    )
    processes = joined(settings.device)
    if processes.count > 1 and settings.trunk == Trunk.FROZEN:
        raise UsageError(
            f"{processes.count} processes, but --trunk frozen runs in one: start it without a "
            "launcher"
        )
    data = Data.of(pair_set, pair_set.pairs)
    held_out_data = None if held_out is None else Data.of(held_out, held_out.pairs)
    weights, config = options.locate(base), _config_of(settings)
    record = begun_record("reward model", weights, data, held_out_data, config, seed)
    with open_together(folder.resolve(), record, processes) as run:
        if run.earlier is not None and run.earlier.complete:
            earlier = run.earlier
            return processes.told(lambda: _finished(run, earlier, options, parts))
        model = load_base(base, options)
        check_names_its_base(model, settings.trunk)
        _ = model.trained_on  # a broken file of the base's ends it before the work
        limit = min(own_limit(model.model), settings.max_length or own_limit(model.model))
        job = Job(
            train=tokenise(model.tokenizer, parts.train, limit, settings),
            held_out=tokenise(model.tokenizer, parts.held_out, limit, settings, "pairs held out"),
            settings=settings,
            seed=seed,
            folder=run.path,
            progress=progress if processes.is_first else SILENT,
            processes=processes,
        )
        if processes.is_first:
            keep_over_long(run, [job.train.over_long, job.held_out.over_long])
        frozen = settings.trunk == Trunk.FROZEN  # begins anew: what takes its time is in the cache
        fit = partial(train_frozen if frozen else train_with_trl, model)
        model, done = trained(run, job, fit, goes_on=not frozen)
        return processes.told(lambda: _keep(run, model, job, done))


def _keep(run: Run, model: HeadedModel, job: RewardJob, done: Fitted) -> Trained:
    """Save what was trained, evaluate it on the pairs held out, and finish the record."""
    trained_on = [tokens.pair for tokens in job.train.rows]
    path = save(model, job.settings.trunk, run.path, problems_of(trained_on), done.weights)
    shutil.rmtree(run.path / _HELD_OUT, ignore_errors=True)  # of an end that was not reached
    notes = [job.train.note(), job.held_out.note()]
    record = dataclasses.replace(
        run.record,
        estimates=dict(job.estimates),
        counts={
            "pairs": len(trained_on),
            "pairs_held_out": len(job.held_out.rows),
            "over_long": len(job.train.over_long) + len(job.held_out.over_long),
            "steps": len(done.steps),
            "best_step": done.best_step,
            **{f"relation_{name}": count for name, count in relations(trained_on).items()},
            **job.counts,
            **({"processes": job.processes.count} if job.processes.count > 1 else {}),
        },
        notes=(*run.record.notes, *filter(None, notes)),
    )
    saved = model.saved_in(path) if done.weights is None else _loaded(run, model.options)
    evaluated = _evaluated(saved, job, run) if job.held_out.rows else None
    codec.write_text(path / CARD, model_card(record, evaluated))
    run.finish(dataclasses.replace(record, wall_s=run.wall_s, complete=True))
    write_curves(run, done.steps, evaluated)
    remove_checkpoints(run)
    return Trained(
        record=run.record, path=run.path, model=path, steps=done.steps, held_out=evaluated
    )


def _loaded(run: Run, options: ModelOptions) -> Classifier:
    """The trained model as `lcbrb eval` loads it, under the name that it has been evaluated by."""
    path = run.path / TRAINED
    name = _evaluated_as(run) or f"hf:{path}"
    return Classifier(id=name, weights=options.locate(str(path)), options=options)


def _evaluated(model: Classifier, job: RewardJob, run: Run) -> Evaluated:
    """The trained model on the pairs held out, as a run of `lcbrb eval`."""
    pairs = [tokens.pair for tokens in job.held_out.rows]
    return evaluate(
        model, _held_out_set(run.record, pairs), Selection(total=len(pairs)), run.path / _HELD_OUT
    )


def _finished(run: Run, record: RunRecord, options: ModelOptions, parts: Parts[Any]) -> Trained:
    """What an earlier start has finished, read back."""
    path = trained_model(run)
    run.finish(record)
    left_out = {pair.pair_id for pair in run.stored(OverLongPair, OVER_LONG)}
    pairs = [pair for pair in parts.held_out if pair.id not in left_out]
    evaluated = None
    if pairs:
        given, model = _held_out_set(record, pairs), _loaded(run, options)
        evaluated = evaluate(model, given, Selection(total=len(pairs)), run.path / _HELD_OUT)
    steps = run.stored(TrainingStep, METRICS)
    write_curves(run, steps, evaluated)
    return Trained(record=record, path=run.path, model=path, steps=steps, held_out=evaluated)


def _config_of(settings: RewardSettings) -> dict[str, JsonValue]:
    """Every setting that the model depends on, as a record keeps it."""
    config = settings_kept(settings, _NOT_OF_THE_MODEL)
    config["margins"] = {relation.value: margin for relation, margin in settings.margins.items()}
    return config | {"epochs": settings.passes}


def _held_out_set(record: RunRecord, pairs: Sequence[PreferencePair]) -> PairSet:
    """The pairs held out, under the name that they were given or that of the others."""
    held_out = record.config["held_out"]
    name = held_out["name"] if isinstance(held_out, dict) else f"{record.benchmark} (held out)"
    version = held_out["version"] if isinstance(held_out, dict) else record.benchmark_version
    return PairSet(name=str(name), version=str(version), pairs=pairs)


def _evaluated_as(run: Run) -> str | None:
    """What the evaluation in a run's folder calls the model, by the place where the folder was."""
    records = [
        codec.read_record(RunRecord, path) for path in run.path.glob(f"{_HELD_OUT}/*/{RECORD}")
    ]
    return records[0].subject if len(records) == 1 else None
