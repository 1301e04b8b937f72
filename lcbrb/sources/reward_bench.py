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

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lcbrb.errors import BadInputError, UnknownNameError, UsageError
from lcbrb.identity import make_pair, mend_text, text_id
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.sources.hub import HubFile, local_files
from lcbrb.sources.pair_files import read_parquet
from lcbrb.types import JsonValue, PreferencePair, Provenance, Relation

SOURCE = "reward-bench"
REVISION = "01272f0c04adcbe7de26ea6250e03d5a90a6925b"
REMOTE = HubFile(
    repo="allenai/reward-bench", name="data/filtered-00000-of-00001.parquet", revision=REVISION
)

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
_PARTS = {**SECTIONS, "code": CODE, "math": MATH}


def load_pairs(spec: Spec) -> PairSet:
    """One pair a row of the subsets asked for.

    Raises:
        UnknownNameError: no such part.
        DataUnavailableError, BadInputError: the file is not there, or not in the layout.
    """
    if spec.options:
        raise UsageError(f"{SOURCE} takes no options, found {spec.text}")
    if spec.target and spec.target not in _PARTS:
        raise UnknownNameError(f"part of {SOURCE}", spec.target, _PARTS)
    local = local_files("preference/reward-bench/filtered*.parquet")
    pairs = [pair for path in local or [REMOTE.fetch()] for pair in _read(path)]
    wanted = _PARTS.get(spec.target)
    kept = [pair for pair in pairs if wanted is None or pair.category in wanted]
    known = {subset for subsets in SECTIONS.values() for subset in subsets}
    strange = sorted({str(pair.category) for pair in kept} - known)
    notes = (f"subsets of no section: {', '.join(strange)}",) if strange else ()
    version = "local" if local else REVISION[:12]
    return PairSet(name=spec.text, version=version, pairs=kept, notes=notes)


def _read(path: Path) -> Iterator[PreferencePair]:
    places: Counter[str] = Counter()
    for number, row in read_parquet(path):
        try:
            subset = mend_text(row["subset"])
            places[subset] += 1
            yield _pair(row, subset, places[subset])
        except (KeyError, TypeError, AttributeError) as error:
            problem = f"row {number} is no RewardBench row ({error})"
            raise BadInputError(problem, path=path) from error


def _pair(row: dict[str, JsonValue], subset: str, place: int) -> PreferencePair:
    prompt = mend_text(row["prompt"])
    problem = f"hep/{place}" if subset in CODE else text_id(prompt)
    return make_pair(
        problem_id=f"{SOURCE}/{problem}",
        prompt=prompt,
        chosen=mend_text(row["chosen"]),
        rejected=mend_text(row["rejected"]),
        relation=Relation.GIVEN,
        category=subset,
        provenance=Provenance(source=SOURCE, version=REVISION[:12], rule=str(row["id"])),
    )
