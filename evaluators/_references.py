"""What reference solutions answer, and the limits that follow from how long they take.

The reference is a program like any other: it runs in the sandbox, once a problem and process. A
test may use four times the reference's CPU time on this machine, and a second at least (EvalPlus
0.3.1, ``evalplus/config.py``, where it is wall time).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from evaluators._calling import batches, call_many, call_one, callable_program
from evaluators._oracles import tolerances
from lcbrb.protocols import Sandbox
from lcbrb.sandbox import wire
from lcbrb.types import FunctionCheck, Problem

FLOOR_S = 1.0
FACTOR = 4.0
_REFERENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Answers:
    """Of each test: the reference's answer (wire text), the CPU limit, the tolerance."""

    texts: tuple[str, ...]
    limits_s: tuple[float, ...]
    tolerances: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """A problem's answers: base and plus."""

    base: Answers
    plus: Answers


class ReferenceFailedError(Exception):
    """The reference did not answer: the verdict is ours to answer for, not the program's."""


@dataclass(slots=True)
class References:
    """What the references of a benchmark answer; each is run when it is first asked for."""

    _found: dict[str, Expected] = field(default_factory=dict)
    _locks: dict[str, Lock] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, problem: Problem, check: FunctionCheck, sandbox: Sandbox) -> Expected:
        """The answers to a problem's tests.

        Raises:
            ReferenceFailedError: a test of its own, or the runner, stopped it.
        """
        with self._lock:
            lock = self._locks.setdefault(problem.id, Lock())
        with lock:
            if problem.id not in self._found:
                self._found[problem.id] = Expected(
                    base=_answers(problem, check, check.base_inputs, sandbox),
                    plus=_answers(problem, check, check.plus_inputs, sandbox),
                )
            return self._found[problem.id]


def _answers(
    problem: Problem, check: FunctionCheck, inputs: Sequence[str], sandbox: Sandbox
) -> Answers:
    if not inputs:
        return Answers((), (), ())
    found = _fast(problem, check, inputs, sandbox)
    if found is not None:
        texts, limits_s = found, [FLOOR_S] * len(found)
    else:
        texts, limits_s = _one_by_one(problem, check, inputs, sandbox)
    exact = tolerances(map(wire.decode, texts), check.atol)
    return Answers(tuple(texts), tuple(limits_s), tuple(exact))


def _fast(
    problem: Problem, check: FunctionCheck, inputs: Sequence[str], sandbox: Sandbox
) -> list[str] | None:
    """The answers, if every test is so quick that the least limit is far off."""
    texts: list[str] = []
    with sandbox.open(callable_program(check, check.reference), problem.limits) as session:
        for some in batches(inputs):
            execution = call_many(session, inputs[some], _REFERENCE_S)
            if execution.status is not None or (execution.cpu_s or 0.0) > FLOOR_S / FACTOR:
                return None
            values = wire.decode(execution.output)
            if not isinstance(values, list):  # too large in one piece
                return None
            texts += map(wire.encode, values)
    return texts


def _one_by_one(
    problem: Problem, check: FunctionCheck, inputs: Sequence[str], sandbox: Sandbox
) -> tuple[list[str], list[float]]:
    texts, limits_s = [], []
    with sandbox.open(callable_program(check, check.reference), problem.limits) as session:
        for number, text in enumerate(inputs):
            execution = call_one(session, check, text, _REFERENCE_S)
            if execution.status is not None:
                raise ReferenceFailedError(
                    f"{problem.id}: the reference did not answer test {number} "
                    f"({execution.status}: {execution.detail})"
                )
            texts.append(execution.output)
            limits_s.append(max(FLOOR_S, FACTOR * (execution.cpu_s or 0.0)))
    return texts, limits_s
