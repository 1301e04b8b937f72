"""The two sides of a pair as texts, the longer one drawn beforehand.

Both sides get as many idle statements (values restated, remarks) and one check each, in forms that
are drawn alike for both. Where a degradation takes computed steps away from an arithmetic solution,
that side derives as many quantities more which the answer does not need, so that neither the number
of steps nor that of sentences tells the sides apart. Then forms are made longer on one side and
shorter on the other, whichever of them is the better one, until the lengths are as was drawn.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from lcbrb.pairs.od.degradations import (
    REMOVED,
    Degradation,
    Degraded,
    degrade,
    derive,
    idle_quantities,
)
from lcbrb.pairs.od.stepwise.checker import Failure, first_failure
from lcbrb.pairs.od.stepwise.execution import definitions
from lcbrb.pairs.od.stepwise.rendering import FORMS, SHORT, kind_of, parse, render, render_item
from lcbrb.pairs.od.stepwise.structure import (
    COMPARISONS,
    Answer,
    Check,
    Derivation,
    Item,
    Op,
    Problem,
    Remark,
    Stated,
    Step,
    compute,
)

_RESTATED, _REMARKS = (1, 3), (0, 2)  # how many of each a side has
_RATIO = (1.03, 1.3)  # of the longer side's characters to the shorter one's


class Role(StrEnum):
    """What a side is: see the documentation of `lcbrb pairs od`."""

    INITIAL = "initial"
    OPTIMIZED = "optimized"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True)
class _Solution:
    """What a side derives; `role` is what it is, or was before it was degraded."""

    role: Role
    derivation: Sequence[Derivation]
    answer: int


@dataclass(slots=True)
class _Draft:
    """A side that is being written: its items with their forms, the check and answer last."""

    items: list[Item]
    forms: list[int] = field(default_factory=list)

    def length(self) -> int:
        """Characters of its text."""
        return sum(map(len, map(render_item, self.items, self.forms))) + len(self.items) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The texts of a pair; `degraded` and `failure` where the worse one is unsound."""

    better: str
    worse: str
    degraded: Degraded | None
    failure: Failure | None


def write_sides(
    problem: Problem,
    roles: tuple[Role, Role],
    kind: Degradation | None,
    rng: random.Random,
    *,
    better_longer: bool,
) -> Sides | None:
    """The better and the worse text of a pair; None where the problem has no place for it.

    `roles` are those of the better and the worse side; a degraded worse one is made from what the
    better one is.
    """
    base, other = roles
    quantities = [] if problem.ordered else idle_quantities(problem)
    idle = 0 if base is Role.OPTIMIZED or problem.ordered else 1
    degraded = None
    good = _Solution(base, derive(problem, quantities[:idle]), problem.answer)
    bad = _Solution(other, derive(problem, quantities[:1]), problem.answer)
    if kind is not None:
        more = quantities[: idle + REMOVED.get(kind, 0)]
        degraded = degrade(problem, kind, rng, more)
        if degraded is None:
            return None
        bad = _Solution(base, degraded.derivation, degraded.answer)
    restated, remarks = rng.randint(*_RESTATED), rng.randint(*_REMARKS)
    claimed = int(kind is Degradation.LEAP)  # a claim looks like a restated value
    better = _draft(problem, good, (restated, remarks), rng)
    worse = _draft(problem, bad, (restated - claimed, remarks), rng)
    if better is None or worse is None:
        return None
    longer, shorter = (better, worse) if better_longer else (worse, better)
    _fit(longer, shorter, rng)
    return _verified(problem, better, worse, degraded)


def _verified(
    problem: Problem, better: _Draft, worse: _Draft, degraded: Degraded | None
) -> Sides | None:
    """The texts, read back and checked; None where an idle statement fails before the flaw."""
    texts = [render(draft.items, draft.forms) for draft in (better, worse)]
    sound, failure = (first_failure(problem, parse(text)) for text in texts)
    if sound is not None or (degraded is None and failure is not None):
        raise AssertionError(f"a side of {problem.id} that should be sound is not: {texts}")
    if degraded is not None:
        meant = degraded.derivation[degraded.place]
        if failure is None or (failure.flaw, worse.items[failure.item]) != (degraded.flaw, meant):
            return None
    return Sides(better=texts[0], worse=texts[1], degraded=degraded, failure=failure)


