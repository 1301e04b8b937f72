"""`lcbrb.export_runs`: results in the layouts of others."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lcbrb import codec
from lcbrb.errors import UnknownNameError, UsageError
from lcbrb.exports.frames import CSV, PARQUET, tables
from lcbrb.exports.hub_eval_results import hub_results
from lcbrb.runs.results import read_results

HUB = "hf-eval-results"
LAYOUTS = (CSV, PARQUET, HUB)


def export_runs(
    runs: Path | str | Iterable[Path | str],
    to: str,
    out: Path | str,
    *,
    dataset: str | None = None,
    force: bool = False,
) -> list[Path]:
    """Write what run folders hold in another layout (docs/exports.md).

    Args:
        runs: run folders, or folders of them.
        to: ``csv`` or ``parquet``, a table each of records, estimates, samples and scores; or
            ``hf-eval-results``, a YAML file for each model and benchmark, as the hub shows them on
            a model's page.
        out: the folder to write into.
        dataset: the hub's data set, ``ORG/NAME#TASK``, for ``hf-eval-results``.
        force: files that are there already may be written over.

    Returns:
        The files.

    Raises:
        UsageError: a run does not go into that layout, or a file is there.
        DataUnavailableError, BadInputError: the runs can't be read.
    """
    if to not in LAYOUTS:
        raise UnknownNameError("layout", to, LAYOUTS)
    given = [runs] if isinstance(runs, Path | str) else list(runs)
    folder = Path(out).expanduser()
    if to == HUB:
        results = read_results(Path(path).expanduser() for path in given)
        files = {one.path: one.text.encode() for one in hub_results(results, dataset)}
    else:
        from lcbrb.api.read_runs import read_runs

        files = tables(read_runs(given), to)
    written = {folder / name: content for name, content in files.items()}
    taken = [path for path in written if path.exists()]
    if taken and not force:
        raise UsageError(f"{taken[0]} is there already: name another folder, or use --force")
    for path, content in written.items():
        codec.write_bytes(path, content)
    return list(written)
