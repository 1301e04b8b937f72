"""The peers that can be asked for, each in processes of its own.

A peer is a row of `PEERS` and a module that speaks its part over standard input and output
(`evalplus_peer` says how). It runs under our interpreter, from an extra.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from lcbrb import codec
from lcbrb.errors import SetupError, UsageError
from lcbrb.grading.json_process import JsonProcess, LostError
from lcbrb.registry import require
from lcbrb.types import JsonValue, Problem
from lcbrb.validation.referee import Opinion, Tests

_TASK_S = 900.0  # running the reference
_PROGRAM_S = 300.0  # EvalPlus gives up after two minutes at the latest
_PASSED = "pass"  # in EvalPlus' words


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerSpec:
    """A peer that can be asked for: what it grades, what must be installed, what runs it."""

    name: str
    datasets: Mapping[str, str]
    requires: Sequence[str]
    module: str


PEERS = {
    "evalplus": PeerSpec(
        name="evalplus",
        datasets={"humaneval+": "humaneval", "mbpp+": "mbpp"},
        requires=("evalplus", "psutil"),
        module="lcbrb.validation.evalplus_peer",
    ),
}


def peer_for(name: str, benchmark: str) -> PeerSpec:
    """The peer that a user asks for.

    Args:
        name: of the peer.
        benchmark: what it is to grade, with or without a release.

    Raises:
        UsageError: no such peer, or it does not grade this benchmark.
        MissingExtraError: it is not installed.
    """
    spec = PEERS.get(name)
    if spec is None or benchmark.partition("@")[0] not in spec.datasets:
        there = "; ".join(
            f"'{one.name}' for {' and '.join(one.datasets)}" for one in PEERS.values()
        )
        raise UsageError(f"no peer '{name}' for {benchmark}: there is {there}")
    require(spec.requires, f"--against {name}")
    return spec


class PeerProcess(JsonProcess):
    """A peer's checker, with a temporary folder of its own: what it leaves there goes with it.

    Args:
        module: run with ``python -m``, see `evalplus_peer`.
    """

    def __init__(self, module: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="lcbrb-peer-", ignore_cleanup_errors=True)
        folder = self._folder.name
        offline = {"PYTHONSAFEPATH": "1", "HF_HUB_OFFLINE": "1", "TMPDIR": folder}
        super().__init__(module, offline, folder)

    def end(self) -> None:
        """Kill it with all that is still of its session, and remove its folder."""
        super().end()
        self._folder.cleanup()


class InstalledPeer:
    """A peer's checker in processes of its own: one a thread that asks.

    Raises:
        SetupError: it does not start.
    """

    def __init__(self, spec: PeerSpec) -> None:
        self._spec = spec
        self.name = spec.name
        self._free: list[PeerProcess] = []
        self._lock = threading.Lock()
        try:
            process = PeerProcess(spec.module)
        except LostError as error:
            raise SetupError(f"the checker of {self.name} did not start: {error}") from None
        if "error" in process.hello:
            process.end()
            raise SetupError(
                f"{self.name} can't be imported ({process.hello['error']}): "
                f"install what it needs (pip install 'lcbrb[{self.name}]')"
            )
        self.version = str(process.hello["version"])
        self._free.append(process)

    def grade(self, problem: Problem, programs: Sequence[str]) -> list[dict[Tests, Opinion]]:
        """What the peer says of each program; a process that is lost is one program's loss."""
        check = codec.to_dict(problem.check)
        task = {"dataset": self._spec.datasets[problem.source], **check}
        kinds = [Tests.BASE, Tests.PLUS] if check["plus_inputs"] else [Tests.BASE]
        opinions: list[dict[Tests, Opinion]] = []
        while len(opinions) < len(programs):
            try:
                with self._borrowed() as process:
                    self._put(process, task, programs[len(opinions) :], kinds, opinions)
            except LostError as error:
                opinions.append({kind: Opinion(passed=None, detail=str(error)) for kind in kinds})
        return opinions

    def _put(
        self,
        process: PeerProcess,
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

    @contextmanager
    def _borrowed(self) -> Iterator[PeerProcess]:
        with self._lock:
            process = self._free.pop() if self._free else None
        if process is None:
            process = PeerProcess(self._spec.module)
        try:
            yield process
        except BaseException:
            process.end()
            raise
        with self._lock:
            self._free.append(process)

    def close(self) -> None:
        """End the processes."""
        with self._lock:
            while self._free:
                self._free.pop().end()


def _opinion(status: str, passed: int) -> Opinion:
    detail = status if status == _PASSED else f"{status} after {passed} tests"
    return Opinion(passed=status == _PASSED, detail=detail)
