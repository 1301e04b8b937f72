"""One program in one process, driven over a channel: our side of `inside/program_server.py`.

How the process was made and how it is confined is its own affair (`Process`); here it is sent
requests, held to its limits, and what came of each request becomes an `Execution`.

Time is the process' CPU time, read from its clock by us, so that a loaded machine changes no
verdict. Wall time is for programs that block: it counts only while no thread of the program runs
or waits for a core.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from lcbrb.protocols.sandbox import Batch, Execution, Program
from lcbrb.sandbox import pace
from lcbrb.sandbox.channel import Reply, StoppedError
from lcbrb.sandbox.deadline import OVERFULL, Deadline
from lcbrb.sandbox.inside import wire
from lcbrb.sandbox.pace import UNWATCHED, Watched
from lcbrb.sandbox.process import Ended, Process
from lcbrb.sandbox.request_end import RequestEnd
from lcbrb.types import Limits, Status, TestKind

#: times the CPU limit that a request may use before it is stopped: what is past it is past the
#: limit on an idle machine too, and what is not can be run again, alone, before the verdict counts
GRACE = pace.MOST
TRIES = 2  # where the failure is ours
_POLL_S = 0.001
_AHEAD_MOST = 1 << 15  # characters of a request that is sent ahead: sockets take them at once
_QUICK = 1 / 8  # of the CPU limit: what uses more may not be followed at once
_UNKNOWN = Ended(exit_code=0, cpu_s=0.0)
#: what can be said of one call of many: it returned, or how it ended (or loading before it)
_OF_ONE_CALL = (None, Status.RUNTIME_ERROR, Status.MEMORY_LIMIT, Status.SYNTAX_ERROR)
#: what the request that was sent along may have done already, while its answer was on the way
_UNSURE = (Status.TIME_LIMIT, Status.OUTPUT_LIMIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """The CPU time that was used by then, and the monotonic clock."""

    cpu_s: float
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What a program is asked.

    `limit_s` of CPU time, of which it may use `grace` times as much before it is stopped, and
    `used_s` was used by requests before it; `following` is the message of the request that will be
    next, if it may be sent ahead. With `anew` the program is run from its start, and what is left
    running then ends the process.
    """

    message: str
    limit_s: float
    grace: float = GRACE
    kind: TestKind = TestKind.CALL
    used_s: float = 0.0
    following: str = ""
    anew: bool = False


