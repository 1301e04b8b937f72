"""JudgeBench: two answers of one model to a hard question, of which one is right.

Source: arXiv 2410.12784, data of ``ScalerLab/JudgeBench``: 350 pairs answered by GPT-4o and 270 by
Claude 3.5 Sonnet. `category` is the kind of question as its paper has it (knowledge, reasoning,
math, coding), `difficulty` stays empty. Names: ``judge-bench`` (both), ``judge-bench:gpt``,
``judge-bench:claude``. Both models answered some of the same questions: pairs of one question are
one problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lcbrb.codec import read_json_lines
from lcbrb.errors import BadInputError, UnknownNameError, UsageError
from lcbrb.identity import make_pair, mend_text, text_id
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.sources.hub import GitHubFile, local_files
from lcbrb.types import JsonValue, PreferencePair, Provenance, Relation, Side

SOURCE = "judge-bench"
REVISION = "e2c52c284e735e139b3daa61c206ee208f36c461"

_ANSWERED_BY = {"gpt": "gpt-4o-2024-05-13", "claude": "claude-3-5-sonnet-20240620"}
REMOTES = {
    name: GitHubFile(
        repo="ScalerLab/JudgeBench",
        name=f"data/dataset=judgebench,response_model={model}.jsonl",
        revision=REVISION,
    )
    for name, model in _ANSWERED_BY.items()
}
#: how `source` begins, and the kind of question
_KINDS = {
    "mmlu-pro": "knowledge",
    "livebench-reasoning": "reasoning",
    "livebench-math": "math",
    "livecodebench": "coding",
}
_SIDES = {"A>B": ("response_A", "response_B"), "B>A": ("response_B", "response_A")}


def load_pairs(spec: Spec) -> PairSet:
    """One pair a row of both splits, or of the one named after the colon.

    Raises:
        UnknownNameError: no such split.
        DataUnavailableError, BadInputError: a file is not there, or not in the layout.
    """
    if spec.options:
        raise UsageError(f"{SOURCE} takes no options, found {spec.text}")
    if spec.target and spec.target not in REMOTES:
        raise UnknownNameError(f"split of {SOURCE}", spec.target, REMOTES)
    wanted = [spec.target] if spec.target else list(REMOTES)
    local = local_files("preference/judge-bench/*.jsonl", "preference/judge-bench/*.jsonl.gz")
    if local:
        models = {_ANSWERED_BY[name] for name in wanted}
        pairs = [pair for path in local for pair, model in _read(path) if model in models]
    else:
        pairs = [pair for name in wanted for pair, _ in _read(REMOTES[name].fetch())]
    version = "local" if local else REVISION[:12]
    return PairSet(name=spec.text, version=version, pairs=pairs)


def _read(path: Path) -> Iterator[tuple[PreferencePair, str]]:
    for number, row in read_json_lines(path):
        try:
            yield _pair(row), row["response_model"]
        except (KeyError, TypeError, AttributeError) as error:
            raise BadInputError(f"no JudgeBench row ({error})", path=path, line=number) from error


def _pair(row: dict[str, JsonValue]) -> PreferencePair:
    better, worse = _SIDES[row["label"].strip()]
    question, source = mend_text(row["question"]), row["source"]
    kind = next((kind for start, kind in _KINDS.items() if source.startswith(start)), source)
    side = Side(sampler=row["response_model"])
    return make_pair(
        problem_id=f"{SOURCE}/{text_id(question)}",
        prompt=question,
        chosen=mend_text(row[better]),
        rejected=mend_text(row[worse]),
        relation=Relation.GIVEN,
        category=kind,
        chosen_side=side,
        rejected_side=side,
        provenance=Provenance(
            source=SOURCE, version=REVISION[:12], rule=f"{source} {row['pair_id']}"
        ),
    )
