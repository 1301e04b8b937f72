"""What `lcbrb import` prints: a line on each run, and what its files don't tell."""

from __future__ import annotations

from collections.abc import Sequence

from lcbrb.cli.output import print_notes
from lcbrb.cli.terminal import say
from lcbrb.imports.writing import ImportedRun
from lcbrb.stats.estimate_text import interval
from lcbrb.types import Metric, RunRecord


def print_imported(runs: Sequence[ImportedRun]) -> None:
    """A line on each run, then the notes."""
    for run in runs:
        there = "" if run.new else " (was there already)"
        say(f"{run.path}{there}: {_told(run.record)}")
    print_notes(dict.fromkeys(note for run in runs for note in run.record.notes))


def _told(record: RunRecord) -> str:
    """Who was measured on what, and the first figure."""
    benchmark = f"{record.benchmark} {record.benchmark_version}".strip()
    text = f"{record.subject} on {benchmark}"
    first = Metric("pass@1")
    metric = first if first in record.estimates else next(iter(record.estimates), None)
    if metric is None:
        return text
    estimate = record.estimates[metric]
    share = interval(estimate) if metric == first else f"{estimate.value:.4g}"
    return f"{text}: {metric} {share}, n {estimate.n}"
