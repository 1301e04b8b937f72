"""The peer that can be asked what it says of a program: EvalPlus, in processes of its own.

They run `evalplus_peer`, which speaks its part over standard input and output, under our
interpreter, from an extra.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from lcbrb import codec
from lcbrb.engine.local import usable_cores
from lcbrb.errors import SetupError, UsageError
from lcbrb.grading.json_process import JsonProcess, LostError, ProcessPool
from lcbrb.registry import EXTRAS, require
from lcbrb.types import JsonValue, Problem

_TASK_S = 900.0  # running the reference
_PROGRAM_S = 300.0  # EvalPlus gives up after two minutes at the latest
_PASSED = "pass"  # in EvalPlus' words

_NAME = "evalplus"
#: peers, and the benchmarks that each can grade
_PEERS = {
    "evalplus": ("humaneval+", "mbpp+"),
    "bigcodebench": ("bigcodebench", "bigcodebench-hard"),
}
#: our benchmarks that it grades, and its names for them
_DATASETS = {"humaneval+": "humaneval", "mbpp+": "mbpp"}


class Tests(StrEnum):
    """Which tests a verdict is of."""

    __test__ = False

    BASE = "base"
    PLUS = "plus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What the peer says of a program; `passed` is None where it came to no verdict."""

    passed: bool | None
    detail: str


def check_peer(name: str, benchmark: str) -> None:
    """Check that a peer can be asked, before anything slow starts.

    Raises:
        UsageError: no such peer, or it does not grade this benchmark.
        MissingExtraError: it is not installed.
    """
    asked = re.split(r"[@:?]", benchmark)[0]
    if asked not in _PEERS.get(name, ()):
        there = "; ".join(f"'{peer}' for {' and '.join(of)}" for peer, of in _PEERS.items())
        raise UsageError(f"{benchmark} has no tool '{name}' to compare with: there is {there}")
    if name in EXTRAS:
        require(EXTRAS[name], f"--against {name}")


class PeerProcess(JsonProcess):
    """A peer's checker, with a temporary folder of its own: what it leaves there goes with it.

    Args:
        module: run with ``python -m``, see `evalplus_peer`; or a command.
        environment: what it sees beside what every peer does.
    """

    def __init__(
        self, module: str | Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="lcbrb-peer-", ignore_cleanup_errors=True)
        folder = self._folder.name
        offline = {"PYTHONSAFEPATH": "1", "HF_HUB_OFFLINE": "1", "TMPDIR": folder}
        super().__init__(module, {**offline, **(environment or {})}, folder)

    def end(self) -> None:
        """Kill it with all that is still of its session, and remove its folder."""
        super().end()
        self._folder.cleanup()


def started(pool: ProcessPool, name: str, installs: str) -> str:
    """The version of a peer's checker, which it says as it starts.

    Raises:
        SetupError: it does not start, or what it needs is not there: `installs` says how to get it.
    """
    try:
        with pool.borrowed() as process:
            hello = process.hello
    except LostError as error:
        raise SetupError(f"the checker of {name} did not start: {error}") from None
    if "error" in hello:
        pool.close()
        raise SetupError(
            f"the checker of {name} can't be imported ({hello['error']}): "
            f"`{installs}` installs what it needs"
        )
    return str(hello["version"])


class Peer(Protocol):
    """A checker of somebody else's that says what it thinks of programs."""

    name: str
    version: str

    def grade(self, problem: Problem, programs: Sequence[str]) -> list[dict[Tests, Opinion]]:
        """What it says of each program, in order; kinds that have no tests are left out."""
        ...

    def close(self) -> None:
        """End what it runs."""
        ...


class EvalPlus:
    """EvalPlus' checker in processes of its own: one a thread that asks.

    Raises:
        SetupError: it does not start.
    """

    name = _NAME

    def __init__(self, module: str = "lcbrb.validation.evalplus_peer") -> None:
        self._pool = ProcessPool(lambda: PeerProcess(module), usable_cores())
        self.version = started(self._pool, self.name, f"pip install 'lcbrb[{self.name}]'")

    def grade(self, problem: Problem, programs: Sequence[str]) -> list[dict[Tests, Opinion]]:
        """What it says of each program, in order; kinds that have no tests are left out.

        A process that is lost is one program's loss.
        """
        check = codec.to_dict(problem.check)
        task = {"dataset": _DATASETS[problem.source], **check}
        kinds = [Tests.BASE, Tests.PLUS] if check["plus_inputs"] else [Tests.BASE]
        opinions: list[dict[Tests, Opinion]] = []
        while len(opinions) < len(programs):
            try:
                with self._pool.borrowed() as process:
                    self._put(process, task, programs[len(opinions) :], kinds, opinions)
            except LostError as error:
                opinions.append({kind: Opinion(passed=None, detail=str(error)) for kind in kinds})
        return opinions

    def _put(
        self,
        process: JsonProcess,
        task: Mapping[str, JsonValue],
        programs: Sequence[str],
        kinds: Sequence[Tests],
        opinions: list[dict[Tests, Opinion]],
    ) -> None:
        """Put a task and its programs to a process; opinions grow as it answers."""
        ready = process.ask(task, _TASK_S)
        for program in programs:
            if "error" in ready:
                what = Opinion(passed=None, detail=f"its reference fails: {ready['error']}")
                opinions.append(dict.fromkeys(kinds, what))
            else:
                answer = process.ask({"program": program}, _PROGRAM_S)
                opinions.append({kind: _opinion(*answer[kind]) for kind in kinds})

    def close(self) -> None:
        """End the processes."""
        self._pool.close()


def _opinion(status: str, passed: int) -> Opinion:
    detail = status if status == _PASSED else f"{status} after {passed} tests"
    return Opinion(passed=status == _PASSED, detail=detail)
