"""One program in one process, driven over a channel: our side of `inside/program_server.py`.

How the process was made and how it is confined is its own affair (`Process`); here it is sent
requests, held to its limits, and what came of each request becomes an `Execution`.

Time is the process' CPU time, read from its clock by us, so that a loaded machine changes no
verdict. Wall time is for programs that block: it counts only while no thread of the program runs
or waits for a core.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from lcbrb.protocols.sandbox import Batch, Execution, Program
from lcbrb.sandbox import pace
from lcbrb.sandbox.channel import Reply, StoppedError
from lcbrb.sandbox.deadline import Deadline
from lcbrb.sandbox.inside import wire
from lcbrb.sandbox.pace import UNWATCHED, Watched
from lcbrb.sandbox.process import Ended, Process
from lcbrb.types import Limits, Status, TestKind

#: times the CPU limit that a request may use before it is stopped: what is past it is past the
#: limit on an idle machine too, and what is not can be run again, alone, before the verdict counts
GRACE = pace.MOST
TRIES = 2  # where the failure is ours
_CHUNK = 1 << 20
_TAIL_BYTES = 2000
_POLL_S = 0.001
_DIGITS_MOST = 10
_AHEAD_MOST = 1 << 15  # characters of a request that is sent ahead: sockets take them at once
_QUICK = 1 / 8  # of the CPU limit: what uses more may not be followed at once
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
    grace: float = 1.0
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
        self._stdin, self._stdout, self._stderr = process.streams
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
        if self._closed:
            return
        self._closed = True
        try:
            if self._ended is None:
                self._ended = Ended(exit_code=0, cpu_s=0.0)
                self._process.drop()
        finally:
            self._process.release()

    def close_quietly(self) -> None:
        """The same, for one that may be gone, or whose end nobody can tell."""
        with suppress(OSError):
            self.close()

    def run(self, text: str, grace: float, following: str = "") -> Execution:
        """Run the program from its start.

        Args:
            text: its standard input (STDIN), or JSON arguments of its entry point (CALL).
            grace: how many times its CPU limit it may use before it is stopped, see `GRACE`.
            following: the arguments of the call that will come next, if one does: the program may
                go on with them at once, while its answer is looked at.
        """
        message, ahead = "i", ""
        if self._kind is TestKind.CALL:
            message, ahead = "c" + text, "c" + following if following else ""
        else:
            os.ftruncate(self._stdin, 0)
            _write_all(self._stdin, text.encode("utf-8", "surrogatepass"))
        asked = _Request(
            message=message,
            limit_s=self._limits.cpu_s,
            grace=grace,
            kind=self._kind,
            following=ahead,
            anew=True,
        )
        return self._answered(asked)

    def load(self, grace: float) -> Execution:
        """Load the program, so that its functions can be called."""
        return self._answered(_Request(message="l", limit_s=self._limits.cpu_s, grace=grace))

    def call(
        self,
        name: str,
        arguments: Sequence[object],
        cpu_s: float,
        grace: float,
        used_s: float = 0.0,
    ) -> Execution:
        """Call a function of the loaded program; the output is wire text.

        Args:
            name: of the function.
            arguments: plain data.
            cpu_s: the CPU limit.
            grace: as in `run`.
            used_s: what calls before this one used of the limit.
        """
        message = f"s{name}\n{wire.encode(list(arguments))}"
        asked = _Request(message=message, limit_s=cpu_s, grace=grace, used_s=used_s)
        return self._answered(asked)

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
            returned, text = _values_of(reply.text, len(calls), whole=reply.word != "raised")
            return dataclasses.replace(reply, text=text)

        message = "b" + "\n".join(line for call in calls for line in call)
        execution = self._answered(_Request(message=message, limit_s=cpu_s), unpack)
        if returned is None or execution.status not in _OF_ONE_CALL:
            return Batch(outputs=(), execution=execution)
        failed_at = None if execution.status is None else len(returned)
        return Batch(outputs=tuple(returned), execution=execution, failed_at=failed_at)

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
            given = len(reply.text) if reply is not None and reply.word == "returned" else 0
            reply = unpack(reply) if reply is not None else None
        except StoppedError as stop:
            stopped = stop
        if reply is None or (asked.anew and not reply.reusable):
            self._end()
        now_s = self._ended.cpu_s if self._ended else process.cpu_s()
        slowdown = self._slowdown()
        self.used_s = (now_s - self._start_s) / slowdown
        cpu_s = (now_s - before_s) / slowdown
        used_s = asked.used_s + (now_s - began.cpu_s) / slowdown
        self._is_quick = used_s < asked.limit_s * _QUICK
        if used_s > asked.limit_s:  # whatever else may be said of it
            detail = f"used more than {asked.limit_s:g} s of CPU time ({used_s:.2f} s)"
            stopped = StoppedError(Status.TIME_LIMIT, detail)
        status, detail = self._outcome(reply, stopped, asked.kind, given)
        execution = Execution(
            status=status,
            output=self._output(reply, asked.kind) if status is None else "",
            detail=detail,
            cpu_s=cpu_s,
            wall_s=time.monotonic() - started,
            peak_memory_mib=self._peak_mib(reply),
            fresh=self._requests == 1 and not (self._sent_ahead and status in _UNSURE),
            borderline=status is Status.TIME_LIMIT
            and asked.limit_s < used_s < asked.limit_s * asked.grace,
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
            os.ftruncate(self._stdout, 0)
            os.ftruncate(self._stderr, 0)
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

    def _outcome(
        self, reply: Reply | None, stopped: StoppedError | None, kind: TestKind, given: int
    ) -> tuple[Status | None, str]:
        if stopped is not None:
            return stopped.status, stopped.detail
        if reply is not None and reply.word == "refused":
            return Status.SYNTAX_ERROR, reply.text
        sizes = [os.fstat(file).st_size for file in (self._stdout, self._stderr)]
        if max(given, *sizes) >= self._limits.output_kib * 1024:
            return Status.OUTPUT_LIMIT, f"gave {self._limits.output_kib} KiB or more"
        if reply is None:
            return self._died(kind)
        if reply.name == "MemoryError":
            return Status.MEMORY_LIMIT, f"wanted more than {self._limits.memory_mib} MiB"
        if reply.word == "raised":
            return Status.RUNTIME_ERROR, reply.text or reply.name
        return None, self._errors()

    def _died(self, kind: TestKind) -> tuple[Status | None, str]:
        """The process ended without a reply."""
        code = self._ended.exit_code if self._ended else 0
        if code < 0:
            return Status.RUNTIME_ERROR, f"died of {_signal_name(-code)}"
        if code > 0:
            return Status.RUNTIME_ERROR, self._errors() or f"exit code {code}"
        if kind is TestKind.CALL:
            return Status.RUNTIME_ERROR, "ended before the function returned"
        return None, self._errors()

    def _output(self, reply: Reply | None, kind: TestKind) -> str:
        if kind is TestKind.CALL:
            return reply.text if reply else ""
        return _read_all(self._stdout, self._limits.output_kib * 1024)

    def _errors(self) -> str:
        size = os.fstat(self._stderr).st_size
        tail = os.pread(self._stderr, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
        return tail.decode("utf-8", "replace").strip()

    def _peak_mib(self, reply: Reply | None) -> float | None:
        if reply is not None:  # the process' own word
            peak_mib = reply.peak_memory_mib
            return None if peak_mib is None else min(peak_mib, float(self._limits.memory_mib))
        return self._ended.peak_memory_mib if self._ended else None

    def _end(self) -> Ended:
        self._ended = Ended(exit_code=0, cpu_s=0.0)  # whatever `end` does, it is called once
        self._ended = self._process.end()
        return self._ended


def not_run(error: OSError) -> Execution:
    """What became of a program that we failed to run."""
    return Execution(status=Status.HARNESS_ERROR, detail=f"could not run: {error}")


def _values_of(text: str, most: int, *, whole: bool) -> tuple[list[str], str]:
    """The values in a reply to many calls, and the rest of it, which may have been forged."""
    head, _, rest = text.partition("\n")
    count = int(head) if head.isascii() and head.isdigit() and len(head) < _DIGITS_MOST else -1
    parts = rest.split("\n", count) if count >= 0 else []
    if len(parts) != count + 1 or count > most or (whole and count != most):
        raise StoppedError(Status.RUNTIME_ERROR, "wrote into the grader's channel")
    return parts[:count], parts[count]


def _write_all(file: int, data: bytes) -> None:
    rest, at = memoryview(data), 0
    while rest:
        count = os.pwrite(file, rest, at)
        rest, at = rest[count:], at + count


def _read_all(file: int, most: int) -> str:
    parts, at = [], 0
    while at < most and (part := os.pread(file, min(_CHUNK, most - at), at)):
        parts.append(part)
        at += len(part)
    return b"".join(parts).decode("utf-8", "replace")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have no name
        return f"signal {number}"
