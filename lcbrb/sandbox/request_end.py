"""What became of a request, from all that was seen of its end."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from lcbrb.sandbox.channel import Reply, StoppedError
from lcbrb.sandbox.process import Ended
from lcbrb.sandbox.streams import Streams
from lcbrb.types import Limits, Status, TestKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEnd:
    """How a request to a program ended.

    `reply` is what the program's process answered, `stopped` why we gave up on it, `ended` what the
    kernel says of a process that is gone; each is None where there was none. `given` is the number
    of characters that a returned value had.
    """

    kind: TestKind
    limits: Limits
    streams: Streams
    reply: Reply | None
    stopped: StoppedError | None
    ended: Ended | None
    given: int

    def outcome(self) -> tuple[Status | None, str]:
        """Status and detail of an `Execution`; None where the program ran to its end."""
        reply, limits = self.reply, self.limits
        if self.stopped is not None:
            return self.stopped.status, self.stopped.detail
        if reply is not None and reply.word == "refused":
            return Status.SYNTAX_ERROR, reply.text
        if max(self.given, self.streams.longest_bytes()) >= limits.output_kib * 1024:
            return Status.OUTPUT_LIMIT, f"gave {limits.output_kib} KiB or more"
        if reply is None:
            return self._died()
        if reply.name == "MemoryError":
            return Status.MEMORY_LIMIT, f"wanted more than {limits.memory_mib} MiB"
        if reply.word == "raised":
            return Status.RUNTIME_ERROR, reply.text or reply.name
        return None, self.streams.errors()

    def _died(self) -> tuple[Status | None, str]:
        """The process ended without a reply."""
        ended = self.ended
        if ended and ended.out_of_memory:
            return Status.MEMORY_LIMIT, "took more memory than all its files and itself may have"
        if ended and ended.exit_code < 0:
            return Status.RUNTIME_ERROR, f"died of {ended.signal_name()}"
        if ended and ended.exit_code > 0:
            return Status.RUNTIME_ERROR, self.streams.errors() or f"exit code {ended.exit_code}"
        if self.kind is TestKind.CALL:
            return Status.RUNTIME_ERROR, "ended before the function returned"
        return None, self.streams.errors()

    def was_killed(self) -> bool:
        """Whether it may have been killed from outside, as the kernel does where memory is short.

        A program can bring that about too.
        """
        ended = self.ended
        if self.reply is not None or self.stopped is not None or ended is None:
            return False
        return not ended.out_of_memory and ended.exit_code == -signal.SIGKILL

    def output(self) -> str:
        """What was printed, or the text of what was returned."""
        if self.kind is TestKind.CALL:
            return self.reply.text if self.reply else ""
        return self.streams.output(self.limits.output_kib * 1024)

    def peak_memory_mib(self) -> float | None:
        """Most memory held, as the process itself said where it still could; at most the limit."""
        if self.reply is not None:
            peak_mib = self.reply.peak_memory_mib
            return None if peak_mib is None else min(peak_mib, float(self.limits.memory_mib))
        return self.ended.peak_memory_mib if self.ended else None
