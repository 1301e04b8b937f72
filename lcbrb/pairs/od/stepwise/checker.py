"""Is a reasoning sound, and if not, where and how does it first fail?

Everything is recomputed: each step has to be what the problem says, to use values that stand by
then, and to give the result that it states. After a wrong number the check goes on from the number
as stated, so an error that was carried through rightly is one failure and not many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lcbrb.pairs.od.stepwise.execution import definitions, walk
from lcbrb.pairs.od.stepwise.structure import (
    Answer,
    Assign,
    Check,
    Expression,
    Item,
    Problem,
    Remark,
    Stated,
    Step,
    compute,
)


class Flaw(StrEnum):
    """How a reasoning fails at an item."""

    WRONG_RESULT = "wrong result"  # the numbers put in do not give it
    OTHER_VALUE = "other value"  # a quantity has another value than the one that stands
    NOT_DERIVED = "not derived"  # rests on a quantity that nothing derives
    OUT_OF_ORDER = "out of order"  # rests on a quantity that is derived only later
    CIRCULAR = "circular"  # rests on a quantity that rests on it
    CLAIMED = "claimed"  # states a value that nothing has given
    OTHER_EXPRESSION = "other expression"  # not what the problem says
    FALSE_REMARK = "false remark"
    WRONG_ANSWER = "wrong answer"  # not the value that was derived
    NO_ANSWER = "no answer"  # none, or not at the end


@dataclass(frozen=True, slots=True)
class Failure:
    """`item` counts from 0; the length of the reasoning where something is missing at its end."""

    item: int
    flaw: Flaw


_GOES_ON = frozenset({Flaw.WRONG_RESULT, Flaw.OTHER_VALUE})


def first_failure(problem: Problem, items: Sequence[Item]) -> Failure | None:
    """Where and how a reasoning first fails; None where it is sound."""
    return next(iter(failures(problem, items)), None)


def failures(problem: Problem, items: Sequence[Item]) -> list[Failure]:
    """All failures up to the first one after which the rest can't be followed.

    Wrong numbers are adopted; after a step that is missing, misplaced or no step of the problem
    the rest says nothing any more.
    """
    follower = _InOrder(problem, items) if problem.ordered else _AnyOrder(problem, items)
    failed: list[Failure] = []
    for place, item in enumerate(items):
        flaw = follower.follow(place, item)
        if flaw is not None:
            failed.append(Failure(place, flaw))
            if flaw not in _GOES_ON:
                return failed
    if not items or not isinstance(items[-1], Answer):
        failed.append(Failure(len(items), Flaw.NO_ANSWER))
    return failed


class _Follower:
    """What both kinds of problem share; `known` are the values that stand."""

    def __init__(self, problem: Problem, items: Sequence[Item]) -> None:
        self.problem, self.items = problem, items
        self.known: dict[str, int] = {}

    def follow(self, place: int, item: Item) -> Flaw | None:
        """What is wrong with an item, if anything; its value stands from here on."""
        match item:
            case Step():
                return self.step(place, item)
            case Stated():
                return self.stated(item)
            case Check(left, op, right, result):
                return None if compute(op, left, right) == result else Flaw.WRONG_RESULT
            case Remark(value, even):
                return None if (value % 2 == 0) == even else Flaw.FALSE_REMARK
            case Answer(value):
                return self.answer(place, value)

    def step(self, place: int, step: Step) -> Flaw | None:
        raise NotImplementedError

    def stated(self, stated: Stated) -> Flaw | None:
        raise NotImplementedError

    def answer(self, place: int, value: int) -> Flaw | None:
        """Whether the answer stands, is what was derived, and is the end."""
        if place != len(self.items) - 1:
            return Flaw.NO_ANSWER
        if self.problem.asked not in self.known:
            return Flaw.NOT_DERIVED
        return None if self.known[self.problem.asked] == value else Flaw.WRONG_ANSWER

    def numbers(self, step: Step) -> Flaw | None:
        """The values put in against those that stand, and the result against the values."""
        terms = (step.expression.left, step.expression.right)
        for term, value in zip(terms, step.values, strict=True):
            stands = self.known[term] if isinstance(term, str) else term
            if stands != value:
                return Flaw.OTHER_VALUE
        if step.expression.op is None:
            return Flaw.OTHER_EXPRESSION
        right = compute(step.expression.op, *step.values) == step.result
        return None if right else Flaw.WRONG_RESULT

    def rests_on(self, place: int, step: Step) -> bool:
        """Whether a quantity that the step uses is derived, later, from the step's own target."""
        later: dict[str, set[str]] = {}
        for item in self.items[place + 1 :]:
            if isinstance(item, Step):
                later.setdefault(item.target, set()).update(item.expression.names)
        waiting, seen = [name for name in step.expression.names if name in later], set[str]()
        while waiting:
            name = waiting.pop()
            if step.target in later[name]:
                return True
            if name not in seen:
                seen.add(name)
                waiting += [used for used in later[name] if used in later]
        return False

    def derived_later(self, place: int, target: str, expression: Expression) -> bool:
        """Whether a later step is the one that is due here."""
        return any(
            isinstance(item, Step) and (item.target, item.expression) == (target, expression)
            for item in self.items[place + 1 :]
        )


