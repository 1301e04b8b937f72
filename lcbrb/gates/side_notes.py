"""What a reader of a comparison must know of the run on one side of it."""

from __future__ import annotations

from collections.abc import Iterator

from lcbrb.models.overlap import trained_on_count
from lcbrb.runs.record import judge_of, tests_in_reach
from lcbrb.types import RunKind, RunRecord


def side_notes(role: str, record: RunRecord) -> Iterator[str]:
    """A sentence for each thing; `role` is baseline or candidate."""
    if not record.complete:
        yield f"the {role}'s run is incomplete"
    if record.coverage < 1:
        what = "pairs" if record.kind == RunKind.REWARD_MODEL else "problems"
        yield f"the {role} answered {100 * record.coverage:.1f}% of the benchmark's {what}"
    if level := tests_in_reach(record):
        yield f"the {role}'s programs could have read the tests (isolation level {level})"
    if judge := judge_of(record):
        yield f"the {role}'s verdicts come from {judge}, not verified here"
    if shared := trained_on_count(record):
        yield f"the {role} was trained on {shared} of the problems in its score"
