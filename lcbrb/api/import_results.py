"""`lcbrb.import_results`: results of other tools as run folders."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from lcbrb.errors import UsageError
from lcbrb.imports.finding import read_foreign
from lcbrb.imports.foreign import ForeignRun
from lcbrb.imports.writing import ImportedRun, write_runs


def import_results(
    paths: Path | str | Iterable[Path | str],
    out: Path | str,
    *,
    model: str | None = None,
) -> list[ImportedRun]:
    """Convert another tool's results to run folders, so that leaderboard and gate can read them.

    Nothing is run, and no verdict is verified: each record says which tool the verdicts come from,
    and the leaderboard and the gate show it. What the files don't contain is listed in the record's
    notes (docs/imports.md).

    Args:
        paths: files of lm-evaluation-harness (``results_*.json`` with the ``samples_*.jsonl``
            beside it), EvalPlus or BigCodeBench (``*_eval_results.json``) or inspect_ai
            (``*.eval``, and ``*.json`` named by their time), or folders of them.
        out: the folder to write into: ``out/MODEL/BENCHMARK`` for each run.
        model: the model's name, if its files don't give it.

    Returns:
        The runs. A run that exists already is left unchanged.

    Raises:
        DataUnavailableError: a file is not there, or can't be read.
        BadInputError: a file is broken, in no known layout, or contradicts itself.
        UsageError: `model` is given for files of several models, or a file is given twice.
    """
    given = [paths] if isinstance(paths, Path | str) else list(paths)
    runs = read_foreign(Path(path).expanduser() for path in given)
    if model is not None:
        runs = _named(runs, model)
    return write_runs(runs, Path(out).expanduser())


def _named(runs: Sequence[ForeignRun], model: str) -> list[ForeignRun]:
    """The runs under one name."""
    if not model.strip():
        raise UsageError("--model is empty")
    named = sorted({run.subject for run in runs if run.subject_told})
    if len(named) > 1:
        raise UsageError(f"--model names one model, but the files name {', '.join(named[:3])}")
    twins = Counter((run.benchmark, run.benchmark_version) for run in runs if not run.subject_told)
    for run in runs:
        if twins[run.benchmark, run.benchmark_version] > 1:
            raise UsageError(
                f"{run.files[0]} and another file are both {model} on {run.benchmark}: import "
                "them one at a time"
            )
    return [
        dataclasses.replace(
            run,
            subject=model,
            subject_told=True,
            completions=[
                dataclasses.replace(completion, policy_id=model) for completion in run.completions
            ],
        )
        for run in runs
    ]
