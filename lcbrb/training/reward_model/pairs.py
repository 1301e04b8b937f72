"""Pairs to train on: each once, and the problems that they are of."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

from lcbrb.errors import UsageError
from lcbrb.models.trained_on import trained_problem
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards.metrics.doubtful_pairs import doubts
from lcbrb.types import PreferencePair, TrainedProblem


def once_each(pair_set: PairSet) -> PairSet:
    """The set without what it says twice; notes count that, and what else is doubtful in it.

    Raises:
        UsageError: it is empty.
    """
    if not pair_set.pairs:
        raise UsageError(f"{pair_set.name}: there are no pairs")
    pairs = list({pair.id: pair for pair in pair_set.pairs}.values())
    twice = len(pair_set.pairs) - len(pairs)
    note = (f"{twice} duplicate pairs were left out",) if twice else ()
    notes = (*pair_set.notes, *note, *doubts(pairs).notes)
    return dataclasses.replace(pair_set, pairs=pairs, notes=notes)


def relations(pairs: Sequence[PreferencePair]) -> dict[str, int]:
    """How many pairs there are of each relation."""
    return dict(sorted(Counter(pair.relation.value for pair in pairs).items()))


def problems_of(pairs: Sequence[PreferencePair]) -> list[TrainedProblem]:
    """The problems of pairs, with every prompt that is trained on."""
    asked = dict.fromkeys(
        (pair.problem_id, pair.provenance.source, prompt)
        for pair in pairs
        for prompt in (pair.prompt, pair.rejected_prompt or pair.prompt)
    )
    return [trained_problem(*each) for each in asked]
