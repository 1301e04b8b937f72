"""`ScriptCheck`: functions graded by trusted scripts of assertions, as HumanEval and MBPP do.

The scripts are the benchmark's own and run in the grader; the program runs in the sandbox. In place
of its functions the scripts get stubs, which send plain data and get plain data, so an assertion
never meets an object that the program made, and a pass can't be forged there.

Scripts that draw inputs at random draw the same ones in each run.
"""

from __future__ import annotations

import builtins
import dataclasses
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType, ModuleType
from typing import Any

from lcbrb.grading.check_kinds import ReferenceKind
from lcbrb.grading.cost import Cost
from lcbrb.grading.foreseen_calls import Ahead, Call, UnforeseenError
from lcbrb.grading.oracles import short
from lcbrb.grading.reference_answers import FACTOR
from lcbrb.prompts.code import describing
from lcbrb.protocols.sandbox import Execution, Program, Sandbox, Session
from lcbrb.sandbox.borderline import most_of_three
from lcbrb.sandbox.inside import wire
from lcbrb.types import Limits, Problem, Prompt, ScriptCheck, Status, TestKind, Verdict

_SEED = 20210707
_CHARACTERS_MOST = 1 << 18  # of calls that are remembered


class _CallFailed(BaseException):
    """A call ended without an answer; no script's ``except Exception`` takes it."""

    def __init__(self, status: Status, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


@dataclass(slots=True, kw_only=True)
class _Caller:
    """Makes the scripts' calls, within one budget of CPU time for them all."""

    session: Session
    limit_s: float
    cost: Cost = field(default_factory=Cost)
    ahead: Ahead | None = None
    made: list[Call] = field(default_factory=list)
    answer: str = ""  # wire text of what the last call returned; empty where it failed
    borderline: bool = False
    used_s: float = 0.0

    def send_ahead(self, calls: tuple[Call, ...]) -> None:
        """Make the calls that the scripts are known to make."""
        self.ahead = Ahead.send(self.session, calls, self.limit_s)
        self._count(self.ahead.batch.execution)

    def stub(self, name: str) -> Any:
        """What the scripts call in place of the program's function."""

        def call(*arguments: object) -> object:
            made = (name, wire.encode(list(arguments)))
            self.made.append(made)
            try:
                execution = self._executed(made, arguments)
            except Exception as error:
                what = f"{type(error).__name__}: {error}"
                raise _CallFailed(Status.HARNESS_ERROR, f"{self._last_call()}: {what}") from error
            return self._value(execution)

        return call

    def _executed(self, made: Call, arguments: Sequence[object]) -> Execution:
        if self.ahead is not None:
            return self.ahead.answer(made)
        execution = self.session.call(made[0], arguments, cpu_s=self.limit_s, used_s=self.used_s)
        self._count(execution)
        return execution

    def _count(self, execution: Execution) -> None:
        self.cost.add(execution)
        self.used_s += execution.cpu_s or 0.0
        self.borderline = execution.borderline

    def _value(self, execution: Execution) -> object:
        self.answer = ""
        if execution.status is not None:
            raise _CallFailed(execution.status, f"{self._last_call()}: {execution.detail}")
        try:
            value = wire.decode(execution.output)
            _refuse_collisions(value)
        except ValueError as error:
            raise _CallFailed(Status.WRONG_ANSWER, f"{self._last_call()}: {error}") from None
        self.answer = execution.output
        return value

    def said(self) -> str:
        """The last call and its answer, as people read it."""
        if not self.answer:  # though a script that takes every exception goes on
            return f"{self._last_call()} failed"
        return f"{self._last_call()} returned {short(wire.decode(self.answer))}"

    def _last_call(self) -> str:
        name, text = self.made[-1]
        try:
            return f"{name}{short(tuple(wire.decode(text)))}"
        except ValueError:  # more than is ever read back
            return f"{name}(…)"


@dataclass(slots=True)
class ScriptMemory:
    """What is known of a benchmark's scripts so far, by problem.

    Their calls, in order, once a program has passed them; the CPU time of a reference is measured
    where a program ran out of time.
    """

    calls: dict[str, tuple[Call, ...]] = field(default_factory=dict)
    _times_s: dict[str, float] = field(default_factory=dict)

    def limit_s(self, problem: Problem, check: ScriptCheck, sandbox: Sandbox) -> float:
        """What a program may use: four times the reference's time, the problem's limit at least."""
        if problem.id not in self._times_s:
            run = _ScriptRun(problem, check, _patient(problem.limits), sandbox, self.calls)
            self._times_s[problem.id] = run.time_s(check.reference)
        return max(problem.limits.cpu_s, FACTOR * self._times_s[problem.id])


def _patient(limits: Limits, cpu_s: float = 60.0) -> Limits:
    return dataclasses.replace(limits, cpu_s=cpu_s, wall_s=max(limits.wall_s, 2 * cpu_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptKind(ReferenceKind[ScriptCheck]):
    """Functions under trusted scripts; `memory` is what is known of the scripts so far.

    A problem's limit of CPU time is for all calls together; on a machine where the reference takes
    long it is more.
    """

    memory: ScriptMemory = field(default_factory=ScriptMemory, repr=False)

    def prompt(self, problem: Problem, check: ScriptCheck) -> Prompt:
        """A function described in a sentence, with the assertions that are shown."""
        return describing(problem, check.shown)

    def tests(self, check: ScriptCheck) -> int:
        """The scripts."""
        return len(check.scripts)

    def grade(
        self, problem: Problem, check: ScriptCheck, program: str, sandbox: Sandbox
    ) -> Verdict:
        """Run the scripts; the first that fails ends it."""
        run = _ScriptRun(problem, check, problem.limits, sandbox, self.memory.calls)
        status, passed, detail, cost = run.of(program)
        if status is Status.TIME_LIMIT:
            limit_s = self.memory.limit_s(problem, check, sandbox)
            if limit_s > problem.limits.cpu_s:
                run = dataclasses.replace(run, limits=_patient(problem.limits, limit_s))
                status, passed, detail, cost = run.of(program)
        return cost.verdict(status, passed, detail)


@dataclass(frozen=True, slots=True)
class _ScriptRun:
    """A problem's scripts, and where programs are run under them."""

    problem: Problem
    check: ScriptCheck
    limits: Limits
    sandbox: Sandbox
    known: dict[str, tuple[Call, ...]]

    def of(self, source: str) -> tuple[Status, int, str, Cost]:
        """Status, scripts passed, detail and cost of a program."""
        program = self._program(source)
        if calls := self.known.get(self.problem.id):
            with suppress(UnforeseenError):
                return self._tried(program, calls)[0]
        verdict, borderline = self._tried(program)
        return self._alone(program) if borderline else verdict

    def time_s(self, source: str) -> float:
        """CPU time of a program that passes, at the machine's best pace; 0 of one that fails."""
        (status, _, _, cost), _ = self._tried(self._program(source), paced=True)
        return cost.cpu_s if status is Status.PASSED else 0.0

    def _program(self, source: str) -> Program:
        check = self.check
        return Program(
            source=f"{source}\n\n{check.inside}" if check.inside else source,
            kind=TestKind.CALL,
            entry_point=check.entry_point,
        )

    def _alone(self, program: Program) -> tuple[Status, int, str, Cost]:
        verdict, _ = most_of_three(
            lambda: self._tried(program, alone=True),
            lambda tried: tried[1] or tried[0][0] is Status.TIME_LIMIT,
        )
        return verdict

    def _tried(
        self,
        program: Program,
        calls: tuple[Call, ...] = (),
        *,
        alone: bool = False,
        paced: bool = False,
    ) -> tuple[tuple[Status, int, str, Cost], bool]:
        with self.sandbox.open(program, self.limits, alone=alone, paced=paced) as session:
            caller = _Caller(session=session, limit_s=self.limits.cpu_s)
            if calls:
                caller.send_ahead(calls)
            status, passed, detail = _run(self.check, caller)
        short_enough = sum(len(text) for _, text in caller.made) <= _CHARACTERS_MOST
        if status is Status.PASSED and not calls and short_enough:
            self.known[self.problem.id] = tuple(caller.made)
        return (status, passed, detail, caller.cost), caller.borderline


def _run(check: ScriptCheck, caller: _Caller) -> tuple[Status, int, str]:
    namespace: dict[str, Any] = {"__name__": "tests", "__builtins__": _builtins()}
    exec(_compiled(check.setup), namespace)  # noqa: S102 - the benchmark's own text
    namespace.update({name: caller.stub(name) for name in check.functions})
    passed = 0
    for script in check.scripts:
        before = len(caller.made)
        try:
            exec(_compiled(script), namespace)  # noqa: S102 - the same
        except _CallFailed as failure:
            return failure.status, passed, f"test {passed}: {failure.detail}"
        except Exception as error:  # noqa: BLE001 - an assertion, or arithmetic on a wrong type
            what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            if len(caller.made) == before:  # it made no call: the fault is the script's, so ours
                return Status.HARNESS_ERROR, passed, f"test {passed} can't be run: {what}"
            return Status.WRONG_ANSWER, passed, f"test {passed}: {caller.said()} ({what})"
        passed += 1
    return Status.PASSED, passed, ""


def _refuse_collisions(value: object) -> None:
    """Scripts make sets of what they get; see `wire.refuse_collisions`."""
    if isinstance(value, list | tuple):
        with suppress(TypeError):
            wire.refuse_collisions(value)


@lru_cache(maxsize=4096)
def _compiled(text: str) -> CodeType:
    return compile(text, "tests.py", "exec")


def _builtins() -> dict[str, Any]:
    """The usual ones, but ``import random`` gives a generator that starts the same way."""
    seeded: list[ModuleType] = []

    def imported(name: str, *rest: Any) -> Any:
        if name != "random":
            return __import__(name, *rest)
        if not seeded:
            seeded.append(_seeded_random())
        return seeded[0]

    return {**vars(builtins), "__import__": imported}


def _seeded_random() -> ModuleType:
    generator = random.Random(_SEED)
    seeded = ModuleType("random")
    vars(seeded).update(vars(random))
    vars(seeded).update(
        {name: getattr(generator, name) for name in random.__all__ if hasattr(generator, name)}
    )
    return seeded
