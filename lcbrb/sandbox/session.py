"""A program that answers calls in one process, loaded once: when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from lcbrb.protocols.sandbox import Batch, Execution
from lcbrb.sandbox.borderline import RUNS
from lcbrb.sandbox.running_program import TRIES, RunningProgram, not_run
from lcbrb.types import Limits, Status

A = TypeVar("A")


class ProgramSession:
    """See `lcbrb.protocols.Session`.

    Args:
        start: gives the program in a process of its own.
        limits: of loading and of each call.
    """

    def __init__(self, start: Callable[[], RunningProgram], limits: Limits) -> None:
        self._start = start
        self._limits = limits
        self._running: RunningProgram | None = None
        self._loading: Execution | None = None

    @property
    def loading(self) -> Execution:
        """What became of loading it, which is done now if it was not done before."""
        if self._loading is None:
            self._loading = self._ask(RunningProgram.load, lambda failure: failure)
        return self._loading

    def call(
        self,
        name: str,
        arguments: Sequence[object],
        *,
        cpu_s: float | None = None,
        used_s: float = 0.0,
    ) -> Execution:
        """Call a function, or a method of a class ``Solution``, by name."""
        if self.loading.status is not None:
            return self.loading
        limit_s = self._limits.cpu_s if cpu_s is None else cpu_s
        return self._ask(
            lambda running: running.call(name, arguments, limit_s, used_s),
            lambda failure: failure,
        )

    def call_each(self, calls: Sequence[tuple[str, str]], *, cpu_s: float | None = None) -> Batch:
        """Make many calls in one exchange."""
        limit_s = self._limits.cpu_s if cpu_s is None else cpu_s
        if self._loading is not None and self._loading.status is not None:
            return _no_values(self._loading)
        batch = self._ask(lambda running: running.call_each(calls, limit_s), _no_values)
        if self._loading is None:
            never_ran = batch.execution.status in {Status.HARNESS_ERROR, Status.SYNTAX_ERROR}
            self._loading = batch.execution if never_ran else Execution(status=None)
        return batch

    def run_tests(self, order: str) -> Execution:
        """Run unittest cases beside the program."""
        if self.loading.status is not None:
            return self.loading
        return self._ask(lambda running: running.run_tests(order), lambda failure: failure)

    def _ask(self, request: Callable[[RunningProgram], A], failed: Callable[[Execution], A]) -> A:
        """Make a request; before the first one a process is started, and failures of ours retried.

        Args:
            request: asks the program.
            failed: the answer where there is no program to ask.
        """
        is_first = self._loading is None
        if self._running is None and not is_first:
            detail = "the program had ended before"
            return failed(Execution(status=Status.RUNTIME_ERROR, detail=detail))
        for _ in range(TRIES if is_first else 1):
            try:
                with RUNS.shared():
                    if self._running is None:
                        self._running = self._start()
                    return request(self._running)
            except OSError as error:
                failure = error
                self.close()
        return failed(not_run(failure))

    def close(self) -> None:
        """End the process."""
        running, self._running = self._running, None
        if running is not None:
            running.close_quietly()


def _no_values(execution: Execution) -> Batch:
    return Batch(outputs=(), execution=execution)
