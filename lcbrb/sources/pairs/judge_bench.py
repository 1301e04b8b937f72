"""JudgeBench: two answers of one model to a hard question, of which one is right.

Source: arXiv 2410.12784, data of ``ScalerLab/JudgeBench``: 350 pairs answered by GPT-4o and 270 by
Claude 3.5 Sonnet. `category` is the kind of question as its paper has it (knowledge, reasoning,
math, coding), `difficulty` stays empty. Names: ``judge-bench`` (both), ``judge-bench:gpt``,
``judge-bench:claude``. Both models answered some of the same questions: pairs of one question are
one problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.rows import Row
from lcbrb.sources.base import Source, refuse_options
from lcbrb.sources.hub import github_files
from lcbrb.types import PreferencePair, Relation

_ANSWERED_BY = {"gpt": "gpt-4o-2024-05-13", "claude": "claude-3-5-sonnet-20240620"}


def _source(models: Iterable[str]) -> Source:
    """With the remote files of some models; local files may hold both."""
    return Source(
        name="judge-bench",
        row="a JudgeBench row",
        local=("preference/judge-bench/*.jsonl",),
        homes=github_files(
            "ScalerLab/JudgeBench",
            "e2c52c284e735e139b3daa61c206ee208f36c461",
            *(f"data/dataset=judgebench,response_model={model}.jsonl" for model in models),
        ),
        part="split",
        parts=dict.fromkeys(_ANSWERED_BY, ()),
    )


SOURCE = _source(_ANSWERED_BY.values())
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
        UnknownNameError, UsageError, DataUnavailableError, BadInputError: as `Source.load`.
    """
    refuse_options(spec)
    SOURCE.check_part(spec)
    models = [_ANSWERED_BY[spec.target]] if spec.target else list(_ANSWERED_BY.values())

    def pairs(row: Row) -> Iterator[PreferencePair]:
        pair = _pair(row)
        if row["response_model"] in models:
            yield pair

    version, wanted = _source(models).read(pairs)
    return PairSet(name=spec.text, version=version, pairs=wanted)


def _pair(row: Row) -> PreferencePair:
    better, worse = row.choice("label", _SIDES)
    kind = row.text("source")
    model = row.text("response_model")
    return SOURCE.pair(
        prompt=row.text("question"),
        chosen=row.text(better),
        rejected=row.text(worse),
        relation=Relation.GIVEN,
        category=next((_KINDS[start] for start in _KINDS if kind.startswith(start)), kind),
        samplers=(model, model),
        rule=f"{kind} {row.label('pair_id')}",
    )
