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

from collections.abc import Iterator
from pathlib import Path

from lcbrb.errors import BadInputError, UnknownNameError, UsageError
from lcbrb.identity import make_pair, mend_text
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.sources.hub import HubFile, local_files
from lcbrb.sources.pair_files import read_parquet
from lcbrb.types import JsonValue, PreferencePair, Provenance, Relation

SOURCE = "reward-bench-2"
REVISION = "7ff08853b0d5686e79b13fda8677024f566a104a"
REMOTE = HubFile(
    repo="allenai/reward-bench-2", name="data/test-00000-of-00001.parquet", revision=REVISION
)

TIES = "ties"
SUBSETS = ("factuality", "focus", "math", "precise-if", "safety", TIES)


def load_pairs(spec: Spec) -> PairSet:
    """The pairs of the five subsets, or of the one named after the colon.

    Raises:
        UnknownNameError: no such subset.
        DataUnavailableError, BadInputError: the file is not there, or not in the layout.
    """
    if spec.options:
        raise UsageError(f"{SOURCE} takes no options, found {spec.text}")
    if spec.target and spec.target not in SUBSETS:
        raise UnknownNameError(f"subset of {SOURCE}", spec.target, SUBSETS)
    local = local_files("preference/reward-bench-2/*.parquet")
    pairs = [pair for path in local or [REMOTE.fetch()] for pair in _read(path)]
    kept = [pair for pair in pairs if _wanted(pair, spec.target)]
    notes = () if spec.target else (f"subset {TIES} is scored apart: {SOURCE}:{TIES}",)
    version = "local" if local else REVISION[:12]
    return PairSet(name=spec.text, version=version, pairs=kept, notes=notes)


def _wanted(pair: PreferencePair, subset: str) -> bool:
    return pair.category == subset if subset else pair.category != TIES


def _read(path: Path) -> Iterator[PreferencePair]:
    for number, row in read_parquet(path):
        try:
            yield from _pairs(row)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            problem = f"row {number} is no RewardBench 2 row ({error})"
            raise BadInputError(problem, path=path) from error


def _pairs(row: dict[str, JsonValue]) -> Iterator[PreferencePair]:
    if not row["chosen"] or not row["rejected"]:
        raise ValueError("no chosen or no rejected responses")
    subset = row["subset"].strip().lower().replace(" ", "-")
    form, number = row["id"].split(":") if subset == TIES else (None, row["id"])
    for i, chosen in enumerate(row["chosen"]):
        for j, rejected in enumerate(row["rejected"]):
            yield make_pair(
                problem_id=f"{SOURCE}/{subset}/{number}",
                prompt=mend_text(row["prompt"]),
                chosen=mend_text(chosen),
                rejected=mend_text(rejected),
                relation=Relation.GIVEN,
                category=subset,
                difficulty=form,
                provenance=Provenance(
                    source=SOURCE, version=REVISION[:12], rule=f"chosen {i} x rejected {j}"
                ),
            )
