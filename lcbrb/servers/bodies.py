"""What a server sends, read within bounds: so many bytes, so long, in an encoding that is known.

A server may be broken or somebody else's: a stream without an end, a line without an end, or a
page that unpacks to gigabytes costs one request, and neither the memory nor the run.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from lcbrb.servers.retries import Retry
from lcbrb.types import JsonValue

_MIB = 1 << 20
_LINE_END = re.compile(rb"\r\n|\n|\r")
_BASE_BYTES = 16 * _MIB  # of an answer, beside its tokens
_TOKEN_BYTES, _TOKEN_S = 2048, 10.0  # an event of a stream, and the time for it
_ANY_TOKENS = 131_072  # where a request sets no limit
#: those that a piece of the network's size can't unpack to gigabytes; a server that was asked for
#: gzip has no reason to send another
_ENCODINGS = frozenset({"", "identity", "gzip", "deflate"})
ACCEPTED = "gzip, deflate"
SHORT_BYTES = _MIB  # of an error, or a list of models


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What an answer may take: bytes (unpacked), seconds, and seconds without any of the reply."""

    most_bytes: int
    seconds: float
    silent_s: float

    @classmethod
    def of(cls, choices: int, tokens: int | None, *, timeout_s: float, patience_s: float) -> Bounds:
        """Bounds of a request for so many choices of at most so many tokens (None: no limit)."""
        tokens = _ANY_TOKENS if tokens is None else tokens
        return cls(
            most_bytes=choices * (_BASE_BYTES + _TOKEN_BYTES * tokens),
            seconds=timeout_s + choices * _TOKEN_S * tokens,
            silent_s=patience_s,
        )


def pieces(response: httpx.Response, bounds: Bounds) -> Iterator[bytes]:
    """The bytes of a body as they come, unpacked.

    Raises:
        Retry: it is longer, or takes longer, than its bounds, or is packed in another way.
        httpx.RequestError: the connection broke.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise Retry(f"a response in the encoding {encoding[:40]!r}, which was not requested")
    size, end = 0, time.monotonic() + bounds.seconds
    for piece in response.iter_bytes():
        size += len(piece)
        if size > bounds.most_bytes:
            raise Retry(f"a response of more than {bounds.most_bytes // _MIB} MiB")
        if time.monotonic() > end:
            raise Retry(f"a response that did not end within {bounds.seconds:.0f} s")
        yield piece


def beginning(response: httpx.Response, most: int = SHORT_BYTES) -> bytes:
    """The first bytes of a body that is shown or looked at, and no more; raises as `pieces`."""
    start = bytearray()
    # a piece may unpack to more than is wanted, and what follows it is left where it is
    for piece in pieces(response, Bounds(most_bytes=1 << 30, seconds=60.0, silent_s=60.0)):
        start += piece[: most - len(start)]
        if len(start) >= most:
            break
    return bytes(start)


def lines(parts: Iterator[bytes]) -> Iterator[str]:
    r"""The lines of a stream: they end with ``\n``, ``\r`` or both, and nothing else ends one.

    U+2028 and its like stand within texts that JSON does not escape.

    Raises:
        UnicodeDecodeError: a line is no UTF-8.
    """
    rest: list[bytes] = []
    held = b""  # a carriage return at the end of a part, of which a line feed may be the other half
    for part in parts:
        text = held + part
        held = b"\r" if text.endswith(b"\r") else b""
        *ended, last = _LINE_END.split(text.removesuffix(b"\r"))
        for line in ended:
            yield b"".join([*rest, line]).decode("utf-8")
            rest.clear()
        rest.append(last)
    if held or any(rest):
        yield b"".join(rest).decode("utf-8")


def message_of(body: JsonValue) -> str:
    """What an error's body says."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail") or error
    return str(error)
