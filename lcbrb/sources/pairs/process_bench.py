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

from lcbrb.config import build
from lcbrb.errors import UsageError
from lcbrb.pair_identity import text_id
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.rows import Row
from lcbrb.sources.base import Source
from lcbrb.sources.hub import hub_files
from lcbrb.types import PreferencePair, Relation

PARTS = ("gsm8k", "math", "olympiadbench", "omnimath")


def _source(parts: Sequence[str]) -> Source:
    """With the files of some parts: each part is a file, named after it."""
    return Source(
        name="process-bench",
        row="a ProcessBench row",
        local=tuple(f"preference/processbench/{part}.json" for part in parts),
        homes=hub_files(
            "Qwen/ProcessBench",
            "3bdcd5371ed567559a78f559c01c13a6deee7604",
            *(f"{part}.json" for part in parts),
        ),
        parts={part: (part,) for part in parts},
    )


SOURCE = _source(PARTS)


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
    options = build(Options, spec.options, SOURCE.name)
    SOURCE.check_part(spec)
    wanted = [spec.target] if spec.target else PARTS
    version, solutions = _source(wanted).read(_solution)
    problems = defaultdict(list)
    for solution in solutions:
        problems[f"{solution.part}/{text_id(solution.problem)}"].append(solution)
    couples, alone = [], 0
    for problem, answers in problems.items():
        sound = [solution for solution in answers if solution.first_wrong < 0]
        flawed = [solution for solution in answers if solution.first_wrong >= 0]
        couples += [_pair(problem, good, bad, options.until) for good in sound for bad in flawed]
        alone += 0 if sound and flawed else len(answers)
    pairs = [pair for pair in couples if pair.chosen != pair.rejected]
    notes = [f"{alone} of {len(solutions)} solutions have no counterpart for the same problem"]
    if len(pairs) < len(couples):
        notes.append(f"{len(couples) - len(pairs)} pairs with identical sides left out")
    there = dict.fromkeys(solution.part for solution in solutions)
    if len(there) < len(wanted):
        notes.append(f"{SOURCE.name}: of {', '.join(wanted)} only {', '.join(there)} lies here")
    return PairSet(name=spec.text, version=version, pairs=pairs, notes=tuple(notes))


def _solution(row: Row) -> Iterator[_Solution]:
    steps = tuple(row.texts("steps"))
    label, right_answer = row["label"], row["final_answer_correct"]
    if isinstance(label, bool) or not isinstance(label, int) or not -1 <= label < len(steps):
        raise UsageError(f"label {label!r} names no step of {len(steps)}")
    if not isinstance(right_answer, bool):
        raise UsageError("final_answer_correct is neither true nor false")
    yield _Solution(
        part=row.path.name.partition(".")[0],
        name=row.label("id"),
        problem=row.text("problem"),
        sampler=row.text("generator"),
        steps=steps,
        first_wrong=label,
        right_answer=right_answer,
    )


def _pair(problem: str, sound: _Solution, flawed: _Solution, until: Until) -> PreferencePair:
    steps = None if until is Until.END else flawed.first_wrong + 1
    return SOURCE.pair(
        problem=problem,
        prompt=sound.problem,
        chosen="\n\n".join(sound.steps[:steps]),
        rejected="\n\n".join(flawed.steps[:steps]),
        relation=Relation.HUMAN,
        category=sound.part,
        difficulty="hard" if flawed.right_answer else "normal",
        samplers=(sound.sampler, flawed.sampler),
        rule=f"{sound.name} over {flawed.name}, until {until}",
    )
