"""Problems that reward models were trained on, among the rows that they are to rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from lcbrb.errors import UsageError
from lcbrb.models.overlap import LEFT_OUT, Overlap, OverlapRule, overlap
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards.base import Ranker
from lcbrb.rewards.best_of.samples import JudgedSample, SampleSet
from lcbrb.types import PreferencePair

R = TypeVar("R", PreferencePair, JudgedSample)
S = TypeVar("S", bound=PairSet | SampleSet)
Overlaps = Mapping[str, Overlap]  # by a model's id


def overlaps_of(
    models: Sequence[Ranker], rows: Sequence[PreferencePair] | Sequence[JudgedSample], name: str
) -> Overlaps:
    """What each model was trained on, of the problems that some rows are of.

    Args:
        models: with different ids.
        rows: pairs or samples.
        name: of the rule, an `OverlapRule`.

    Raises:
        UsageError: there is no such rule, it refuses a model, or it leaves no problem.
        BadInputError: what a model's folder says of its training is broken.
    """
    rule = OverlapRule.named(name)
    prompts = dict.fromkeys((row.problem_id, prompt) for row in rows for prompt in _prompts(row))
    overlaps = {
        model.id: overlap(model.trained_on, prompts).under(rule, model.id) for model in models
    }
    total = len({problem for problem, _ in prompts})
    if total and len(_left_out(overlaps)) == total:
        raise UsageError(
            f"the models were trained on all of these {total} problems between them, so none is "
            "left to compare all of them on: evaluate the models one by one"
        )
    return overlaps


def without_left_out(rows: Sequence[R], overlaps: Overlaps) -> list[R]:
    """The rows that all models are judged by: the same for all, so that they can be compared."""
    left_out = _left_out(overlaps)
    return [row for row in rows if row.problem_id not in left_out]


def as_given_to(model: Ranker, rows: S, overlaps: Overlaps) -> S:
    """The rows with what a model's record says: its own problems, or all that are left out."""
    left_out = _left_out(overlaps)
    notes, counts = overlaps[model.id].notes(), overlaps[model.id].counts
    if left_out:
        notes = tuple(note for name, of in overlaps.items() for note in of.notes(name))
        counts = {LEFT_OUT: len(left_out)}
    return replace(rows, notes=(*rows.notes, *notes), counts={**rows.counts, **counts})


def _left_out(overlaps: Overlaps) -> set[str]:
    return {
        problem for of_model in overlaps.values() if of_model.left_out for problem in of_model.ids
    }


def _prompts(row: PreferencePair | JudgedSample) -> list[str]:
    other = row.rejected_prompt if isinstance(row, PreferencePair) else None
    return [row.prompt] if other is None else [row.prompt, other]