class RunningProgram:
    """A program in a process.

    Args:
        process: made for this program alone; it ends when this is closed.
        program: what to run.
        limits: of each request.
        watched: the core to run on, if not any, and how many times slower it is than at its best:
            CPU time is reckoned at its best.
    """

    def __init__(
        self, process: Process, program: Program, limits: Limits, watched: Watched = UNWATCHED
    ) -> None:
        self._process = process
        self._kind = program.kind
        self._streams = process.streams
        self._limits = limits
        self._core, self._slowdown = watched
        self._ended: Ended | None = None
        self._closed = False
        self._requests = 0
        self._start_s = 0.0
        self.used_s = 0.0  # CPU time of all its requests so far
        self._is_quick = True
        self._sent_ahead: _Moment | None = None  # a request, not before this moment
        process.channel.queue(f"{program.entry_point or ''}\n{program.source}")

    @property
    def alive(self) -> bool:
        """Whether it will answer another request."""
        return self._ended is None

    def close(self) -> None:
        """End the process, if it has not ended, and let go of what it held."""
        if not self._closed:
            self._closed = True
            self._ended = self._ended or _UNKNOWN
            self._process.release()

    def close_quietly(self) -> None:
        """The same, for one that may be gone, or whose end nobody can tell."""
        with suppress(OSError):
            self.close()

    def run(self, text: str, following: str = "") -> Execution:
        """Run the program from its start; only a process that ran nothing before gives it grace.

        Args:
            text: its standard input (STDIN), or JSON arguments of its entry point (CALL).
            following: the arguments of the call that will come next, if one does: the program may
                go on with them at once, while its answer is looked at.
        """
        message, ahead = "i", ""
        if self._kind is TestKind.CALL:
            message, ahead = "c" + text, "c" + following if following else ""
        else:
            self._streams.fill(text)
        asked = _Request(
            message=message,
            limit_s=self._limits.cpu_s,
            grace=1.0 if self._requests else GRACE,
            kind=self._kind,
            following=ahead,
            anew=True,
        )
        return self._answered(asked)

    def load(self) -> Execution:
        """Load the program, so that its functions can be called."""
        return self._answered(_Request(message="l", limit_s=self._limits.cpu_s))

    def call(
        self, name: str, arguments: Sequence[object], cpu_s: float, used_s: float
    ) -> Execution:
        """Call a function of the loaded program; the output is wire text.

        Args:
            name: of the function.
            arguments: plain data.
            cpu_s: the CPU limit.
            used_s: what calls before this one used of the limit.
        """
        message = f"s{name}\n{wire.encode(list(arguments))}"
        return self._answered(_Request(message=message, limit_s=cpu_s, used_s=used_s))

    def call_each(self, calls: Sequence[tuple[str, str]], cpu_s: float) -> Batch:
        """Make calls until one does not return: names, with wire text of their arguments.

        A program that is not loaded is loaded before, within the same limit; where that fails, the
        first call does. There is no grace: where time ran out, the calls are made again one by one.
        """
        returned: list[str] | None = None

        def unpack(reply: Reply) -> Reply:
            nonlocal returned
            if reply.word == "refused":
                returned = []
                return reply
            returned, rest = reply.values(len(calls))
            return rest

        message = "b" + "\n".join(line for call in calls for line in call)
        execution = self._answered(_Request(message=message, limit_s=cpu_s, grace=1.0), unpack)
        if returned is None or execution.status not in _OF_ONE_CALL:
            return Batch(outputs=(), execution=execution)
        failed_at = None if execution.status is None else len(returned)
        return Batch(outputs=tuple(returned), execution=execution, failed_at=failed_at)

    def run_tests(self, order: str) -> Execution:
        """Run unittest cases beside the loaded program; see `Session.run_tests`.

        Its limit of CPU time is for loading and tests together.
        """
        limit_s = self._limits.cpu_s
        return self._answered(_Request(message="u" + order, limit_s=limit_s, used_s=self.used_s))

    def _answered(
        self, asked: _Request, unpack: Callable[[Reply], Reply] = lambda reply: reply
    ) -> Execution:
        if self._ended is not None:
            return Execution(status=Status.RUNTIME_ERROR, detail="the program had ended before")
        process, started = self._process, time.monotonic()
        before_s, began = self._send(asked)
        self._requests += 1
        reply, stopped, given = None, None, 0
        try:
            limit_s = asked.limit_s * asked.grace - asked.used_s
            deadline = Deadline(process, self._limits.wall_s, limit_s, began.cpu_s, began.at)
            reply = process.channel.exchange(deadline.wait_s, deadline.check)
            due = time.monotonic() + deadline.wait_s()
            while reply is None and not process.has_ended():  # it closed the channel and goes on
                time.sleep(_POLL_S)
                if time.monotonic() >= due:
                    deadline.check()
                    due = time.monotonic() + deadline.wait_s()
            if process.overfull():
                raise StoppedError(Status.OUTPUT_LIMIT, OVERFULL)  # noqa: TRY301 - as the others
            given = len(reply.text) if reply is not None and reply.word == "returned" else 0
            reply = unpack(reply) if reply is not None else None
        except StoppedError as stop:
            stopped = stop
        if reply is None or (asked.anew and not reply.reusable):
            self._ended = _UNKNOWN  # whatever `end` does, it is called once
            self._ended = process.end()
        now_s = self._ended.cpu_s if self._ended else process.cpu_s()
        slowdown = self._slowdown()
        self.used_s = (now_s - self._start_s) / slowdown
        cpu_s = (now_s - before_s) / slowdown
        used_s = asked.used_s + (now_s - began.cpu_s) / slowdown
        self._is_quick = used_s < asked.limit_s * _QUICK
        if used_s > asked.limit_s:  # whatever else may be said of it
            detail = f"used more than {asked.limit_s:g} s of CPU time ({used_s:.2f} s)"
            stopped = StoppedError(Status.TIME_LIMIT, detail)
        end = RequestEnd(
            kind=asked.kind,
            limits=self._limits,
            streams=self._streams,
            reply=reply,
            stopped=stopped,
            ended=self._ended,
            given=given,
        )
        status, detail = end.outcome()
        late = status is Status.TIME_LIMIT
        execution = Execution(
            status=status,
            output=end.output() if status is None else "",
            detail=detail,
            cpu_s=cpu_s,
            wall_s=time.monotonic() - started,
            peak_memory_mib=end.peak_memory_mib(),
            fresh=self._requests == 1 and not (self._sent_ahead and status in _UNSURE),
            borderline=end.was_killed()
            or (late and asked.limit_s < used_s < asked.limit_s * asked.grace),
        )
        if status is not None or self._ended is not None:
            self.close()
        return execution

    def _send(self, asked: _Request) -> tuple[float, _Moment]:
        """Send a request, unless that was done with the one before, and the one after it.

        Returns:
            The CPU time used so far, and a moment before this request began: one that was sent
            ahead is held to its limits from the one before it on, so that it may be stopped for
            nothing (and is then run again alone), but never passes for nothing.
        """
        channel, sent = self._process.channel, self._sent_ahead
        self._sent_ahead = None
        if sent is None:
            self._streams.empty()
            channel.queue(asked.message)
        goes_ahead = self._is_quick and 0 < len(asked.following) < _AHEAD_MOST
        if goes_ahead:
            channel.queue(asked.following)
        asked_at = time.monotonic()
        if self._requests:
            before_s = self._process.cpu_s()
        elif self._core is None:
            channel.send_ahead()
            before_s = self._process.await_ready()
        else:
            before_s = self._process.await_ready()
            self._process.stay_on(self._core)
        if not self._requests:
            self._start_s = before_s
        if goes_ahead:
            self._sent_ahead = _Moment(cpu_s=before_s, at=asked_at)
        return before_s, sent or _Moment(cpu_s=before_s, at=time.monotonic())


def not_run(error: OSError) -> Execution:
    """What became of a program that we failed to run."""
    return Execution(status=Status.HARNESS_ERROR, detail=f"could not run: {error}")
