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
from pathlib import Path

from lcbrb.codec import read_json_lines
from lcbrb.config import build
from lcbrb.errors import BadInputError, UnknownNameError
from lcbrb.identity import make_pair, mend_text
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.sources.hub import HubFile, local_files
from lcbrb.types import JsonValue, PreferencePair, Provenance, Relation

REVISION = "5cc7683d0ae5797f84d7aeac0607966f277c39e1"
REMOTE = HubFile(repo="hitsmy/PRMBench_Preview", name="prmbench_preview.jsonl", revision=REVISION)


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
    options = build(Options, spec.options, "prmbench")
    local = local_files("preference/prmbench/*.jsonl", "preference/prmbench/*.jsonl.gz")
    pairs = [pair for path in local or [REMOTE.fetch()] for pair in _read(path)]
    kinds = {str(pair.category) for pair in pairs}
    if spec.target and spec.target not in kinds:
        raise UnknownNameError("kind of degradation in prmbench", spec.target, kinds)
    wanted = [pair for pair in pairs if spec.target in ("", pair.category)]
    different = [pair for pair in wanted if pair.rejected_prompt is not None]
    if not options.different_prompts:
        wanted = [pair for pair in wanted if pair.rejected_prompt is None]
    kept = [pair for pair in wanted if pair.chosen != pair.rejected or pair.rejected_prompt]
    notes = []
    if different and not options.different_prompts:
        notes.append(f"{len(different)} pairs with two different questions left out")
    if len(kept) < len(wanted):
        notes.append(f"{len(wanted) - len(kept)} pairs with identical sides left out")
    version = "local" if local else REVISION[:12]
    return PairSet(name=spec.text, version=version, pairs=kept, notes=tuple(notes))


def _read(path: Path) -> Iterator[PreferencePair]:
    for number, row in read_json_lines(path):
        try:
            yield _pair(row)
        except (KeyError, TypeError, AttributeError) as error:
            raise BadInputError(f"no PRMBench row ({error})", path=path, line=number) from error


def _pair(row: dict[str, JsonValue]) -> PreferencePair:
    original, modified = mend_text(row["original_question"]), mend_text(row["modified_question"])
    return make_pair(
        problem_id=f"prmbench/{row['idx']}",
        prompt=original,
        rejected_prompt=modified if _folded(modified) != _folded(original) else None,
        chosen=mend_text("\n".join(row["original_process"])),
        rejected=mend_text("\n".join(row["modified_process"])),
        relation=Relation.INITIAL_OVER_DEGRADED,
        category=row["classification"],
        provenance=Provenance(source="prmbench", version=REVISION[:12]),
    )


def _folded(text: str) -> str:
    return " ".join(text.split())
