"""What a server is told, checked before it listens."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from pydantic import PositiveFloat, PositiveInt

from lcbrb.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """Bounds of a server.

    Attributes:
        queue: programs and texts that may be waiting or under way; what is asked beyond it is
            answered by 429 and a time to come again.
        batch: of them in one request.
        body_mib: of a request, as it is sent.
        body_s: seconds in which a request must have come.
        connections: at a time.
        text_batch: texts that the reward model is given at a time, of whichever requests.
    """

    queue: PositiveInt = 4096
    batch: PositiveInt = 1024
    body_mib: PositiveInt = 64
    body_s: PositiveFloat = 60.0
    connections: PositiveInt = 1024
    text_batch: PositiveInt = 64

    def __post_init__(self) -> None:
        if self.batch > self.queue:
            raise UsageError(
                f"batch {self.batch} is more than queue {self.queue}, so a full batch could "
                "never be accepted"
            )


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own, which no other machine reaches."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_address(host: str, token: str) -> None:
    """Hold that who listens to other machines asks them for a token.

    Raises:
        UsageError: it would not.
    """
    if not token and not is_loopback(host):
        raise UsageError(
            f"--host {host} can be reached from other machines: set LCBRB_SERVE_TOKEN to a "
            "secret, which clients send as `Authorization: Bearer …`"
        )
    if token and (not token.isascii() or not token.isprintable() or " " in token):
        raise UsageError("LCBRB_SERVE_TOKEN: expected ASCII letters without spaces")
