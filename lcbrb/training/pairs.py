"""Pairs to train on and pairs held out: never of one problem, never with one prompt."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lcbrb.errors import UsageError
from lcbrb.models.trained_on import trained_problem
from lcbrb.protocols.reward import PairSet
from lcbrb.training.apart import drawn_groups, linked, shared_note
from lcbrb.types import PreferencePair, TrainedProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Pairs to train on, and pairs of other problems that are held out."""

    train: Sequence[PreferencePair]
    held_out: Sequence[PreferencePair]


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


def folds(pairs: Sequence[PreferencePair], count: int, seed: int) -> Iterator[Parts]:
    """Cross-validation: each pair is held out once, with all others of its problem.

    Groups are dealt out from the largest to the smallest, each to the fold with the fewest pairs.

    Raises:
        UsageError: fewer problems than folds.
    """
    groups = problem_groups(pairs)
    if not 2 <= count <= len(groups):  # noqa: PLR2004 - one fold holds nothing out
        raise UsageError(f"{count} folds of {len(groups)} problems: from 2 to as many as problems")
    random.Random(f"folds/{seed}").shuffle(groups)
    groups.sort(key=len, reverse=True)
    dealt: list[set[int]] = [set() for _ in range(count)]
    for group in groups:
        min(dealt, key=len).update(group)
    for fold in dealt:
        yield Parts(
            train=[pair for i, pair in enumerate(pairs) if i not in fold],
            held_out=[pair for i, pair in enumerate(pairs) if i in fold],
        )


def problem_groups(pairs: Sequence[PreferencePair]) -> list[list[int]]:
    """Positions of pairs that share a problem or a prompt, directly or over others."""
    return linked([_keys(pair) for pair in pairs])


def check_apart(parts: Parts) -> None:
    """Hold that no problem and no prompt is on both sides.

    Raises:
        UsageError: some are; the first of them are named.
    """
    known = {key for pair in parts.train for key in _keys(pair)}
    shared = [pair for pair in parts.held_out if any(key in known for key in _keys(pair))]
    if not shared:
        return
    names = shared_note([pair.problem_id for pair in shared])
    raise UsageError(
        f"{len(shared)} of {len(parts.held_out)} pairs to evaluate on have a problem or a prompt "
        f"that is trained on ({names}): their accuracy would tell what "
        "was learned by heart. Take them out of either side"
    )


def once_each(pair_set: PairSet) -> PairSet:
    """The set without what it says twice, which a note counts.

    Raises:
        UsageError: it is empty.
    """
    if not pair_set.pairs:
        raise UsageError(f"{pair_set.name}: there are no pairs")
    pairs = list({pair.id: pair for pair in pair_set.pairs}.values())
    twice = len(pair_set.pairs) - len(pairs)
    note = (f"{twice} pairs that stand there twice were left out",) if twice else ()
    return dataclasses.replace(pair_set, pairs=pairs, notes=(*pair_set.notes, *note))


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


def _keys(pair: PreferencePair) -> list[tuple[str, str]]:
    prompts = {pair.prompt, pair.rejected_prompt or pair.prompt}
    told = [("prompt", " ".join(prompt.split())) for prompt in sorted(prompts) if prompt.strip()]
    return [("problem", pair.problem_id), *told]
