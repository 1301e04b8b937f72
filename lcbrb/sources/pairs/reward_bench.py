"""RewardBench: the filtered evaluation set, 2,985 pairs in 23 subsets.

Source: arXiv 2403.13787, data ``allenai/reward-bench``, split *filtered*. `category` is the subset
(``hep-python``, ``math-prm``, ``xstest-should-refuse`` …). Names: ``reward-bench``, one of the
sections of its paper (``:chat``, ``:chat-hard``, ``:safety``, ``:reasoning``), or the two halves of
*reasoning* that papers on code report, ``reward-bench:code`` (HumanEvalPack in six languages) and
``reward-bench:math`` (math-prm). Section scores come with the report (`rewards.reports.suites`).

A problem is what pairs share: its prompt. For HumanEvalPack it is the place within the subset, as
the six files list the same 164 tasks; were one in another order, its pairs would share a cluster
with unrelated ones, which costs precision and no validity.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator

from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.rows import Row
from lcbrb.sources.base import Source
from lcbrb.sources.hub import hub_files
from lcbrb.types import PreferencePair, Relation

CODE = ("hep-cpp", "hep-go", "hep-java", "hep-js", "hep-python", "hep-rust")
MATH = ("math-prm",)
SECTIONS = {
    "chat": (
        "alpacaeval-easy",
        "alpacaeval-length",
        "alpacaeval-hard",
        "mt-bench-easy",
        "mt-bench-med",
    ),
    "chat-hard": (
        "mt-bench-hard",
        "llmbar-natural",
        "llmbar-adver-neighbor",
        "llmbar-adver-GPTInst",
        "llmbar-adver-GPTOut",
        "llmbar-adver-manual",
    ),
    "safety": (
        "refusals-dangerous",
        "refusals-offensive",
        "xstest-should-refuse",
        "xstest-should-respond",
        "donotanswer",
    ),
    "reasoning": (*MATH, *CODE),
}
SOURCE = Source(
    name="reward-bench",
    row="a RewardBench row",
    local=("preference/reward-bench/filtered*.parquet",),
    homes=hub_files(
        "allenai/reward-bench",
        "01272f0c04adcbe7de26ea6250e03d5a90a6925b",
        "data/filtered-00000-of-00001.parquet",
    ),
    parts={**SECTIONS, "code": CODE, "math": MATH},
)


def load_pairs(spec: Spec) -> PairSet:
    """One pair a row of the subsets asked for; raises as `Source.load`."""
    places: Counter[str] = Counter()

    def pairs(row: Row) -> Iterator[PreferencePair]:
        subset, prompt = row.text("subset"), row.text("prompt")
        places[subset] += 1
        yield SOURCE.pair(
            problem=f"hep/{places[subset]}" if subset in CODE else None,
            prompt=prompt,
            chosen=row.text("chosen"),
            rejected=row.text("rejected"),
            relation=Relation.GIVEN,
            category=subset,
            rule=row.label("id"),
        )

    pair_set = SOURCE.load(spec, pairs)
    known = {subset for subsets in SECTIONS.values() for subset in subsets}
    strange = sorted({str(pair.category) for pair in pair_set.pairs} - known)
    notes = (f"subsets of no section: {', '.join(strange)}",) if strange else ()
    return dataclasses.replace(pair_set, notes=notes)
