"""`lcbrb.evaluate_sets`: how often reward models rank pairs right, on several sets of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb.api.evaluate import EvalReport, Failure, WithFailures, evaluate, open_models
from lcbrb.models.overlap import OverlapRule
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards.base import Ranker
from lcbrb.rewards.evaluation import Evaluated
from lcbrb.rewards.metrics import accuracy
from lcbrb.runs.folder import safe_name
from lcbrb.sources.pairs.by_name import as_pair_sets
from lcbrb.stats import stratified_mean
from lcbrb.types import Estimate
from lcbrb.types.short_repr import ShortRepr


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsReport(ShortRepr, WithFailures):
    """A report for each set, in the order in which they were named.

    `means` holds each reward model's mean over the sets. Sets have equal weight, however many pairs
    they have; a model that failed on a set has no mean.
    """

    reports: tuple[EvalReport, ...]
    means: dict[str, Estimate]
    notes: tuple[str, ...]
    failures: tuple[Failure, ...]

    @property
    def results(self) -> list[Evaluated]:
        """Every model on every set."""
        return [result for report in self.reports for result in report.results]


def evaluate_sets(
    reward_models: str | Ranker | Sequence[str | Ranker],
    pairs: Sequence[str | PairSet],
    *,
    limit: int | None = None,
    seed: int = 0,
    out: Path | str | None = None,
    overlap: str = OverlapRule.DECLARE,
    executor: str = "local",
    progress: Progress = SILENT,
) -> SetsReport:
    """Score reward models on several sets of preference pairs, one after the other.

    Args:
        reward_models: as in `lcbrb.evaluate`; each is loaded once.
        pairs: the sets, each as in `lcbrb.evaluate`; their names must differ.
        limit: use only about this many pairs of each set, drawn at random by whole problems.
        seed: for the draws.
        out: folder for the results, ``out/SET/MODEL``.
        overlap: as in `lcbrb.evaluate`, for each set by itself.
        executor: as in `lcbrb.evaluate`.
        progress: receives the progress of the work.

    Raises:
        LcbrbError: a set or a spec can't be used; nothing was scored then.
    """
    models, notes = open_models(reward_models, progress)
    sets = as_pair_sets(pairs)
    reports = tuple(
        evaluate(
            models,
            pair_set,
            limit=limit,
            seed=seed,
            out=None if out is None else Path(out) / safe_name(pair_set.name),
            overlap=overlap,
            executor=executor,
            progress=progress,
        )
        for pair_set in sets
    )
    return SetsReport(
        reports=reports,
        means=_means(reports),
        notes=tuple(notes),
        failures=tuple(failure for report in reports for failure in report.failures),
    )


def _means(reports: Sequence[EvalReport]) -> dict[str, Estimate]:
    scored = [{run.record.subject: run.scored for run in report.results} for report in reports]
    subjects = [name for name in scored[0] if all(name in by_subject for by_subject in scored)]
    means = {}
    for name in subjects:
        rows = [
            (point, str(place), row.problem_id)
            for place, by_subject in enumerate(scored)
            for row, point in zip(by_subject[name], accuracy.points(by_subject[name]), strict=True)
        ]
        points, sets, clusters = zip(*rows, strict=True)
        weights = dict.fromkeys(sets, 1 / len(scored))
        means[name] = stratified_mean(points, sets, weights, clusters)
    return means
