"""`lcbrb.build_run_page`: what one command came to, on one offline page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from lcbrb.runs.results import find_runs, read_run
from lcbrb.visible import visible
from leaderboards import Board, Options, build_board

_TOLD = 3  # names in a title


def build_run_page(
    runs: Path | str | Sequence[Path | str], *, title: str | None = None, texts_mib: float = 2.0
) -> Board:
    """Make one page of a few run folders, in the style of the leaderboard.

    What `lcbrb eval --html` and `lcbrb bench --html` write: scores with intervals and ranks, every
    verdict, pairs and texts as far as there is room, settings and versions.

    Args:
        runs: run folders (``[result.path for result in report.results]``), or folders of them.
        title: the page's title; default: the models and benchmarks.
        texts_mib: space for texts in MiB; 0 leaves them out.

    Raises:
        LcbrbError: a path holds no run, or none that can be read.
    """
    paths = [Path(runs)] if isinstance(runs, Path | str) else [Path(run) for run in runs]
    return build_board(paths, Options(title=title or _title(paths), texts_mib=texts_mib))


def _title(paths: Sequence[Path]) -> str:
    records = [read_run(folder) for path in paths for folder in find_runs(path)]
    subjects = _names(record.subject for record in records)
    return visible(f"{subjects} on {_names(record.benchmark for record in records)}")


def _names(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    distinct = list(dict.fromkeys(names))
    more = len(distinct) - _TOLD
    return ", ".join(distinct[:_TOLD]) + (f" and {more} more" if more > 0 else "")
