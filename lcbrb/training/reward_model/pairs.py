"""Pairs to train on and pairs held out: never of one problem, never with one prompt."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

from lcbrb.errors import UsageError
from lcbrb.models.trained_on import trained_problem
from lcbrb.problem_groups import Parts, problem_groups, problem_keys
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards.metrics.doubtful_pairs import doubts
from lcbrb.training.apart import drawn_groups, shared_note
from lcbrb.types import PreferencePair, TrainedProblem


def held_out_part(pairs: Sequence[PreferencePair], share: float, seed: int) -> Parts:
    """A seeded draw of whole problems, at least `share` of the pairs.

    Pairs that have a problem or a prompt in common stay together; a group that would take more than
    twice the share is left to train on while there are others. With a share of 0 nothing is held
    out.

    Raises:
        UsageError: all pairs are of one problem, so that nothing can be held out.
    """
    taken = drawn_groups(problem_groups(pairs), share, seed, "pairs")
    return Parts(
        train=[pair for i, pair in enumerate(pairs) if i not in taken],
        held_out=[pair for i, pair in enumerate(pairs) if i in taken],
    )


def check_apart(parts: Parts) -> None:
    """Hold that no problem and no prompt is on both sides.

    Raises:
        UsageError: some are; the first of them are named.
    """
    known = {key for pair in parts.train for key in problem_keys(pair)}
    shared = [pair for pair in parts.held_out if any(key in known for key in problem_keys(pair))]
    if not shared:
        return
    names = shared_note([pair.problem_id for pair in shared])
    raise UsageError(
        f"{len(shared)} of {len(parts.held_out)} held-out pairs share a problem or a prompt with "
        f"the training pairs ({names}): their accuracy would measure memory. Remove them from "
        "one of the two"
    )


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
