"""Messages between a program's process and the grader: this side of the channel.

A message is four bytes of length (little-endian) and that many bytes.
"""

import os

_read, _write = os.read, os.write  # a program may rebind them


def _framed(body: bytes) -> bytes:
    return len(body).to_bytes(4, "little") + body


READY = _framed(b"ready 0 1 0 \n")


class Messages:
    """Messages over a descriptor."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def receive(self) -> bytes | None:
        """The next message; None where the grader has hung up."""
        head = self._exactly(4)
        return None if head is None else self._exactly(int.from_bytes(head, "little"))

    def _exactly(self, count: int) -> bytes | None:
        parts = []
        while count:
            part = _read(self.descriptor, min(count, 1 << 20))
            if not part:
                return None
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def send(self, text: str) -> None:
        """Send a message, whole."""
        body = text.encode("utf-8", "surrogatepass")
        self.send_framed(_framed(body))

    def send_framed(self, message: bytes) -> None:
        """Send a message that has its length in front."""
        rest = memoryview(message)
        while rest:
            rest = rest[_write(self.descriptor, rest) :]
