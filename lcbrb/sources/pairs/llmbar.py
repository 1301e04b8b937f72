"""LLMBar: does the better answer follow the instruction? Natural and adversarial pairs.

Source: arXiv 2310.07641. Names: ``llmbar`` (the five sets of the paper: 419 pairs), or one of them,
``llmbar:natural``, also ``gptinst``, ``gptout``, ``manual``, ``neighbor``. Remotely the pairs come
from RewardBench, of which they are a part; locally from LLMBar's own files.
"""

from __future__ import annotations

from collections.abc import Iterator

from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.rows import Row
from lcbrb.sources.base import Source
from lcbrb.sources.pairs import reward_bench
from lcbrb.types import PreferencePair, Relation

#: our name, the part of LLMBar's file names that tells the set, and RewardBench's subset
_SETS = {
    "natural": ("LLMBar_Natural_", "llmbar-natural"),
    "gptinst": ("LLMBar_Adversarial_GPTInst_", "llmbar-adver-GPTInst"),
    "gptout": ("LLMBar_Adversarial_GPTOut_", "llmbar-adver-GPTOut"),
    "manual": ("LLMBar_Adversarial_Manual_", "llmbar-adver-manual"),
    "neighbor": ("LLMBar_Adversarial_Neighbor_", "llmbar-adver-neighbor"),
}
SOURCE = Source(
    name="llmbar",
    row="an LLMBar row",
    local=("preference/llmbar/LLMBar_*.json",),
    homes=reward_bench.SOURCE.homes,
    part="set",
    parts={name: (name,) for name in _SETS},
)


def load_pairs(spec: Spec) -> PairSet:
    """The pairs of all five sets, or of the one named after the colon; raises as `Source.load`."""
    return SOURCE.load(spec, _pairs)


def _pairs(row: Row) -> Iterator[PreferencePair]:
    """The pair of a row; none where its file or its subset is no set of the paper."""
    of_reward_bench = row.path.suffix == ".parquet"
    for name, (start, subset) in _SETS.items():
        if of_reward_bench and row.get("subset") == subset:
            prompt, better, worse = "prompt", "chosen", "rejected"
        elif not of_reward_bench and row.path.name.startswith(start):
            prompt = "input"
            better, worse = row.choice(
                "label", {1: ("output_1", "output_2"), 2: ("output_2", "output_1")}
            )
        else:
            continue
        yield SOURCE.pair(
            prompt=row.text(prompt),
            chosen=row.text(better),
            rejected=row.text(worse),
            relation=Relation.HUMAN,
            category=name,
        )
