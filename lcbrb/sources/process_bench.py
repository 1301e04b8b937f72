"""ProcessBench as pairs: a sound solution over one with a wrong step, for the same problem.

Source: arXiv 2412.06559, data ``Qwen/ProcessBench``: 3,400 solutions of twelve models in steps,
with the first wrong step (or -1) as people marked it. Its own task is to find that step, which no
pair asks for. A pair here is a solution without a wrong step (chosen) and one with (rejected), of
one problem; every such couple is taken. `category` is the part (gsm8k, math, olympiadbench,
omnimath), or one alone with ``process-bench:math``. `difficulty` is *hard* where the rejected side
still reaches the right final answer, so that the answer does not tell the sides apart, else
*normal*.

Few problems have two solutions: gsm8k and math give 58 pairs of 57 problems. Other couplings would
give more pairs and measure less. A prefix that stops before the wrong step against one that stops
after it always has the longer side wrong. Solutions of different problems let the problem's own
difficulty tell the sides apart. What remains is the style of two models: the sides are mostly by
different ones, which `Side.sampler` names.

``process-bench?until=first-error`` cuts both sides after as many steps as the rejected one has up
to and with its first wrong step; then what follows a mistake does not count. A sound solution with
fewer steps stays whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lcbrb.codec import read_json_list
from lcbrb.config import build
from lcbrb.errors import BadInputError, UnknownNameError
from lcbrb.identity import make_pair, mend_text, text_id
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.sources.hub import HubFile, local_files
from lcbrb.types import JsonValue, PreferencePair, Provenance, Relation, Side

SOURCE = "process-bench"
REVISION = "3bdcd5371ed567559a78f559c01c13a6deee7604"
PARTS = ("gsm8k", "math", "olympiadbench", "omnimath")
REMOTES = {
    part: HubFile(repo="Qwen/ProcessBench", name=f"{part}.json", revision=REVISION)
    for part in PARTS
}


class Until(StrEnum):
    """How much of the two solutions is compared."""

    END = "end"
    FIRST_ERROR = "first-error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What ``process-bench?…`` takes."""

    until: Until = Until.END


@dataclass(frozen=True, slots=True)
class _Solution:
    """`first_wrong` counts steps from 0; -1 where none is wrong."""

    part: str
    name: str
    problem: str
    sampler: str
    steps: tuple[str, ...]
    first_wrong: int
    right_answer: bool


def load_pairs(spec: Spec) -> PairSet:
    """Every sound solution of a problem with every other one of it that has a wrong step.

    Raises:
        UnknownNameError: no such part or option.
        DataUnavailableError, BadInputError: a file is not there, or not in the layout.
    """
    options = build(Options, spec.options, SOURCE)
    if spec.target and spec.target not in PARTS:
        raise UnknownNameError(f"part of {SOURCE}", spec.target, PARTS)
    wanted = [spec.target] if spec.target else list(PARTS)
    local = _local(wanted)
    files = local or {part: REMOTES[part].fetch() for part in wanted}
    solutions = [one for part, path in files.items() for one in _read(part, path)]
    couples = list(_couples(solutions, options.until))
    pairs = [pair for pair in couples if pair.chosen != pair.rejected]
    paired = {pair.problem_id for pair in couples}
    alone = sum(_problem_id(one) not in paired for one in solutions)
    notes = [f"{alone} of {len(solutions)} solutions have no counterpart of their problem"]
    if len(pairs) < len(couples):
        notes.append(f"{len(couples) - len(pairs)} pairs with identical sides left out")
    if local and len(local) < len(wanted):
        notes.append(f"{SOURCE}: of {', '.join(wanted)} only {', '.join(local)} lies here")
    version = "local" if local else REVISION[:12]
    return PairSet(name=spec.text, version=version, pairs=pairs, notes=tuple(notes))


def _local(wanted: Sequence[str]) -> dict[str, Path]:
    """The parts that lie below LCBRB_DATA."""
    found = {}
    for part in wanted:
        at = f"preference/processbench/{part}.json"
        for path in local_files(at, f"{at}.gz"):
            found[part] = path
    return found


def _problem_id(one: _Solution) -> str:
    return f"{SOURCE}/{one.part}/{text_id(one.problem)}"


def _read(part: str, path: Path) -> Iterator[_Solution]:
    for number, row in read_json_list(path):
        try:
            yield _solution(part, row)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            problem = f"row {number} is no ProcessBench row ({error})"
            raise BadInputError(problem, path=path) from error


def _solution(part: str, row: dict[str, JsonValue]) -> _Solution:
    steps = tuple(mend_text(step) for step in row["steps"])
    if isinstance(row["label"], bool) or not isinstance(row["label"], int):
        raise TypeError(f"label {row['label']!r} is no number")
    if not -1 <= row["label"] < len(steps):
        raise ValueError(f"label {row['label']} names no step of {len(steps)}")
    if not isinstance(row["final_answer_correct"], bool):
        raise TypeError("final_answer_correct is neither true nor false")
    return _Solution(
        part=part,
        name=str(row["id"]),
        problem=mend_text(row["problem"]),
        sampler=row["generator"],
        steps=steps,
        first_wrong=row["label"],
        right_answer=row["final_answer_correct"],
    )


def _couples(solutions: Sequence[_Solution], until: Until) -> Iterator[PreferencePair]:
    problems: dict[str, list[_Solution]] = defaultdict(list)
    for one in solutions:
        problems[_problem_id(one)].append(one)
    for problem_id, found in problems.items():
        for sound in (one for one in found if one.first_wrong < 0):
            for flawed in (one for one in found if one.first_wrong >= 0):
                yield _pair(problem_id, sound, flawed, until)


def _pair(problem_id: str, sound: _Solution, flawed: _Solution, until: Until) -> PreferencePair:
    steps = None if until is Until.END else flawed.first_wrong + 1
    return make_pair(
        problem_id=problem_id,
        prompt=sound.problem,
        chosen="\n\n".join(sound.steps[:steps]),
        rejected="\n\n".join(flawed.steps[:steps]),
        relation=Relation.HUMAN,
        category=sound.part,
        difficulty="hard" if flawed.right_answer else "normal",
        chosen_side=Side(sampler=sound.sampler),
        rejected_side=Side(sampler=flawed.sampler),
        provenance=Provenance(
            source=SOURCE,
            version=REVISION[:12],
            rule=f"{sound.name} over {flawed.name}, until {until}",
            across_samplers=sound.sampler != flawed.sampler,
        ),
    )
