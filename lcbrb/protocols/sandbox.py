"""A sandbox runs one program on many inputs; it never sees an expected answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from lcbrb.types import Limits, Status, TestKind

PYTHONS_RECURSION_LIMIT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a benchmark's own harness puts around a program; by default, what Python does.

    `prelude` is trusted code that runs before the program in the same namespace. `recursion_limit`
    counts the dozen frames below the program too, as it does in any harness.
    """

    prelude: str = ""
    recursion_limit: int = PYTHONS_RECURSION_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """What the programs of a benchmark find and may do, the same for all of them.

    `preload` are modules that are imported before a program is there; what is not installed is left
    out. With `processes` programs may start others, and use sockets among themselves: at level A in
    namespaces of their own; B and C can't hold that.
    """

    preload: tuple[str, ...] = ()
    processes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Source to run, and how.

    With `kind` CALL, `entry_point` is a function, or a method of a class ``Solution``, called once
    an input.
    """

    source: str
    kind: TestKind = TestKind.STDIN
    entry_point: str | None = None
    surroundings: Surroundings = Surroundings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One run of a program on one input.

    `status` is None where the program ran to its end; then `output` is what it printed (STDIN) or
    the JSON of what it returned (CALL), or for a call of a `Session` the value as wire text.
    Otherwise `status` says how it ended, and `detail` why. `fresh` is False where the process had
    run another input before; then only a pass counts. `borderline` marks what may be the machine's
    doing, a time limit passed by so little that it may have been slow, or a death of SIGKILL: run
    it again, alone, before it counts.
    """

    status: Status | None
    output: str = ""
    detail: str = ""
    cpu_s: float | None = None
    wall_s: float | None = None
    peak_memory_mib: float | None = None
    fresh: bool = True
    borderline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Calls made in one exchange, in order, until one did not return.

    `outputs` holds wire text of the values of those that returned. `execution` is of them all: its
    status is None where every call returned, else that of the call with the index `failed_at`.
    Where the process was stopped or died, `failed_at` is None and there are no outputs: which call
    did it is not known.
    """

    outputs: tuple[str, ...]
    execution: Execution
    failed_at: int | None = None


class Session(Protocol):
    """A program, loaded once, that answers calls in one process.

    Expected values stay with the caller: only names and arguments go to the program.
    """

    @property
    def loading(self) -> Execution:
        """What became of loading the program; where its status is not None, every call fails so.

        It is loaded when this is first asked for, or with the first call.
        """
        ...

    def call(
        self,
        name: str,
        arguments: Sequence[object],
        *,
        cpu_s: float | None = None,
        used_s: float = 0.0,
    ) -> Execution:
        """Call a function by name, or a method of a class ``Solution``.

        Args:
            name: of the function.
            arguments: plain data, as `lcbrb.sandbox.inside.wire` has it.
            cpu_s: the CPU limit of this call; that of the program's limits where None.
            used_s: what calls before it used of that limit, where they share it.

        Returns:
            Where `status` is None, `output` is wire text of the value. After any other status the
            process may be gone, and later calls say so.
        """
        ...

    def call_each(self, calls: Sequence[tuple[str, str]], *, cpu_s: float | None = None) -> Batch:
        """Make many calls in one exchange.

        A program that is not loaded yet is loaded in the same exchange, within the same limit;
        where that fails, the first call does.

        Args:
            calls: a name, and wire text of the list of arguments.
            cpu_s: the CPU limit of them all; that of the program's limits where None.
        """
        ...

    def run_tests(self, order: str) -> Execution:
        """Run unittest cases beside the program, in its own process, within the program's limits.

        Args:
            order: as `lcbrb.sandbox.inside.unit_tests.run` takes it.

        Returns:
            Where `status` is None, `output` is the JSON that came of it, which the program may have
            had a hand in.
        """
        ...


#: what a record says of verdicts by tests that ran in the program's own process
IN_PROCESS = "in-process"
#: levels at which a program can read the grader's files, and with them tests and answers
TESTS_IN_REACH = ("C", "D")


class Sandbox(Protocol):
    """Runs untrusted programs. `level` names the isolation, as `lcbrb doctor` shows it."""

    @property
    def level(self) -> str: ...  # noqa: D102 - told by the class

    def close(self) -> None:
        """Stop processes that wait for programs; what is asked later starts anew."""
        ...

    def run(
        self,
        program: Program,
        inputs: Iterable[str],
        limits: Limits,
        *,
        fresh: bool = False,
        together: bool = False,
    ) -> Iterator[Execution]:
        """One execution an input, lazily: a caller that stops early pays for no more.

        Args:
            program: what to run.
            inputs: standard input (STDIN), or JSON arguments, one a line (CALL).
            limits: of each input.
            fresh: run every input in a process of its own, which is the reference. Otherwise they
                may share one, with fresh globals; a failure there is to be run again, fresh.
            together: give every input to one process, as long as the program leaves it usable,
                whatever time those before took: to see a failure again, for no pass counts then.
        """
        ...

    def open(
        self, program: Program, limits: Limits, *, alone: bool = False, paced: bool = False
    ) -> AbstractContextManager[Session]:
        """Load a program once and call its functions.

        Args:
            program: its source and surroundings; its kind and entry point do not matter.
            limits: of loading, and of each call.
            alone: run nothing else in this grader meanwhile (for what is borderline), and
                reckon time as with `paced`.
            paced: reckon CPU time at the machine's best pace, where it can be known: for a time
                that others are held to.
        """
        ...
