"""The files behind a program's standard streams, which are open here too."""

from __future__ import annotations

import os
from dataclasses import dataclass

_TAIL_BYTES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """Descriptors of the files behind standard input, output and errors.

    Their positions are shared with the program, so none of this moves them.
    """

    stdin: int
    stdout: int
    stderr: int

    def fill(self, text: str) -> None:
        """Make `text` all there is on standard input."""
        os.ftruncate(self.stdin, 0)
        rest, at = memoryview(text.encode("utf-8", "surrogatepass")), 0
        while rest:
            count = os.pwrite(self.stdin, rest, at)
            rest, at = rest[count:], at + count

    def empty(self) -> None:
        """Forget what was printed."""
        os.ftruncate(self.stdout, 0)
        os.ftruncate(self.stderr, 0)

    def longest_bytes(self) -> int:
        """How much is in the longer of standard output and errors."""
        return max(os.fstat(self.stdout).st_size, os.fstat(self.stderr).st_size)

    def output(self, most_bytes: int) -> str:
        """What was printed."""
        count = min(most_bytes, os.fstat(self.stdout).st_size)
        return os.pread(self.stdout, count, 0).decode("utf-8", "replace")

    def errors(self) -> str:
        """The end of what was printed to standard errors."""
        start = max(0, os.fstat(self.stderr).st_size - _TAIL_BYTES)
        return os.pread(self.stderr, _TAIL_BYTES, start).decode("utf-8", "replace").strip()
