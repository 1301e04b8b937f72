"""What reference solutions answer, and the limits that follow from how long they take.

The reference is a program like any other: it runs in the sandbox, once a problem and process. A
test may use four times the reference's CPU time on this machine, and a second at least; all base or
all plus tests together four times the reference's, and a minute at least. (EvalPlus 0.3.1,
``evalplus/config.py`` and ``untrusted_check``: there it is wall time, and a minute at most, which a
slow machine passes with the reference itself.)
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock

from evaluators._calling import batches, call_many, call_one, callable_program
from evaluators._oracles import tolerances
from lcbrb.protocols import Sandbox
from lcbrb.sandbox import wire
from lcbrb.types import FunctionCheck, Problem

FLOOR_S = 1.0
TOTAL_FLOOR_S = 60.0
FACTOR = 4.0
_REFERENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Answers:
    """Of each test the reference's answer, CPU limit and tolerance; and a CPU limit for all.

    Answers are kept packed (HumanEval+'s are 290 MB as text), and of each batch that
    `evaluators._calling.batches` makes of the tests after the first the digest of all answers.
    """

    packed: tuple[bytes, ...]
    limits_s: tuple[float, ...]
    tolerances: tuple[float, ...]
    digests: dict[tuple[int, int], bytes]
    total_s: float = TOTAL_FLOOR_S

    def text(self, number: int) -> str:
        """One test's answer as wire text."""
        return zlib.decompress(self.packed[number]).decode("utf-8", "surrogatepass")

    def same(self, some: slice, output: str) -> bool:
        """Whether a batch's output is, to the letter, what the reference answers."""
        return self.digests.get((some.start, some.stop)) == _digest(output)


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


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
                self._found[problem.id] = _expected(problem, check, sandbox)
            return self._found[problem.id]


def _expected(problem: Problem, check: FunctionCheck, sandbox: Sandbox) -> Expected:
    inputs = check.base_inputs + check.plus_inputs
    found = _fast(problem, check, inputs, sandbox)
    if found is not None:
        texts, times_s = found, [0.0] * len(found)
    else:
        texts, times_s = _one_by_one(problem, check, inputs, sandbox)
    base = len(check.base_inputs)
    return Expected(
        base=_answers(check.base_inputs, texts[:base], times_s[:base], check.atol),
        plus=_answers(check.plus_inputs, texts[base:], times_s[base:], check.atol),
    )


def _answers(
    inputs: Sequence[str], texts: Sequence[str], times_s: Sequence[float], atol: float
) -> Answers:
    return Answers(
        packed=tuple(zlib.compress(one.encode("utf-8", "surrogatepass"), 1) for one in texts),
        limits_s=tuple(max(FLOOR_S, FACTOR * time_s) for time_s in times_s),
        tolerances=tuple(tolerances(map(wire.decode, texts), atol)),
        digests={
            (some.start, some.stop): _digest(f"[{','.join(texts[some])}]")
            for some in batches(inputs, start=1)
        },
        total_s=max(TOTAL_FLOOR_S, FACTOR * sum(times_s)),
    )


def _fast(
    problem: Problem, check: FunctionCheck, inputs: Sequence[str], sandbox: Sandbox
) -> list[str] | None:
    """The answers, if every test is so quick that the least limit is far off."""
    texts: list[str] = []
    with sandbox.open(callable_program(check, check.reference), problem.limits) as session:
        for some in batches(inputs):
            execution = call_many(session, inputs[some], FLOOR_S / FACTOR)
            if execution.status is not None:
                return None
            values = wire.decode(execution.output)
            if not isinstance(values, list):  # too large in one piece
                return None
            texts += map(wire.encode, values)
    return texts


def _one_by_one(
    problem: Problem, check: FunctionCheck, inputs: Sequence[str], sandbox: Sandbox
) -> tuple[list[str], list[float]]:
    texts, times_s = [], []
    with sandbox.open(callable_program(check, check.reference), problem.limits) as session:
        for number, text in enumerate(inputs):
            execution = call_one(session, check, text, _REFERENCE_S)
            if execution.status is not None:
                raise ReferenceFailedError(
                    f"{problem.id}: the reference did not answer test {number} "
                    f"({execution.status}: {execution.detail})"
                )
            texts.append(execution.output)
            times_s.append(execution.cpu_s or 0.0)
    return texts, times_s
