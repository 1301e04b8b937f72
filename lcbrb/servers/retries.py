"""When to send the next request: rate limits, pauses that a server asks for, and giving up."""

from __future__ import annotations

import email.utils
import logging
import math
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from lcbrb.errors import IncompleteRunError

_FIRST_S, _LONGEST_S = 0.5, 60.0
_TRIES = 8
_TELL_S = 10.0  # between two words on failures

_LOG = logging.getLogger(__name__)


class Stopped(Exception):  # noqa: N818 - no error: nobody wants the answer any more
    """The reader went away."""


class Retry(Exception):  # noqa: N818 - no error yet
    """A request that failed in a way that may pass.

    `after_s` is what the server asked for; `silent`: it did not answer at all.
    """

    def __init__(self, reason: str, after_s: float | None = None, *, silent: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.after_s, self.silent = reason, after_s, silent


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a response asks to wait: ``Retry-After`` as a number or a date."""
    text = headers.get("retry-after", "")
    with suppress(ValueError):
        return max(0.0, float(text))
    with suppress(ValueError):
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    return None


@dataclass(slots=True, kw_only=True)
class Failures:
    """How often one request failed, and how many others had succeeded before the first time."""

    count: int = 0
    successes_before: int = 0


@dataclass(kw_only=True)
class Pacer:
    """What all workers of one server share.

    Args:
        server: in words, for messages.
        patience_s: how long the server may answer nothing at all before the run stops.
        per_minute: the most requests a minute; None for no limit.
    """

    server: str
    patience_s: float
    per_minute: float | None = None
    successes: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: float = 0.0  # when the next request may be sent
    _answered: float = field(default_factory=time.monotonic)
    _draw: Random = field(default_factory=Random)  # spreads retries; in no result
    _failed: int = 0  # since it last answered
    _told: float = -math.inf  # when a failure was last said

    def wait(self) -> None:
        """Wait for a turn.

        Raises:
            Stopped: the reader went away meanwhile.
        """
        while True:
            with self._lock:
                now = time.monotonic()
                pause = self._next - now
                if pause <= 0:
                    if self.per_minute:
                        self._next = now + 60 / self.per_minute
                    break
            self._sleep(pause)
        if self.stopped.is_set():
            raise Stopped

    def succeeded(self) -> None:
        """A request was answered."""
        with self._lock:
            self.successes += 1
            self._answered = time.monotonic()
            self._failed = 0

    def failed(self, failures: Failures, problem: Retry) -> bool:
        """Wait after a failure; False where this one request is to be given up.

        Raises:
            IncompleteRunError: the server has answered nothing for too long.
            Stopped: the reader went away meanwhile.
        """
        if not failures.count:
            failures.successes_before = self.successes
        failures.count += 1
        if failures.count >= _TRIES and self.successes - failures.successes_before >= _TRIES:
            return False  # others are answered, this one never
        growing = min(_LONGEST_S, _FIRST_S * 2 ** (failures.count - 1))
        pause = growing * (0.5 + self._draw.random() / 2)
        if problem.after_s is not None:
            pause = problem.after_s
            with self._lock:  # for everyone: the server said so
                self._next = max(self._next, time.monotonic() + pause)
        silent = time.monotonic() - self._answered
        asked = problem.after_s or 0.0
        if silent + asked > self.patience_s:
            how = f"has been silent for {silent:.0f} s"
            if not problem.silent:
                how = f"has answered only with errors for {silent:.0f} s"
            if asked:
                how = f"asks to wait {asked:.0f} s"
            raise IncompleteRunError(
                f"{self.server} {how} ({problem.reason}), and {self.patience_s:.0f} s is the "
                "limit (?patience_s=…). Earlier answers are kept: run the same command again "
                "once it answers"
            )
        self._tell(problem, silent)
        self._sleep(min(pause, max(self.patience_s - silent, 0.0) + _FIRST_S))
        return True

    def _tell(self, problem: Retry, silent: float) -> None:
        """Say that requests fail: the first one at once, then now and then."""
        with self._lock:
            self._failed += 1
            failed, now = self._failed, time.monotonic()
            if now - self._told < _TELL_S:
                return
            self._told = now
        since = f" ({failed} failures, nothing else for {silent:.0f} s)" if failed > 1 else ""
        _LOG.warning(
            "%s: %s%s; asked again until %.0f s have passed without an answer",
            self.server,
            problem.reason,
            since,
            self.patience_s,
        )

    def _sleep(self, seconds: float) -> None:
        if self.stopped.wait(seconds):
            raise Stopped
