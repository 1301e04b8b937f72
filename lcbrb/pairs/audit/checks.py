"""Figures against limits: PASS, FAIL, INCONCLUSIVE where the interval holds the limit."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from lcbrb.pairs.audit.report import (
    AuditCheck,
    CheckOutcome,
    Dates,
    Detectable,
    LabelEvidence,
    Shortcut,
    TextOverlap,
)
from lcbrb.pairs.audit.thresholds import Thresholds
from lcbrb.stats.estimate_text import interval
from lcbrb.types import Estimate

#: which limit each shortcut is held to; those that are not here are told, and held to none
LIMITS = {
    "length": "length",
    "format": "format",
    "words": "words",
    "code alone": "code",
    "tone": "verdict",
}


def checks(  # noqa: PLR0913, PLR0917 - a figure of each part of an audit
    shortcuts: Sequence[Shortcut],
    labels: LabelEvidence,
    dates: Dates,
    overlaps: Sequence[TextOverlap],
    detectable: Detectable,
    limits: Thresholds,
) -> tuple[AuditCheck, ...]:
    """Every figure that has a limit, in the order in which they are shown."""
    results = [_shortcut(shortcut, limits) for shortcut in shortcuts if shortcut.name in LIMITS]
    results.append(_doubted(labels, limits.doubted))
    results += _cutoffs(dates, limits.before_cutoff)
    results += _overlaps(overlaps, limits.overlap)
    results.append(_detectable(detectable, limits.detectable))
    return tuple(results)


def _shortcut(shortcut: Shortcut, limits: Thresholds) -> AuditCheck:
    limit = float(getattr(limits, LIMITS[shortcut.name]))
    name = f"{shortcut.name} reaches"
    if shortcut.accuracy is None:
        return _unmeasured(name, _at_most(limit), shortcut.why)
    return _against(name, shortcut.accuracy, limit)


def _doubted(labels: LabelEvidence, limit: float) -> AuditCheck:
    check = _against("labels in doubt", labels.doubted, limit)
    if check.outcome is CheckOutcome.FAIL or labels.judged_pairs:
        return check
    why = "nobody judged or reviewed the pairs; only contradictions were looked for"
    return dataclasses.replace(check, outcome=CheckOutcome.UNMEASURED, reason=why)


def _cutoffs(dates: Dates, limit: float) -> Iterator[AuditCheck]:
    if not dates.cutoffs:
        yield _unmeasured(
            "pairs before a cut-off",
            _at_most(limit),
            "no training cut-off was given (--cutoff NAME=DATE)",
        )
    for cutoff in dates.cutoffs:
        name = f"pairs before the cut-off of {cutoff.name}"
        if cutoff.share_before is None:
            yield _unmeasured(name, _at_most(limit), "no pair gives its problem's release date")
            continue
        undated = f"; {dates.undated} pairs have no date" if dates.undated else ""
        why = f"{cutoff.before} before {cutoff.date}, {cutoff.after} from then on{undated}"
        yield _held(name, cutoff.share_before, limit, why)


def _overlaps(overlaps: Sequence[TextOverlap], limit: float) -> Iterator[AuditCheck]:
    if not overlaps:
        yield _unmeasured(
            "overlap with another set", _at_most(limit), "no other set was named (--against SPEC)"
        )
    for overlap in overlaps:
        why = f"{overlap.pairs} pairs of {overlap.problems} problems, by {overlap.method}"
        yield _held(f"overlap with {overlap.source}", overlap.share, limit, why)


def _detectable(detectable: Detectable, limit: float) -> AuditCheck:
    difference = detectable.difference
    over = difference is None or difference > limit
    return AuditCheck(
        name="detectable difference",
        outcome=CheckOutcome.FAIL if over else CheckOutcome.PASS,
        figure="none" if difference is None else f"{100 * difference:.1f} points",
        limit=f"at most {100 * limit:g} points",
        reason=f"as {detectable.independent_pairs:.0f} independent pairs; two reward models that "
        f"differ on {100 * detectable.discordance:g}% of pairs",
    )


def _held(name: str, share: float, limit: float, reason: str) -> AuditCheck:
    """A share that was counted, and has no interval."""
    return AuditCheck(
        name=name,
        outcome=CheckOutcome.FAIL if share > limit else CheckOutcome.PASS,
        figure=f"{100 * share:.1f}%",
        limit=_at_most(limit),
        reason=reason,
    )


def _against(name: str, estimate: Estimate, limit: float) -> AuditCheck:
    """FAIL where the whole interval lies above the limit, PASS where none of it does."""
    outcome = CheckOutcome.INCONCLUSIVE
    reason = "the interval contains the limit: more problems are needed to decide"
    if estimate.low is None or estimate.high is None:
        reason = f"no interval ({estimate.method})"
    elif estimate.low > limit:
        outcome, reason = CheckOutcome.FAIL, "the whole interval lies above the limit"
    elif estimate.high <= limit:
        outcome, reason = CheckOutcome.PASS, "the whole interval lies within the limit"
    return AuditCheck(
        name=name,
        outcome=outcome,
        figure=interval(estimate),
        limit=_at_most(limit),
        reason=reason,
    )


def _unmeasured(name: str, limit: str, why: str) -> AuditCheck:
    return AuditCheck(
        name=name, outcome=CheckOutcome.UNMEASURED, figure="-", limit=limit, reason=why
    )


def _at_most(limit: float) -> str:
    return f"at most {100 * limit:g}%"
