"""PRMBench's PRMScore: how well the probabilities of a process reward model tell wrong steps.

Half the F1 of right steps plus half that of wrong ones, over the steps of the degraded sides, as
its tool (github.com/ssmisya/PRMBench) counts them. A step is called right from 0.5 on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from lcbrb.errors import LcbrbError
from lcbrb.sources.pairs import prmbench
from lcbrb.stats import balanced_f1
from lcbrb.types import Estimate, PreferencePair, ScoredPair

_CALLED_RIGHT = 0.5
_NO_STEPS = (
    "PRMBench's own PRMScore (the mean of the F1 over right and over wrong steps) is not among "
    "these figures: it needs a verdict on each step, which process reward models (prm:) give"
)


def prm_score(
    pairs: Sequence[PreferencePair], scored: Sequence[ScoredPair]
) -> tuple[dict[str, Estimate], str]:
    """The score over all pairs (under an empty name) and by kind of degradation, and a note.

    The note says what is missing; it is empty where nothing is.
    """
    if not any(row.rejected_steps for row in scored):
        return {}, _NO_STEPS
    try:
        known = prmbench.step_labels()
    except LcbrbError as error:
        return {}, f"PRMScore is left out because the labels of steps can't be read: {error}"
    steps: dict[str, list[tuple[bool, bool, str]]] = defaultdict(list)
    left_out = 0
    for pair, row in zip(pairs, scored, strict=True):
        labels = known.get(pair.id, ())
        if len(labels) != len(row.rejected_steps):
            left_out += 1
            continue
        for right, probability in zip(labels, row.rejected_steps, strict=True):
            step = right, probability >= _CALLED_RIGHT, pair.problem_id
            steps[""].append(step)
            steps[str(pair.category)].append(step)
    if len(steps) == 2:  # noqa: PLR2004 - one kind is the whole
        steps = {"": steps[""]}
    by_kind = {kind: balanced_f1(*zip(*rows, strict=True)) for kind, rows in sorted(steps.items())}
    if not left_out:
        return by_kind, ""
    return by_kind, (
        f"PRMScore leaves out {left_out} of {len(pairs)} pairs, whose degraded side has a "
        "different number of scored steps and labels (?steps=lines splits texts as the data does)"
    )
