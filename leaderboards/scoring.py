"""A row's score as its run's record has it, held against the row's verdicts.

No tests and no ranks, and intervals only by the bootstrap that records have: the page is the one
home of a board's statistics (`templates/stats.js`, `templates/scores.js`). Each choice of
its reader (months, a part, another score, two models) gives other ones, and they can't be computed
ahead: 30 months have 465 windows, which for 50 models are 23,000 intervals and 570,000 tests for
each part and score. What Python shows is for readers without scripts, and for the notes of the
command.

Legend: U units (a policy's problems, a reward model's pairs).
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lcbrb.runs.results import HEADLINES, ResultKind
from lcbrb.stats import cluster_mean
from lcbrb.types import Estimate
from leaderboards.columns import Column, Row

RANKED_COVERAGE = 0.95
_ROUNDING = 1e-9
_RESAMPLES = 1_000  # a record's have ten times as many: a board of unfinished runs took seconds
_POINTS = {"w": 1.0, "t": 0.5, "l": 0.0}


class Observed(NamedTuple):
    """A row's units, shape (U,): NaN where there is no verdict. `n` counts samples or pairs."""

    values_U: npt.NDArray[np.float64]
    n: int


class Standing(NamedTuple):
    """A row with its score; None where it has none.

    `recorded` is the record's own score, `estimate` the one to show: the record's, unless the rows
    contradict it.
    """

    row: Row
    estimate: Estimate | None
    recorded: Estimate | None
    coverage: float

    @property
    def contradicted(self) -> bool:
        """Whether the record says another score than its rows."""
        return self.recorded is not None and self.recorded is not self.estimate


def standings(column: Column) -> list[Standing]:
    """The column's rows, best first."""
    rows = [_standing(column, row) for row in column.rows]
    return sorted(rows, key=lambda standing: -standing.estimate.value if standing.estimate else 1.0)


def observe(column: Column, row: Row) -> Observed:
    """What a row's headline score is computed from. Failures of ours are left out."""
    if column.kind is ResultKind.REWARD_MODEL:
        values = [_POINTS.get(letter, np.nan) for letter in row.verdicts.lower()]
        return Observed(np.array(values), sum(value == value for value in values))  # noqa: PLR0124
    shares, n = [], 0
    for start in range(0, len(row.verdicts), row.width or 1):
        letters = row.verdicts[start : start + row.width]
        judged = len(letters) - letters.count(".") - letters.count("h")
        shares.append(letters.count("p") / judged if judged else np.nan)
        n += judged
    return Observed(np.array(shares), n)


def _standing(column: Column, row: Row) -> Standing:
    record = row.result.record
    if column.kind is ResultKind.FIGURES:  # the first of them
        figure = next(iter(record.estimates.values()), None)
        return Standing(row, figure, figure, record.coverage)
    seen = observe(column, row)
    there_U = ~np.isnan(seen.values_U)
    coverage = min(float(there_U.mean()) if there_U.size else 0.0, record.coverage)
    recorded = record.estimates.get(HEADLINES[column.kind])
    values_U = seen.values_U[there_U]
    if not values_U.size:
        return Standing(row, None, recorded, coverage)
    if recorded and abs(recorded.value - values_U.mean()) < _ROUNDING:
        return Standing(row, recorded, recorded, coverage)
    counted = cluster_mean(values_U, _problems(column)[there_U], resamples=_RESAMPLES)
    return Standing(row, dataclasses.replace(counted, n=seen.n), recorded, coverage)


def _problems(column: Column) -> npt.NDArray[np.intp]:
    """The problem of each unit, shape (U,)."""
    if column.kind is ResultKind.REWARD_MODEL:
        return np.array([pair.problem for pair in column.pairs], dtype=np.intp)
    return np.arange(len(column.problems))
