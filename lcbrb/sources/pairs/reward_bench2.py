"""RewardBench 2: one right response and three wrong ones a prompt; and *Ties*, scored apart.

Source: arXiv 2506.01937, data ``allenai/reward-bench-2``. Every right response meets every wrong
one: three pairs a prompt. `category` is the subset. Names: ``reward-bench-2`` (the five subsets of
one right response: factuality, focus, math, precise-if, safety), one of them
(``reward-bench-2:math``), or ``reward-bench-2:ties``.

In *Ties* a question has many right answers (``difficulty`` *tied*) or, in its reference form, one
(*ref*); the two forms are one problem. Its pairs are all right answers against all wrong ones, so a
question with many counts for more in the plain accuracy: the score that its paper reports comes
with the report (`lcbrb.rewards.metrics.suites`), as does best-of-4 for the others.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from lcbrb.errors import UsageError
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.rows import Row
from lcbrb.sources.base import Source
from lcbrb.sources.hub import hub_files
from lcbrb.types import PreferencePair, Relation

TIES = "ties"
_OTHERS = ("factuality", "focus", "math", "precise-if", "safety")
SOURCE = Source(
    name="reward-bench-2",
    row="a RewardBench 2 row",
    local=("preference/reward-bench-2/*.parquet",),
    homes=hub_files(
        "allenai/reward-bench-2",
        "7ff08853b0d5686e79b13fda8677024f566a104a",
        "data/test-00000-of-00001.parquet",
    ),
    part="subset",
    parts={"": _OTHERS, **{subset: (subset,) for subset in (*_OTHERS, TIES)}},
)


def load_pairs(spec: Spec) -> PairSet:
    """The pairs of the five subsets, or of the one named; raises as `Source.load`."""
    pair_set = SOURCE.load(spec, _pairs)
    if spec.target:
        return pair_set
    note = f"subset {TIES} is scored separately: {SOURCE.name}:{TIES}"
    return dataclasses.replace(pair_set, notes=(note,))


def _pairs(row: Row) -> Iterator[PreferencePair]:
    right, wrong = row.texts("chosen"), row.texts("rejected")
    if not right or not wrong:
        raise UsageError("no chosen or no rejected responses")
    subset = row.text("subset").strip().lower().replace(" ", "-")
    form, number = row.text("id").split(":") if subset == TIES else (None, row.label("id"))
    for i, chosen in enumerate(right):
        for j, rejected in enumerate(wrong):
            yield SOURCE.pair(
                problem=f"{subset}/{number}",
                prompt=row.text("prompt"),
                chosen=chosen,
                rejected=rejected,
                relation=Relation.GIVEN,
                category=subset,
                difficulty=form,
                rule=f"chosen {i} x rejected {j}",
            )
