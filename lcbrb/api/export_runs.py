"""`lcbrb.export_runs`: results in the layouts of others."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from evaluators import statements_of
from lcbrb import codec
from lcbrb.errors import UnknownNameError, UsageError
from lcbrb.exports.every_eval_ever import Source, every_eval_ever
from lcbrb.exports.frames import CSV, PARQUET, tables
from lcbrb.exports.hub_eval_results import hub_results
from lcbrb.exports.inspect_log import inspect_logs
from lcbrb.exports.naming import UNKNOWN
from lcbrb.runs.results import read_results

HUB, EVERY_EVAL_EVER, INSPECT = "hf-eval-results", "every-eval-ever", "inspect"
LAYOUTS = (CSV, PARQUET, HUB, EVERY_EVAL_EVER, INSPECT)


def export_runs(
    runs: Path | str | Iterable[Path | str],
    to: str,
    out: Path | str,
    *,
    dataset: str | None = None,
    organization: str | None = None,
    statements: bool = False,
    force: bool = False,
) -> list[Path]:
    """Export the results in run folders to the format of another tool (docs/exports.md).

    Args:
        runs: run folders, or folders of them.
        to: ``csv`` or ``parquet``, a table each of records, estimates, samples and scores;
            ``hf-eval-results``, a YAML file for each model and benchmark, as the hub shows them on
            a model's page; ``every-eval-ever``, a JSON file for each, of that schema; ``inspect``,
            a log of inspect_ai for each.
        out: the folder to write to.
        dataset: the hub's data set, ``ORG/NAME#TASK``, for ``hf-eval-results`` and
            ``every-eval-ever``.
        organization: who ran the evaluations, for ``every-eval-ever``.
        statements: put the benchmarks' statements into logs of inspect_ai.
        force: overwrite existing files.

    Returns:
        The files.

    Raises:
        UsageError: a run can't be written in that format, or a file exists already.
        DataUnavailableError, BadInputError: the runs, or statements, can't be read.
    """
    if to not in LAYOUTS:
        raise UnknownNameError("layout", to, LAYOUTS)
    given = [runs] if isinstance(runs, Path | str) else list(runs)
    folder = Path(out).expanduser()
    if to in {CSV, PARQUET}:
        from lcbrb.api.read_runs import read_runs

        files = tables(read_runs(given), to)
    else:
        results = read_results(Path(path).expanduser() for path in given)
        if to == HUB:
            files = hub_results(results, dataset)
        elif to == EVERY_EVAL_EVER:
            source = Source(organization=organization or UNKNOWN, dataset=dataset)
            files = every_eval_ever(results, source)
        else:
            files = inspect_logs(results, statements_of if statements else None)
    written = {folder / name: content for name, content in files.items()}
    taken = [path for path in written if path.exists()]
    if taken and not force:
        raise UsageError(
            f"{taken[0]} exists already: choose another folder, or overwrite with --force"
        )
    for path, content in written.items():
        codec.write_bytes(path, content)
    return list(written)
