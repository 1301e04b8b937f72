"""What the server did, in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """Counters of one server; `taken` tells how much waits or is under way."""

    def __init__(self, taken: Callable[[], float]) -> None:
        own = self._registry = CollectorRegistry()
        self.requests = Counter(
            "lcbrb_requests", "Requests by path and status code", ["path", "code"], registry=own
        )
        self.verdicts = Counter(
            "lcbrb_verdicts", "Verdicts by benchmark and status", ["given", "status"], registry=own
        )
        self.scores = Counter("lcbrb_scores", "Texts that were scored", registry=own)
        self.seconds = Histogram(
            "lcbrb_request_seconds", "From a request to its answer", ["path"],
            buckets=_SECONDS, registry=own,
        )  # fmt: skip
        waiting = Gauge("lcbrb_waiting", "Programs and texts that wait or run", registry=own)
        waiting.set_function(taken)

    def text(self) -> bytes:
        """All of it."""
        return generate_latest(self._registry)
