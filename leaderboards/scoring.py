"""Scores and ranks of a column's rows: what the page computes, in Python.

The page does the same over the reader's window of dates (`templates/scores.js`); here it serves the
table for readers without scripts, and the tests that hold both against each other.

Ranks: a row's rank is 1 + the number of rows that are better beyond chance, by a paired test over
the problems (pairs) that both have (`sign_flip_p_value`), Holm's method over all pairs of ranked
rows, at 0.05. So rows that can't be told apart from any better one share a rank. A row that lacks
more than 5% of the column's problems has no rank.

Legend: U units (a policy's problems, a reward model's pairs), G problems.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lcbrb.runs.results import ResultKind
from lcbrb.stats import holm, tied_ranks
from lcbrb.stats.closed_form import clustered_wilson, sign_flip_p_value
from lcbrb.stats.groups import ALPHA
from lcbrb.types import Estimate, Metric
from leaderboards.columns import Column, Row

RANKED_COVERAGE = 0.95
HEADLINES = {ResultKind.POLICY: Metric("pass@1"), ResultKind.REWARD_MODEL: Metric("accuracy")}
_ROUNDING = 1e-9
_POINTS = {"w": 1.0, "t": 0.5, "l": 0.0}

Floats = npt.NDArray[np.float64]


class Observed(NamedTuple):
    """A row's units, shape (U,): NaN where there is no verdict. `n` counts samples or pairs."""

    values_U: Floats
    n: int


class Standing(NamedTuple):
    """A row with its score and rank; None where it has none.

    `recorded` is the record's own score, `estimate` the one to show: the record's, unless the rows
    contradict it.
    """

    row: Row
    estimate: Estimate | None
    recorded: Estimate | None
    rank: int | None
    coverage: float

    @property
    def contradicted(self) -> bool:
        """Whether the record says another score than its rows."""
        return self.recorded is not None and self.recorded is not self.estimate


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


def standings(column: Column) -> list[Standing]:
    """The column's rows, best first."""
    observed = [observe(column, row) for row in column.rows]
    places_U = _places(column)
    coverages = [
        min(_coverage(seen), row.result.record.coverage)
        for row, seen in zip(column.rows, observed, strict=True)
    ]
    ranks = _ranks(column, observed, coverages)
    ordered = []
    for row, seen, rank, coverage in zip(column.rows, observed, ranks, coverages, strict=True):
        recorded, counted = _recorded(column, row), _estimate(seen, places_U)
        agree = recorded and counted and abs(recorded.value - counted.value) < _ROUNDING
        estimate = recorded if agree or counted is None else counted
        ordered.append(Standing(row, estimate, recorded, rank, coverage))
    return sorted(
        ordered, key=lambda standing: -standing.estimate.value if standing.estimate else 1.0
    )


def _places(column: Column) -> npt.NDArray[np.intp]:
    """The problem of each unit, shape (U,)."""
    if column.kind is ResultKind.REWARD_MODEL:
        return np.array([pair.problem for pair in column.pairs], dtype=np.intp)
    return np.arange(len(column.problems))


def _recorded(column: Column, row: Row) -> Estimate | None:
    """The score as the run's record has it; the first of its figures where that is all there is."""
    if column.kind is ResultKind.FIGURES:
        return next(iter(row.result.record.estimates.values()), None)
    return row.result.record.estimates.get(HEADLINES[column.kind])


def _estimate(seen: Observed, places_U: npt.NDArray[np.intp]) -> Estimate | None:
    there = ~np.isnan(seen.values_U)
    if not there.any():
        return None
    sums_G = np.bincount(places_U[there], weights=seen.values_U[there])
    counts_G = np.bincount(places_U[there])
    kept = counts_G > 0
    return clustered_wilson(sums_G[kept].tolist(), counts_G[kept].tolist(), n=seen.n)


def _coverage(seen: Observed) -> float:
    return float((~np.isnan(seen.values_U)).mean()) if seen.values_U.size else 0.0


def _ranks(
    column: Column, observed: Sequence[Observed], coverages: Sequence[float]
) -> list[int | None]:
    places_U = _places(column)
    ranked = [place for place, share in enumerate(coverages) if share >= RANKED_COVERAGE]
    compared = list(combinations(ranked, 2))
    differences = [
        _differences(observed[a].values_U - observed[b].values_U, places_U) for a, b in compared
    ]
    adjusted = holm(
        [sign_flip_p_value(difference) if difference else 1.0 for difference in differences]
    )
    wins = [
        (a, b) if sum(difference) > 0 else (b, a)
        for (a, b), difference, p_value in zip(compared, differences, adjusted, strict=True)
        if p_value < ALPHA
    ]
    ranks = tied_ranks(len(observed), wins)
    return [rank if place in ranked else None for place, rank in enumerate(ranks)]


def _differences(values_U: Floats, places_U: npt.NDArray[np.intp]) -> list[float]:
    """Differences summed by problem, over the units that both have, without those that are 0."""
    there = ~np.isnan(values_U)
    sums: list[float] = np.bincount(places_U[there], weights=values_U[there]).tolist()
    return [part for part in sums if part]
