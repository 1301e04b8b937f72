"""BigCodeBench's own checker as a peer, in processes of the environment's Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lcbrb.engine.local import usable_cores
from lcbrb.grading.json_process import LostError, ProcessPool
from lcbrb.grading.unit_test_check import calibrated
from lcbrb.sandbox.interpreter import Interpreter
from lcbrb.types import Problem, UnitTestCheck
from lcbrb.validation.peer import Opinion, PeerProcess, Tests, started

_PROGRAM_S = 300.0  # it gives up after four minutes
_PASSED = "pass"
_SCRIPT = Path(__file__).with_name("bigcodebench_peer.py")


class BigCodeBench:
    """Its checker, one process for each thread that asks. There is one kind of tests: base.

    Raises:
        SetupError: it does not start, or is not there.
    """

    name = "bigcodebench"

    def __init__(self, interpreter: Interpreter) -> None:
        paths = ":".join(interpreter.site_packages)
        environment = {"PYTHONPATH": paths, "MPLBACKEND": "Agg", **dict(interpreter.variables)}
        command = [interpreter.executable, "-S", str(_SCRIPT)]
        self._pool = ProcessPool(lambda: PeerProcess(command, environment), usable_cores())
        installs = "lcbrb env create bigcodebench --with checker"
        self.version = started(self._pool, self.name, installs)

    def grade(self, problem: Problem, programs: Sequence[str]) -> list[dict[Tests, Opinion]]:
        """What it says of each program, in order; a process that is lost is one program's loss."""
        check = problem.check
        assert isinstance(check, UnitTestCheck)  # noqa: S101 - `check_peer` has seen to it
        return [{Tests.BASE: self._opinion(check, program)} for program in programs]

    def _opinion(self, check: UnitTestCheck, program: str) -> Opinion:
        row = {
            "program": calibrated(check, program),
            "tests": check.tests,
            "entry_point": check.entry_point,
        }
        try:
            with self._pool.borrowed() as process:
                answer = process.ask(row, _PROGRAM_S)
        except LostError as error:
            return Opinion(passed=None, detail=str(error))
        status, details = str(answer["status"]), answer["details"]
        said = "; ".join(f"{name}: {text}" for name, text in dict(details).items())
        return Opinion(passed=status == _PASSED, detail=f"{status} {said}".strip())

    def close(self) -> None:
        """End the processes."""
        self._pool.close()
