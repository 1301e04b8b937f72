"""The results of `lcbrb eval` as JSON documents."""

from __future__ import annotations

from collections.abc import Sequence

from lcbrb import codec
from lcbrb.api.evaluate import BestOfReport, EvalReport, Failure
from lcbrb.rewards.metrics.report import to_json
from lcbrb.types import JsonValue


def eval_document(report: EvalReport) -> dict[str, JsonValue]:
    """Records, comparisons, ranks, the audit, and what failed."""
    return {
        "records": [codec.to_dict(result.record) for result in report.results],
        **to_json(report.report),
        "failures": _failures(report.failures),
        "notes": list(report.notes),
    }


def best_of_document(report: BestOfReport) -> dict[str, JsonValue]:
    """Records, comparisons, and what failed."""
    return {
        "records": [codec.to_dict(result.record) for result in report.results],
        "comparisons": [codec.to_dict(comparison) for comparison in report.comparisons],
        "failures": _failures(report.failures),
        "notes": list(report.notes),
    }


def _failures(failures: Sequence[Failure]) -> list[JsonValue]:
    return [{"subject": failure.subject, "error": str(failure.error)} for failure in failures]
