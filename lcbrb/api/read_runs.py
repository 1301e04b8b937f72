"""`lcbrb.read_runs`: run folders as pandas frames."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcbrb.runs.results import Result, read_results
from lcbrb.types.short_repr import ShortRepr

if TYPE_CHECKING:
    from pandas import DataFrame

_OF_RECORD = (
    "kind run_id revision benchmark_version dataset_sha256 complete partial coverage seed "
    "started_at wall_s"
).split()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFrames(ShortRepr):
    """Frames whose rows are joined by `folder`, `subject` and `benchmark`.

    ``records``: a row for each subject on a benchmark or pair set, with its counts in columns
    ``count_…``. ``estimates``: a row for each number, with its
    metric, the slices that it is of (a dict), interval, n and method. ``samples``: a
    row for each graded sample. ``scores``: a row for each scored pair, or sample of best-of-n.
    """

    records: DataFrame
    estimates: DataFrame
    samples: DataFrame
    scores: DataFrame


def read_runs(paths: Path | str | Iterable[Path | str]) -> RunFrames:
    """Read all runs in or below some folders into pandas frames.

    Args:
        paths: run folders, or folders of them; those of earlier versions are read too.

    Returns:
        Frames; one without rows has no columns.

    Raises:
        DataUnavailableError: a path is no folder.
        UsageError: no run lies there.
        BadInputError: a file is broken or of a newer schema, or a finished run lost or gained rows.
    """
    from pandas import DataFrame

    given = [paths] if isinstance(paths, Path | str) else paths
    results = read_results(Path(path).expanduser() for path in given)

    def frame(rows: Iterable[Mapping[str, Any]]) -> DataFrame:
        return DataFrame(list(rows))

    return RunFrames(
        records=frame(_named(result) | _told(result) for result in results),
        estimates=frame(
            _named(result)
            | {"metric": metric.name, "slices": dict(metric.slices)}
            | dataclasses.asdict(estimate)
            for result in results
            for metric, estimate in result.record.estimates.items()
        ),
        samples=frame(_rows(results, "samples")),
        scores=frame([*_rows(results, "scored_pairs"), *_rows(results, "scored_samples")]),
    )


def _named(result: Result) -> dict[str, Any]:
    return {
        "folder": str(result.folder),
        "subject": result.subject,
        "benchmark": result.record.benchmark,
    }


def _told(result: Result) -> dict[str, Any]:
    record = {name: getattr(result.record, name) for name in _OF_RECORD}
    return record | {f"count_{name}": count for name, count in result.record.counts.items()}


def _rows(results: Sequence[Result], kind: str) -> Iterable[dict[str, Any]]:
    """The rows of one kind; what a verdict holds stands beside its sample."""
    for result in results:
        for row in getattr(result, kind):
            plain = dataclasses.asdict(row)
            plain |= plain.pop("verdict", {})
            yield _named(result) | plain
