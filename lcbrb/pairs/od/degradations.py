"""Degradations by rule: a sound derivation made unsound in one known way, at one known place.

Each is verified by recomputation before it is given: the checker has to find the flaw that was
meant, first, at the place where it was put, and the answer has to be wrong or right as the kind
says. What does not pass (an error that a later step cancels, say) is thrown away and another place
is drawn.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lcbrb.pairs.od.stepwise.checker import Flaw, failures
from lcbrb.pairs.od.stepwise.execution import execute, needed
from lcbrb.pairs.od.stepwise.structure import (
    COMPARISONS,
    Answer,
    Derivation,
    Expression,
    Op,
    Problem,
    Stated,
    Step,
    compute,
)


class Degradation(StrEnum):
    """What is done to a derivation."""

    PROPAGATED_ERROR = "propagated-error"  # a wrong result, from which all that follows is computed
    DROPPED_STEP = "dropped-step"  # one that a later step rests on
    SWAPPED_STEPS = "swapped-steps"  # of which the second rests on the first
    CIRCULAR = "circular"  # a step derived from what is derived from it
    LEAP = "unjustified-leap"  # two steps replaced by a bare claim of their result
    CONTRADICTION = "contradicted-fact"  # a step uses another value than the one stated before


#: kinds that leave the final answer wrong; the others leave it right
ANSWER_WRONG = frozenset({Degradation.PROPAGATED_ERROR, Degradation.CONTRADICTION})
#: computed steps that a kind takes away
REMOVED: Mapping[Degradation, int] = {Degradation.DROPPED_STEP: 1, Degradation.LEAP: 2}
#: as which flaws the checker may find it
_FLAWS: Mapping[Degradation, Collection[Flaw]] = {
    Degradation.PROPAGATED_ERROR: {Flaw.WRONG_RESULT},
    Degradation.DROPPED_STEP: {Flaw.NOT_DERIVED, Flaw.OUT_OF_ORDER},  # a loop derives it again
    Degradation.SWAPPED_STEPS: {Flaw.OUT_OF_ORDER},
    Degradation.CIRCULAR: {Flaw.CIRCULAR},
    Degradation.LEAP: {Flaw.CLAIMED},
    Degradation.CONTRADICTION: {Flaw.OTHER_VALUE},
}
_SLIPS = (-10, -3, -2, -1, 1, 2, 3, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Degraded:
    """A derivation with a flaw.

    `place` counts the derivation's items from 0: the first that does not stand. `flaw` is what the
    checker calls it.
    """

    kind: Degradation
    derivation: tuple[Derivation, ...]
    answer: int
    place: int
    flaw: Flaw


def derive(
    problem: Problem,
    idle: Collection[str] = (),
    alter: Callable[[int, Step], Step] = lambda _, step: step,
) -> tuple[Derivation, ...]:
    """The steps of a solution: all of a trace, else those needed and those that are named.

    Args:
        problem: whose solution.
        idle: quantities to derive beside those that the answer needs.
        alter: see `execute`; its places are those of the whole execution.
    """
    done = execute(problem, alter)
    if problem.ordered:
        return done
    wanted = needed(problem) | set(idle)
    return tuple(item for item in done if isinstance(item, Step) and item.target in wanted)


def idle_quantities(problem: Problem) -> list[str]:
    """Quantities that the answer does not need, each after those that it rests on itself."""
    wanted = needed(problem)
    return [
        item.target
        for item in execute(problem)
        if isinstance(item, Step) and item.target not in wanted
    ]


def degrade(
    problem: Problem, kind: Degradation, rng: random.Random, idle: Collection[str] = ()
) -> Degraded | None:
    """A solution with a flaw of a kind at a place that is drawn; None where no place gives one.

    Every kind needs steps that rest on one another; `idle` quantities are derived beside those
    needed.
    """
    for derivation in _CANDIDATES[kind](problem, rng, idle):
        if made := _verified(problem, kind, derivation):
            return made
    return None


def _verified(
    problem: Problem, kind: Degradation, derivation: Sequence[Derivation]
) -> Degraded | None:
    """The degradation, if it is one: see the top of the module."""
    values = _last_values(derivation)
    answer = values.get(problem.asked)
    if answer is None or (answer != problem.answer) != (kind in ANSWER_WRONG):
        return None
    if not problem.ordered and min(values.values()) < 1:
        return None  # fewer than none: its text would tell
    failed = failures(problem, (*derivation, Answer(answer)))
    if not failed or failed[0].flaw not in _FLAWS[kind]:
        return None
    if kind in ANSWER_WRONG and len(failed) > 1:
        return None  # what follows has to be computed rightly
    return Degraded(
        kind=kind,
        derivation=tuple(derivation),
        answer=answer,
        place=failed[0].item,
        flaw=failed[0].flaw,
    )


def _last_values(derivation: Sequence[Derivation]) -> dict[str, int]:
    return {
        item.target if isinstance(item, Step) else item.name: (
            item.result if isinstance(item, Step) else item.value
        )
        for item in derivation
        if not (isinstance(item, Step) and item.expression.op in COMPARISONS)
    }


# ------------------------------------------------------------------------------ candidates

_Candidates = Iterator[Sequence[Derivation]]


def _shuffled(rng: random.Random, places: Sequence[int]) -> list[int]:
    return rng.sample(places, len(places))


def _places(derivation: Sequence[Derivation], rng: random.Random) -> list[int]:
    """Steps in a drawn order, without the last, which gives the answer."""
    steps = [place for place, item in enumerate(derivation) if isinstance(item, Step)]
    return _shuffled(rng, steps[:-1])


def _uses(derivation: Sequence[Derivation], place: int) -> list[int]:
    """Later steps that use what a step derives, until it is derived anew."""
    step, uses = derivation[place], list[int]()
    for later, item in enumerate(derivation[place + 1 :], place + 1):
        if isinstance(step, Step) and isinstance(item, Step):
            if step.target in item.expression.names:
                uses.append(later)
            if step.target == item.target:
                break
    return uses


def _with_slip(problem: Problem, rng: random.Random, idle: Collection[str]) -> _Candidates:
    done = execute(problem)
    for place in _places(done, rng):

        def slip(at: int, step: Step, place: int = place) -> Step:
            if at != place:
                return step
            return dataclasses.replace(step, result=_garbled(step, rng))

        yield derive(problem, idle, slip)


def _garbled(step: Step, rng: random.Random) -> int:
    if step.expression.op in COMPARISONS:
        return 1 - step.result
    return step.result + rng.choice(_SLIPS)


def _with_other_value(problem: Problem, rng: random.Random, idle: Collection[str]) -> _Candidates:
    done = execute(problem)
    derived = {item.target for item in derive(problem, idle) if isinstance(item, Step)}
    steps = [place for place, item in enumerate(done) if isinstance(item, Step)]
    for place in _shuffled(rng, steps):

        def misread(at: int, step: Step, place: int = place) -> Step:
            if at != place:
                return step
            terms = (step.expression.left, step.expression.right)
            sides = [side for side, term in enumerate(terms) if term in derived]
            values = list(step.values)
            if sides:
                values[rng.choice(sides)] += rng.choice(_SLIPS)
            left, right = values
            result = compute(step.expression.op or Op.PLUS, left, right) or 0
            return dataclasses.replace(step, values=(left, right), result=result)

        yield derive(problem, idle, misread)


def _without_step(problem: Problem, rng: random.Random, idle: Collection[str]) -> _Candidates:
    derivation = derive(problem, idle)
    for place in _places(derivation, rng):
        if _uses(derivation, place):
            yield (*derivation[:place], *derivation[place + 1 :])


def _with_swap(problem: Problem, rng: random.Random, idle: Collection[str]) -> _Candidates:
    derivation = derive(problem, idle)
    for place in _places(derivation, rng):
        for later in _uses(derivation, place)[:1]:
            if later < len(derivation) - 1:
                swapped = list(derivation)
                swapped[place], swapped[later] = swapped[later], swapped[place]
                yield swapped


def _with_circle(problem: Problem, rng: random.Random, idle: Collection[str]) -> _Candidates:
    """Steps turned round; in chains only where the operation stays, so that no sign tells."""
    derivation = derive(problem, idle)
    for place in _places(derivation, rng):
        for later in _uses(derivation, place):
            step, user = derivation[place], derivation[later]
            if isinstance(step, Step) and isinstance(user, Step):
                turned = _solved_for(step, user)
                if turned is None:
                    continue
                if problem.ordered or turned.expression.op is step.expression.op:
                    yield (*derivation[:place], turned, *derivation[place + 1 :])


def _solved_for(step: Step, user: Step) -> Step | None:
    """A step's quantity from a step that uses it, as if that one were known."""
    first = user.expression.left == step.target
    other = user.expression.right if first else user.expression.left
    value = user.values[1] if first else user.values[0]
    if other is None or user.target in {other, step.target}:
        return None
    terms: tuple[int | str, int | str] = (user.target, other)
    values = (user.result, value)
    match user.expression.op:
        case Op.PLUS:
            op = Op.MINUS
        case Op.MINUS if first:
            op = Op.PLUS
        case Op.MINUS:
            op, terms, values = Op.MINUS, (other, user.target), (value, user.result)
        case _:
            return None
    return Step(step.target, Expression(terms[0], op, terms[1]), values, step.result)


def _with_leap(problem: Problem, rng: random.Random, idle: Collection[str]) -> _Candidates:
    derivation = derive(problem, idle)
    for place in _places(derivation, rng):
        uses = _uses(derivation, place)
        if len(uses) != 1 or uses[0] == len(derivation) - 1:
            continue
        last, between = derivation[uses[0]], derivation[place + 1 : uses[0]]
        if problem.ordered and any(isinstance(item, Step) for item in between):
            continue
        if isinstance(last, Step) and last.target:
            kept = () if problem.ordered else between
            claim = Stated(last.target, last.result)
            yield (*derivation[:place], *kept, claim, *derivation[uses[0] + 1 :])


_CANDIDATES: Mapping[
    Degradation, Callable[[Problem, random.Random, Collection[str]], _Candidates]
] = {
    Degradation.PROPAGATED_ERROR: _with_slip,
    Degradation.DROPPED_STEP: _without_step,
    Degradation.SWAPPED_STEPS: _with_swap,
    Degradation.CIRCULAR: _with_circle,
    Degradation.LEAP: _with_leap,
    Degradation.CONTRADICTION: _with_other_value,
}
