"""Running programs on inputs, and keeping them open for calls, whatever their processes are like.

A sandbox is a `Runner` with a way to start processes. By default the inputs of a program share a
process, with fresh globals and streams for every input; with ``fresh=True``, the reference mode,
every input has a process of its own.

A program can keep work for later all the same, where no fresh globals reach, and so have one input
pay for the next. What it kept can't have cost more than its process had used before. So a process
that used a quarter of the limit gets no further input, and where that and the input's own time
exceed the limit together, the input is run again in a process of its own.

A program that passed its CPU limit by little is run again while nothing else runs before it counts,
and what it used is then reckoned at the machine's best pace (see `lcbrb.sandbox.pace`): CPU time
too stretches on a loaded machine, through caches and sibling threads. Two of three runs decide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain, pairwise
from typing import TypeVar

from lcbrb.protocols.sandbox import Batch, Execution, Program
from lcbrb.sandbox import pace
from lcbrb.sandbox.driver import Running
from lcbrb.sandbox.pace import PACE, UNWATCHED, Watched
from lcbrb.sandbox.process import Process
from lcbrb.sandbox.turns import TURNS, most_of_three
from lcbrb.types import Limits, Status, TestKind

A = TypeVar("A")

#: times the CPU limit: what is past it is past the limit on an idle machine too
_GRACE = pace.MOST
_TRIES = 2
_SHARED = 1 / 4  # of the CPU limit: what a process may have used and still get another input


class Runner:
    """What all sandboxes share."""

    def start(self, program: Program, limits: Limits) -> Process:
        """A process ready to be sent `program`.

        Raises:
            OSError: it can't be started: our failure.
        """
        raise NotImplementedError

    def run(
        self, program: Program, inputs: Iterable[str], limits: Limits, *, fresh: bool = False
    ) -> Iterator[Execution]:
        """One execution an input, lazily."""
        running: Running | None = None
        try:
            for text, following in pairwise(chain(inputs, [""])):
                ahead = "" if fresh else following
                execution, running = self._run_one(running, program, text, ahead, limits)
                if running is not None and _may_owe(execution, running, limits):
                    _close_quietly(running)
                    execution, running = self._run_one(None, program, text, ahead, limits)
                yield execution
                if running is not None and (fresh or not _takes_more(running, limits)):
                    _close_quietly(running)
                    running = None
        finally:
            if running is not None:
                _close_quietly(running)

    def _run_one(
        self, running: Running | None, program: Program, text: str, following: str, limits: Limits
    ) -> tuple[Execution, Running | None]:
        """Run one input, in `running` if it is there; our own failures are tried twice."""
        for _ in range(_TRIES):
            try:
                with TURNS.shared():
                    if running is None:
                        running = Running(self.start(program, limits), program, limits)
                        execution = _feed(running, program, text, _GRACE, following)
                    else:
                        execution = _feed(running, program, text, 1.0, following)
                if execution.borderline and execution.fresh:
                    execution = self._run_alone(program, text, limits)
                return _ours(execution, program, text), running
            except OSError as error:
                failure = error
                if running is not None:
                    _close_quietly(running)
                running = None
        detail = f"could not run: {failure}"
        return Execution(status=Status.HARNESS_ERROR, detail=detail), None

    def _run_alone(self, program: Program, text: str, limits: Limits) -> Execution:
        """Run one input while nothing else of ours runs."""

        def once() -> Execution:
            with PACE.beside() as watched:
                running = Running(self.start(program, limits), program, limits, watched)
                try:
                    return _feed(running, program, text, _GRACE)
                finally:
                    running.close()

        with TURNS.alone():
            return most_of_three(once, lambda execution: execution.status is Status.TIME_LIMIT)

    @contextmanager
    def open(
        self, program: Program, limits: Limits, *, alone: bool = False, paced: bool = False
    ) -> Iterator[OpenProgram]:
        """Load a program and keep it, to be called. A program that won't load fails every call.

        Args:
            program: its `kind` and `entry_point` do not matter.
            limits: of loading and of each call.
            alone: run nothing else meanwhile: for a time limit that was passed by little.
            paced: reckon its time at the machine's best pace, as with `alone`.
        """
        with ExitStack() as stack:
            watched = UNWATCHED
            if alone:
                stack.enter_context(TURNS.alone())
            if alone or paced:
                watched = stack.enter_context(PACE.beside(anywhere=not alone))
            opened = OpenProgram(self, program, limits, watched)
            try:
                yield opened
            finally:
                opened.close()


class OpenProgram:
    """A program that answers calls in one process, loaded once: when it is first needed."""

    def __init__(self, runner: Runner, program: Program, limits: Limits, watched: Watched) -> None:
        self._runner = runner
        self._program = program
        self._limits = limits
        self._watched = watched
        self._running: Running | None = None
        self._loading: Execution | None = None

    @property
    def loading(self) -> Execution:
        """What became of loading it, which is done now if it was not done before."""
        if self._loading is None:
            self._loading = self._first(lambda running: running.load(_GRACE), _itself)
        return self._loading

    def _first(self, request: Callable[[Running], A], failed: Callable[[Execution], A]) -> A:
        """Start a process for the program and make its first request; failures of ours twice."""
        for _ in range(_TRIES):
            try:
                with TURNS.shared():
                    process = self._runner.start(self._program, self._limits)
                    self._running = Running(process, self._program, self._limits, self._watched)
                    return request(self._running)
            except OSError as error:
                found = Execution(status=Status.HARNESS_ERROR, detail=f"could not run: {error}")
                self.close()
        return failed(found)

    def call(
        self,
        name: str,
        arguments: Sequence[object],
        *,
        cpu_s: float | None = None,
        used_s: float = 0.0,
    ) -> Execution:
        """Call a function, or a method of a class ``Solution``, by name.

        Args:
            name: of the function.
            arguments: plain data (see `lcbrb.sandbox.inside.wire`).
            cpu_s: the CPU limit of this call; the program's own where None.
            used_s: what calls before it used of that limit.

        Returns:
            `output` is wire text of the value where `status` is None. After any other status the
            process is gone, and later calls say so.
        """

        def ask(running: Running, limit_s: float) -> Execution:
            return running.call(name, arguments, limit_s, _GRACE, used_s)

        if self.loading.status is not None:
            return self.loading
        return self._ask(ask, cpu_s, _itself)

    def call_each(self, calls: Sequence[tuple[str, str]], *, cpu_s: float | None = None) -> Batch:
        """Make many calls in one exchange; see `lcbrb.protocols.Session`."""

        def ask(running: Running, limit_s: float) -> Batch:
            return running.call_each(calls, limit_s)

        def failed(execution: Execution) -> Batch:
            return Batch(outputs=(), execution=execution)

        if self._loading is not None:
            return self._ask(ask, cpu_s, failed)
        limit_s = self._limits.cpu_s if cpu_s is None else cpu_s
        batch = self._first(lambda running: ask(running, limit_s), failed)
        never_ran = batch.execution.status in {Status.HARNESS_ERROR, Status.SYNTAX_ERROR}
        self._loading = batch.execution if never_ran else Execution(status=None)
        return batch

    def _ask(
        self,
        ask: Callable[[Running, float], A],
        cpu_s: float | None,
        failed: Callable[[Execution], A],
    ) -> A:
        if self.loading.status is not None:
            return failed(self.loading)
        if self._running is None:
            detail = "the program had ended before"
            return failed(Execution(status=Status.RUNTIME_ERROR, detail=detail))
        try:
            with TURNS.shared():
                return ask(self._running, self._limits.cpu_s if cpu_s is None else cpu_s)
        except OSError as error:
            self.close()
            detail = f"could not run: {error}"
            return failed(Execution(status=Status.HARNESS_ERROR, detail=detail))

    def close(self) -> None:
        """End the process."""
        running, self._running = self._running, None
        if running is not None:
            _close_quietly(running)


def _itself(execution: Execution) -> Execution:
    return execution


def _may_owe(execution: Execution, running: Running, limits: Limits) -> bool:
    """Whether it may have passed its limit but for work of the inputs before it."""
    return execution.status is None and not execution.fresh and running.used_s > limits.cpu_s


def _takes_more(running: Running, limits: Limits) -> bool:
    return running.alive and running.used_s <= limits.cpu_s * _SHARED


def _feed(
    running: Running, program: Program, text: str, grace: float, following: str = ""
) -> Execution:
    if program.kind is TestKind.CALL:
        return running.run_arguments(text, grace, following)
    return running.run_input(text, grace)


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


def _close_quietly(running: Running) -> None:
    try:
        running.close()
    except OSError:  # it is gone, or nobody can tell; a new one is started in its place
        return