# ------------------------------------------------------------------------------- one side


def _draft(
    problem: Problem, solution: _Solution, idle: tuple[int, int], rng: random.Random
) -> _Draft | None:
    """The items of a side in drawn forms; `idle`: how many values to restate, and remarks."""
    check = _check(problem, solution, rng)
    if check is None:
        return None
    restated, remarks = idle
    items: list[Item] = list(solution.derivation)
    for _ in range(restated):
        _restate(problem, items, rng)
    for _ in range(remarks):
        items.insert(rng.randint(0, len(items)), _remark(solution.derivation, rng))
    items += [check, Answer(solution.answer)]
    return _Draft(items, [rng.randrange(len(FORMS[kind_of(item)])) for item in items])


def _check(problem: Problem, solution: _Solution, rng: random.Random) -> Check | None:
    """An optimized side checks the step that gives the answer, an initial one any other step."""
    steps = [
        step
        for step in solution.derivation
        if isinstance(step, Step)
        and step.expression.op not in COMPARISONS
        and compute(step.expression.op or Op.OVER, *step.values) == step.result
    ]
    last = max((i for i, step in enumerate(steps) if step.target == problem.asked), default=None)
    if last is None:
        return None
    chosen = (
        [steps.pop(last)] if solution.role is Role.OPTIMIZED else steps[:last] + steps[last + 1 :]
    )
    checks = [check for step in chosen if (check := _turned_round(step))]
    return rng.choice(checks) if checks else None


def _turned_round(step: Step) -> Check | None:
    left, right = step.values
    match step.expression.op:
        case Op.PLUS:
            return Check(step.result, Op.MINUS, right, left)
        case Op.MINUS:
            return Check(step.result, Op.PLUS, right, left)
        case Op.TIMES if right:
            return Check(step.result, Op.OVER, right, left)
    return None


def _restate(problem: Problem, items: list[Item], rng: random.Random) -> None:
    """Put the value of a quantity that stands by then somewhere among the items."""
    places = list(range(len(items) + 1))
    while places:
        place = places.pop(rng.randrange(len(places)))
        known = _given(problem)
        for item in items[:place]:
            if isinstance(item, Step) and item.target:
                known[item.target] = item.result
            elif isinstance(item, Stated):
                known[item.name] = item.value
        if known:
            name = rng.choice(sorted(known))
            items.insert(place, Stated(name, known[name]))
            return


def _given(problem: Problem) -> dict[str, int]:
    if problem.ordered:
        return {}
    return {
        name: expression.left
        for name, expression in definitions(problem).items()
        if expression.op is None and isinstance(expression.left, int)
    }


def _remark(items: Sequence[Item], rng: random.Random) -> Remark:
    steps = [item for item in items if isinstance(item, Step) and item.target]
    value = rng.choice(steps).result
    return Remark(value, value % 2 == 0)


# ------------------------------------------------------------------------------- the lengths


def _fit(longer: _Draft, shorter: _Draft, rng: random.Random) -> None:
    """Choose longer forms in one and shorter forms in the other until their lengths differ so."""
    ratio = rng.uniform(*_RATIO)
    while longer.length() < ratio * shorter.length():
        moves = [(longer, i, SHORT) for i, form in enumerate(longer.forms) if form < SHORT]
        moves += [(shorter, i, -SHORT) for i, form in enumerate(shorter.forms) if form >= SHORT]
        if moves:
            draft, place, by = rng.choice(moves)
            draft.forms[place] += by
        else:
            place = rng.randint(0, len(longer.items) - 2)
            longer.items.insert(place, _remark(longer.items, rng))
            longer.forms.insert(place, SHORT + rng.randrange(SHORT))
