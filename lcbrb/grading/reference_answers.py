"""What reference solutions answer, and the limits that follow from how long they take.

The reference is a program like any other: it runs in the sandbox, once a problem and process. A
test may use four times the reference's CPU time on this machine at its best pace, and a second at
least; all base or all plus tests together four times the reference's, and a minute at least.
(EvalPlus 0.3.1, ``evalplus/config.py`` and ``untrusted_check``: there it is wall time, and a minute
at most, which a slow machine passes with the reference itself.)
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock

from lcbrb.grading.batched_calls import batches, call_digest, call_many, call_one, callable_program
from lcbrb.grading.oracles import is_floats, tolerances
from lcbrb.protocols.sandbox import Execution, Sandbox
from lcbrb.sandbox.inside import wire
from lcbrb.types import FunctionCheck, Problem

FLOOR_S = 1.0
TOTAL_FLOOR_S = 60.0
FACTOR = 4.0
_REFERENCE_S = 120.0
_QUICK_S = 0.05  # a slower test is run by itself, so that its limit is its own
_TRIED_TOGETHER = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The reference's answer to one test, packed: HumanEval+'s are 290 MB as wire text.

    `digested` answers are too large for the wire: the text is of their digest.
    """

    packed: bytes
    size: int
    floats: bool
    digested: bool = False
    time_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The reference's answers to base or plus tests, and what limits and tolerances follow.

    `digests` holds, for each of `batches`, the digest of all its answers together.
    """

    tests: tuple[Answer, ...]
    limits_s: tuple[float, ...]
    tolerances: tuple[float, ...]
    batches: tuple[slice, ...]
    digests: tuple[bytes, ...]
    total_s: float

    def text(self, number: int) -> str:
        """One test's answer as wire text."""
        return _text(self.tests[number])

    def same(self, batch: int, outputs: Sequence[str]) -> bool:
        """Whether a batch's outputs are, to the letter, what the reference answers."""
        return self.digests[batch] == _digest(outputs)


def _text(answer: Answer) -> str:
    return zlib.decompress(answer.packed).decode("utf-8", "surrogatepass")


def _digest(texts: Iterable[str]) -> bytes:
    return sha256("\n".join(texts).encode("utf-8", "surrogatepass")).digest()


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
    answers = _together(problem, check, inputs, sandbox)
    if answers is None:
        answers = list(_one_by_one(problem, check, inputs, sandbox))
    base = len(check.base_inputs)
    return Expected(
        base=_answers(check.base_inputs, answers[:base], check.atol),
        plus=_answers(check.plus_inputs, answers[base:], check.atol),
    )


def _answers(inputs: Sequence[str], tests: Sequence[Answer], atol: float) -> Answers:
    sizes = [len(text) + test.size for text, test in zip(inputs, tests, strict=True)]
    cut = tuple(batches(sizes, [answer.digested or answer.time_s > _QUICK_S for answer in tests]))
    return Answers(
        tests=tuple(tests),
        limits_s=tuple(max(FLOOR_S, FACTOR * answer.time_s) for answer in tests),
        tolerances=tuple(tolerances((answer.floats for answer in tests), atol)),
        batches=cut,
        digests=tuple(_digest(map(_text, tests[part])) for part in cut),
        total_s=max(TOTAL_FLOOR_S, FACTOR * sum(answer.time_s for answer in tests)),
    )


def _answer(text: str, value: object, *, digested: bool = False, time_s: float = 0.0) -> Answer:
    return Answer(
        packed=zlib.compress(text.encode("utf-8", "surrogatepass"), 1),
        size=len(text),
        floats=is_floats(value),
        digested=digested,
        time_s=time_s,
    )


def _together(
    problem: Problem, check: FunctionCheck, inputs: Sequence[str], sandbox: Sandbox
) -> list[Answer] | None:
    """The answers, if every test is so quick that the least limit is far off."""
    answers: list[Answer] = []
    with sandbox.open(callable_program(check, check.reference), problem.limits) as session:
        for start in range(0, len(inputs), _TRIED_TOGETHER):
            part = inputs[start : start + _TRIED_TOGETHER]
            batch = call_many(session, check, part, FLOOR_S / FACTOR)
            if batch.execution.status is not None:
                return None
            values = [wire.decode(output) for output in batch.outputs]
            if any(map(_too_large, values)):
                return None
            answers += map(_answer, batch.outputs, values)
    return answers


def _one_by_one(
    problem: Problem, check: FunctionCheck, inputs: Sequence[str], sandbox: Sandbox
) -> Iterator[Answer]:
    program = callable_program(check, check.reference)
    with sandbox.open(program, problem.limits, paced=True) as session:
        for number, text in enumerate(inputs):
            execution = call_one(session, check, text, _REFERENCE_S)
            value = _value(problem, number, execution)
            digested = _too_large(value)
            if digested:
                execution = call_digest(session, text, _REFERENCE_S)
                value = _value(problem, number, execution)
            time_s = execution.cpu_s or 0.0
            yield _answer(execution.output, value, digested=digested, time_s=time_s)


def _value(problem: Problem, number: int, execution: Execution) -> object:
    if execution.status is None:
        return wire.decode(execution.output)
    raise ReferenceFailedError(
        f"{problem.id}: the reference did not answer test {number} "
        f"({execution.status}: {execution.detail})"
    )


def _too_large(value: object) -> bool:
    return isinstance(value, wire.Opaque) and f"of more than {wire.PARTS_MOST}" in value.type_name