class _AnyOrder(_Follower):
    """A problem of definitions: what is given stands, the rest is derived in any order."""

    def __init__(self, problem: Problem, items: Sequence[Item]) -> None:
        super().__init__(problem, items)
        self.definitions = definitions(problem)
        for name, expression in self.definitions.items():
            if expression.op is None and isinstance(expression.left, int):
                self.known[name] = expression.left

    def step(self, place: int, step: Step) -> Flaw | None:
        missing = [name for name in step.expression.names if name not in self.known]
        if self.definitions.get(step.target) != step.expression:
            circular = bool(missing) and self.rests_on(place, step)
            return Flaw.CIRCULAR if circular else Flaw.OTHER_EXPRESSION
        if missing:
            later = [self.derived_later(place, n, self.definitions[n]) for n in missing]
            return Flaw.OUT_OF_ORDER if all(later) else Flaw.NOT_DERIVED
        flaw = self.numbers(step)
        self.known[step.target] = step.result
        return flaw

    def stated(self, stated: Stated) -> Flaw | None:
        if stated.name not in self.known:
            return Flaw.CLAIMED
        if self.known[stated.name] != stated.value:
            return Flaw.OTHER_VALUE
        return None


class _InOrder(_Follower):
    """A program's trace: every assignment, round and test, in the order of execution."""

    def __init__(self, problem: Problem, items: Sequence[Item]) -> None:
        super().__init__(problem, items)
        self._walk = walk(problem.statements)
        self._due: Assign | None = next(self._walk)

    def _done(self, value: int) -> None:
        if self._due is not None:
            self.known[self._due.target] = value
            try:
                self._due = self._walk.send(value)
            except StopIteration:
                self._due = None

    def step(self, place: int, step: Step) -> Flaw | None:
        due = self._due
        if due is None:
            return Flaw.OTHER_EXPRESSION
        if (due.target, due.expression) != (step.target, step.expression):
            if due.target == step.target:
                circular = self.rests_on(place, step)
                return Flaw.CIRCULAR if circular else Flaw.OTHER_EXPRESSION
            later = self.derived_later(place, due.target, due.expression)
            return Flaw.OUT_OF_ORDER if later else Flaw.NOT_DERIVED
        flaw = self.numbers(step)
        self._done(step.result)
        return flaw

    def stated(self, stated: Stated) -> Flaw | None:
        due = self._due
        if due is not None and due == Assign(stated.name, Expression(stated.value)):
            self._done(stated.value)
            return None
        return None if self.known.get(stated.name) == stated.value else Flaw.CLAIMED

    def answer(self, place: int, value: int) -> Flaw | None:
        return super().answer(place, value) if self._due is None else Flaw.NOT_DERIVED
