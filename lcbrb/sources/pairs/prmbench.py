"""PRMBench: an original reasoning over one degraded on purpose, by kind of degradation.

Source: arXiv 2501.03124, data ``hitsmy/PRMBench_Preview``. Steps are joined by line ends, as the
data holds them. `category` is the kind (``circular``, ``redundency`` as spelled there, ...), or one
kind alone with ``prmbench:circular``. In some rows, most of them of kind ``missing_condition``, the
two sides answer different questions, so a score may differ for the question's sake: they are left
out unless ``prmbench?different_prompts=true`` asks for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lcbrb.config import build
from lcbrb.errors import UnknownNameError
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.rows import Row
from lcbrb.sources.base import Source
from lcbrb.sources.hub import hub_files
from lcbrb.types import PreferencePair, Relation

SOURCE = Source(
    name="prmbench",
    row="a PRMBench row",
    local=("preference/prmbench/*.jsonl",),
    homes=hub_files(
        "hitsmy/PRMBench_Preview",
        "5cc7683d0ae5797f84d7aeac0607966f277c39e1",
        "prmbench_preview.jsonl",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What ``prmbench?…`` takes."""

    different_prompts: bool = False


def load_pairs(spec: Spec) -> PairSet:
    """One pair a row; identical sides (nothing was degraded) are left out and counted.

    Raises:
        UnknownNameError: no such kind of degradation, or option.
        DataUnavailableError, BadInputError: the file is not there, or not in the layout.
    """
    options = build(Options, spec.options, SOURCE.name)
    version, pairs = SOURCE.read(_pair)
    kinds = {str(pair.category) for pair in pairs}
    if spec.target and spec.target not in kinds:
        raise UnknownNameError("kind of degradation in prmbench", spec.target, kinds)
    wanted = [pair for pair in pairs if spec.target in ("", pair.category)]
    different = [pair for pair in wanted if pair.rejected_prompt is not None]
    if not options.different_prompts:
        wanted = [pair for pair in wanted if pair.rejected_prompt is None]
    notes = []
    if different and not options.different_prompts:
        notes.append(f"{len(different)} pairs with two different questions left out")
    return SOURCE.without_equal_sides(spec, version, wanted, notes)


def step_labels() -> dict[str, tuple[bool, ...]]:
    """Whether each step of the rejected side is right, by the pair's id.

    Raises:
        DataUnavailableError, BadInputError: the file is not there, or not in the layout.
    """
    _, labels = SOURCE.read(_labels)
    return dict(labels)


def _labels(row: Row) -> Iterator[tuple[str, tuple[bool, ...]]]:
    wrong = row.get("error_steps")
    if isinstance(wrong, list):
        steps = range(1, len(row.texts("modified_process")) + 1)
        for pair in _pair(row):
            yield pair.id, tuple(step not in wrong for step in steps)


def _pair(row: Row) -> Iterator[PreferencePair]:
    original, modified = row.text("original_question"), row.text("modified_question")
    yield SOURCE.pair(
        problem=row.label("idx"),
        prompt=original,
        rejected_prompt=modified if modified.split() != original.split() else None,
        chosen="\n".join(row.texts("original_process")),
        rejected="\n".join(row.texts("modified_process")),
        relation=Relation.INITIAL_OVER_DEGRADED,
        category=row.text("classification"),
    )
