"""What `lcbrb eval --best-of` does once its options are parsed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import typer

from evaluators import benchmark
from lcbrb import codec
from lcbrb.cli.eval import best_of_tables
from lcbrb.cli.progress import progress
from lcbrb.errors import LcbrbError, UsageError
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.best_of.figures import compare
from lcbrb.rewards.best_of.run import BestOf, drawn, evaluate_best_of, scores_samples
from lcbrb.rewards.best_of.samples import SampleSet, open_samples
from lcbrb.rewards.selection import Selection

BASELINES = ("random", "length")


def run_best_of(
    *,
    specs: Sequence[str],
    samples: str,
    out: Path | None,
    limit: int | None,
    seed: int,
    others: Mapping[str, bool],
    as_json: bool,
) -> None:
    """Evaluate, show, and leave with the exit code of the first model that failed.

    Args:
        specs: reward models; the baselines where there are none.
        samples: see `lcbrb.rewards.best_of.samples`.
        out: where run folders are kept.
        limit: about so many samples, whole problems.
        seed: of that draw.
        others: options that have no place here, and whether each was given.
        as_json: one document in place of tables.

    Raises:
        LcbrbError: the samples or a spec can't be used; nothing was scored then.
    """
    for option, given in others.items():
        if given:
            raise UsageError(f"{option} does not go with --best-of, which scores samples here")
    models = [scores_samples(reward_model(spec)) for spec in specs or BASELINES]
    if len({model.id for model in models}) < len(models):
        raise UsageError("a reward model is given twice")
    sample_set = open_samples(samples, benchmark)
    selection = Selection(limit=limit, seed=seed, total=len(sample_set.samples))
    if limit is not None:
        sample_set = drawn(sample_set, limit, seed)
    with ExitStack() as stack:
        folder = out or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lcbrb-")))
        done, failures = _evaluate_all(models, sample_set, selection, folder)
    comparisons = compare({one.record.subject: one.groups for one in done})
    if as_json:
        document = {
            "records": [codec.to_dict(one.record) for one in done],
            "comparisons": [codec.to_dict(one) for one in comparisons],
            "failures": [{"subject": name, "error": str(error)} for name, error in failures],
            "notes": list(dict.fromkeys([*sample_set.notes, *best_of_tables.told(done)])),
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    elif done:
        best_of_tables.show_best_of(sample_set, selection, done, comparisons)
        if out is not None:
            typer.echo(f"run folders: {out}")
    for name, error in failures:
        typer.echo(f"lcbrb: {name}: {error}", err=True)
    if failures:
        raise typer.Exit(failures[0][1].exit_code)


def _evaluate_all(
    models: Sequence[RewardModel], sample_set: SampleSet, selection: Selection, folder: Path
) -> tuple[list[BestOf], list[tuple[str, LcbrbError]]]:
    """Every model in turn; one that fails does not stop the others."""
    done: list[BestOf] = []
    failures: list[tuple[str, LcbrbError]] = []
    for model in models:
        with progress(model.id, len(sample_set.samples), "samples") as advance:
            try:
                done.append(evaluate_best_of(model, sample_set, selection, folder, advance))
            except LcbrbError as error:
                failures.append((model.id, error))
    return done, failures
