"""Running programs on inputs, whatever their processes are like.

By default the inputs of a program share a process, with fresh globals and streams for every input;
with ``fresh=True``, the reference mode, every input has a process of its own.

A program can keep work for later all the same, where no fresh globals reach, and so have one input
pay for the next. What it kept can't have cost more than its process had used before. So a process
that used a quarter of the limit gets no further input, and where that and the input's own time
exceed the limit together, the input is run again in a process of its own.

A program that passed its CPU limit by little is run again while nothing else runs before it counts,
and what it used is then reckoned at the machine's best pace (see `lcbrb.sandbox.pace`): CPU time
too stretches on a loaded machine, through caches and sibling threads. Two of three runs decide.
So they do of one that died of SIGKILL, which the kernel sends where memory is short.
"""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain, pairwise

from lcbrb.protocols.sandbox import Execution, Program
from lcbrb.sandbox.borderline import RUNS, is_doubtful, most_of_three
from lcbrb.sandbox.interpreter import Interpreter, running_interpreter
from lcbrb.sandbox.pace import PACE, UNWATCHED
from lcbrb.sandbox.process import Process
from lcbrb.sandbox.running_program import TRIES, RunningProgram, not_run
from lcbrb.sandbox.session import ProgramSession
from lcbrb.types import Limits, Status, TestKind

_SHARED = 1 / 4  # of the CPU limit: what a process may have used and still get another input


class BaseSandbox(ABC):
    """What all sandboxes share.

    Args:
        level: of isolation.
        interpreter: what programs run under; None: the one that runs this.
    """

    def __init__(self, level: str, interpreter: Interpreter | None = None) -> None:
        self.level = level
        self.interpreter = interpreter or running_interpreter()

    @property
    def layers(self) -> tuple[str, ...]:
        """What confines programs, once one has run."""
        return ("rlimits",)

    @abstractmethod
    def start(self, program: Program, limits: Limits) -> Process:
        """A process ready to be sent `program`.

        Raises:
            OSError: it can't be started: our failure.
        """

    def close(self) -> None:  # noqa: B027 - nothing to stop, where nothing waits
        """Stop processes that wait for further programs."""

    def run(
        self,
        program: Program,
        inputs: Iterable[str],
        limits: Limits,
        *,
        fresh: bool = False,
        together: bool = False,
    ) -> Iterator[Execution]:
        """See `lcbrb.protocols.Sandbox`."""
        running: RunningProgram | None = None
        try:
            for text, following in pairwise(chain(inputs, [""])):
                ahead = "" if fresh else following
                execution, running = self._run_one(running, program, text, ahead, limits)
                if running is not None and not together and _may_owe(execution, running, limits):
                    running.close_quietly()
                    execution, running = self._run_one(None, program, text, ahead, limits)
                yield execution
                most_s = math.inf if together else limits.cpu_s * _SHARED
                if running and (fresh or not running.alive or running.used_s > most_s):
                    running.close_quietly()
                    running = None
        finally:
            if running is not None:
                running.close_quietly()

    def _run_one(
        self,
        running: RunningProgram | None,
        program: Program,
        text: str,
        following: str,
        limits: Limits,
    ) -> tuple[Execution, RunningProgram | None]:
        """Run one input, in `running` if it is there; our own failures are tried twice."""
        for _ in range(TRIES):
            try:
                with RUNS.shared():
                    if running is None:
                        running = RunningProgram(self.start(program, limits), program, limits)
                    execution = running.run(text, following)
                if execution.borderline:
                    execution = self._run_alone(program, text, limits)
                return _ours(execution, program, text), running
            except OSError as error:
                failure = error
                if running is not None:
                    running.close_quietly()
                running = None
        return not_run(failure), None

    def _run_alone(self, program: Program, text: str, limits: Limits) -> Execution:
        """Run one input while nothing else of ours runs."""

        def once() -> Execution:
            with PACE.beside() as watched:
                process = self.start(program, limits)
                running = RunningProgram(process, program, limits, watched)
                try:
                    return running.run(text)
                finally:
                    running.close()

        with RUNS.alone():
            return most_of_three(once, is_doubtful)

    @contextmanager
    def open(
        self, program: Program, limits: Limits, *, alone: bool = False, paced: bool = False
    ) -> Iterator[ProgramSession]:
        """See `lcbrb.protocols.Sandbox`. A program that won't load fails every call."""
        with ExitStack() as stack:
            watched = UNWATCHED
            if alone:
                stack.enter_context(RUNS.alone())
            if alone or paced:
                watched = stack.enter_context(PACE.beside(anywhere=not alone))

            def start() -> RunningProgram:
                return RunningProgram(self.start(program, limits), program, limits, watched)

            session = ProgramSession(start, limits)
            try:
                yield session
            finally:
                session.close()


def _may_owe(execution: Execution, running: RunningProgram, limits: Limits) -> bool:
    """Whether it may have passed its limit but for work of the inputs before it."""
    return execution.status is None and not execution.fresh and running.used_s > limits.cpu_s


def _ours(execution: Execution, program: Program, text: str) -> Execution:
    """A failure that the test's own arguments caused is ours."""
    if execution.status is Status.RUNTIME_ERROR and program.kind is TestKind.CALL:
        try:
            for line in text.split("\n"):
                if line:
                    json.loads(line)
        except ValueError as error:
            detail = f"arguments that are no JSON: {error}"
            return Execution(status=Status.HARNESS_ERROR, detail=detail)
    return execution
