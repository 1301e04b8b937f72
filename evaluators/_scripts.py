"""Judging functions by trusted scripts of assertions: HumanEval and MBPP.

The scripts are the benchmark's own and run in the judge; the program runs in the sandbox. In place
of its functions the scripts get stubs, which send plain data and get plain data, so an assertion
never meets an object that the program made, and a pass can't be forged there.

Scripts that draw inputs at random draw the same ones in each run.
"""

from __future__ import annotations

import builtins
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, ModuleType
from typing import Any

from evaluators._cost import DETAIL_CHARACTERS, Cost, unanswered
from evaluators._oracles import short
from lcbrb.protocols import Execution, Program, Sandbox, Session
from lcbrb.sandbox import wire
from lcbrb.types import Completion, Problem, ScriptCheck, Status, TestKind, Verdict

_SEED = 20210707


class _CallFailed(BaseException):
    """A call ended without an answer; no script's ``except Exception`` takes it."""

    def __init__(self, status: Status, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


@dataclass(slots=True, kw_only=True)
class _Caller:
    """Makes the scripts' calls, within one budget of CPU time for them all."""

    session: Session
    left_s: float
    cost: Cost
    last: str = ""
    borderline: bool = False

    def stub(self, name: str) -> Any:
        """What the scripts call in place of the program's function."""

        def call(*arguments: object) -> object:
            execution = self.session.call(name, arguments, cpu_s=max(self.left_s, 0.001))
            return self._answer(name, arguments, execution)

        return call

    def _answer(self, name: str, arguments: Sequence[object], execution: Execution) -> object:
        self.cost.add(execution)
        self.left_s -= execution.cpu_s or 0.0
        self.borderline = execution.borderline
        given = short(tuple(arguments))
        if execution.status is not None:
            raise _CallFailed(execution.status, f"{name}{given}: {execution.detail}")
        try:
            value = wire.decode(execution.output)
        except ValueError as error:
            raise _CallFailed(Status.WRONG_ANSWER, f"{name}{given}: {error}") from None
        self.last = f"{name}{given} returned {short(value)}"
        return value


def verify_scripts(problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
    """Judge a completion by its problem's scripts; the first that fails ends it.

    Args:
        problem: its check must be a `ScriptCheck` with at least one script. Its limit of CPU time
            is for all calls together.
        completion: what is judged; without a solution the verdict is TRUNCATED or NO_ANSWER.
        sandbox: where the solution runs.
    """
    if completion.solution is None:
        return unanswered(completion)
    check = problem.check
    if not isinstance(check, ScriptCheck) or not check.scripts:
        return Verdict(status=Status.HARNESS_ERROR, detail=f"{problem.id} has no tests to run")
    program = Program(
        source=f"{completion.solution}\n\n{check.inside}" if check.inside else completion.solution,
        kind=TestKind.CALL,
        entry_point=check.entry_point,
    )
    cost = Cost()
    for alone in (False, True):
        with sandbox.open(program, problem.limits, alone=alone) as session:
            caller = _Caller(session=session, left_s=problem.limits.cpu_s, cost=cost)
            status, passed, detail = _run(check, caller)
        if not caller.borderline:
            break
    return Verdict(
        status=status,
        tests_passed=passed,
        tests_total=len(check.scripts),
        detail=detail[:DETAIL_CHARACTERS],
        **cost.rounded(),
    )


def _run(check: ScriptCheck, caller: _Caller) -> tuple[Status, int, str]:
    namespace: dict[str, Any] = {"__name__": "tests", "__builtins__": _builtins()}
    exec(_compiled(check.setup), namespace)  # noqa: S102 - the benchmark's own text
    namespace.update({name: caller.stub(name) for name in check.functions})
    passed = 0
    for script in check.scripts:
        caller.last = ""
        try:
            exec(_compiled(script), namespace)  # noqa: S102 - the same
        except _CallFailed as failure:
            return failure.status, passed, f"test {passed}: {failure.detail}"
        except Exception as error:  # noqa: BLE001 - an assertion, or arithmetic on a wrong type
            what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            if not caller.last:  # no call was made: the fault is the script's, that is ours
                return Status.HARNESS_ERROR, passed, f"test {passed} can't be run: {what}"
            return Status.WRONG_ANSWER, passed, f"test {passed}: {caller.last} ({what})"
        passed += 1
    return Status.PASSED, passed, ""


@lru_cache(maxsize=4096)
def _compiled(text: str) -> CodeType:
    return compile(text, "tests.py", "exec")


def _builtins() -> dict[str, Any]:
    """The usual ones, but ``import random`` gives a generator that starts the same way."""
    generator = random.Random(_SEED)
    seeded = ModuleType("random")
    vars(seeded).update(vars(random))
    vars(seeded).update(
        {name: getattr(generator, name) for name in random.__all__ if hasattr(generator, name)}
    )

    def imported(name: str, *rest: Any) -> Any:
        return seeded if name == "random" else __import__(name, *rest)

    return {**vars(builtins), "__import__": imported}
