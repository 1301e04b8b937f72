"""LLMBar: does the better answer follow the instruction? Natural and adversarial pairs.

Source: arXiv 2310.07641. Names: ``llmbar`` (the five sets of the paper: 419 pairs), or one of them,
``llmbar:natural``, also ``gptinst``, ``gptout``, ``manual``, ``neighbor``. Remotely the pairs come
from RewardBench, of which they are a part; locally from LLMBar's own files.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lcbrb.codec import read_json_list
from lcbrb.errors import BadInputError, UnknownNameError, UsageError
from lcbrb.identity import make_pair, mend_text, text_id
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.sources.hub import HubFile, local_files
from lcbrb.sources.pair_files import read_parquet
from lcbrb.types import PreferencePair, Provenance, Relation

REVISION = "01272f0c04adcbe7de26ea6250e03d5a90a6925b"
REMOTE = HubFile(
    repo="allenai/reward-bench", name="data/filtered-00000-of-00001.parquet", revision=REVISION
)

#: our name, the part of LLMBar's file names that tells the set, and RewardBench's subset
_SETS = {
    "natural": ("LLMBar_Natural_", "llmbar-natural"),
    "gptinst": ("LLMBar_Adversarial_GPTInst_", "llmbar-adver-GPTInst"),
    "gptout": ("LLMBar_Adversarial_GPTOut_", "llmbar-adver-GPTOut"),
    "manual": ("LLMBar_Adversarial_Manual_", "llmbar-adver-manual"),
    "neighbor": ("LLMBar_Adversarial_Neighbor_", "llmbar-adver-neighbor"),
}


def load_pairs(spec: Spec) -> PairSet:
    """The pairs of all five sets, or of the one named after the colon.

    Raises:
        UnknownNameError: no such set.
        DataUnavailableError, BadInputError: the file is not there, or not in the layout.
    """
    if spec.options:
        raise UsageError(f"llmbar takes no options, found {spec.text}")
    if spec.target and spec.target not in _SETS:
        raise UnknownNameError("set of llmbar", spec.target, _SETS)
    local = local_files("preference/llmbar/LLMBar_*.json", "preference/llmbar/LLMBar_*.json.gz")
    if local:
        pairs = [pair for path in local for pair in _read_local(path)]
    else:
        pairs = list(_read_reward_bench(REMOTE.fetch()))
    wanted = [pair for pair in pairs if spec.target in ("", pair.category)]
    return PairSet(name=spec.text, version="local" if local else REVISION[:12], pairs=wanted)


def _read_local(path: Path) -> Iterator[PreferencePair]:
    name = next((name for name, (part, _) in _SETS.items() if path.name.startswith(part)), None)
    if name is None:
        return
    for number, row in read_json_list(path):
        try:
            sides = [row["output_1"], row["output_2"]]
            better = {1: 0, 2: 1}[row["label"]]
            yield _pair(row["input"], sides[better], sides[1 - better], name)
        except (KeyError, TypeError, AttributeError) as error:
            raise BadInputError(f"row {number} is no LLMBar row ({error})", path=path) from error


def _read_reward_bench(path: Path) -> Iterator[PreferencePair]:
    names = {subset: name for name, (_, subset) in _SETS.items()}
    for number, row in read_parquet(path):
        if row.get("subset") in names:
            try:
                yield _pair(row["prompt"], row["chosen"], row["rejected"], names[row["subset"]])
            except (KeyError, TypeError, AttributeError) as error:
                problem = f"row {number} is no RewardBench row ({error})"
                raise BadInputError(problem, path=path) from error


def _pair(prompt: str, chosen: str, rejected: str, name: str) -> PreferencePair:
    prompt = mend_text(prompt)
    return make_pair(
        problem_id=f"llmbar/{text_id(prompt)}",
        prompt=prompt,
        chosen=mend_text(chosen),
        rejected=mend_text(rejected),
        relation=Relation.HUMAN,
        category=name,
        provenance=Provenance(source="llmbar", version=REVISION[:12]),
    )
