"""Figures against limits: PASS, FAIL, INCONCLUSIVE where the interval holds the limit."""

from __future__ import annotations

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
    outcome, reason = _against(shortcut.accuracy, limit)
    return AuditCheck(
        name=name,
        outcome=outcome,
        figure=share_text(shortcut.accuracy),
        limit=_at_most(limit),
        reason=reason,
    )


def _doubted(labels: LabelEvidence, limit: float) -> AuditCheck:
    name = "labels in doubt"
    outcome, reason = _against(labels.doubted, limit)
    if outcome is not CheckOutcome.FAIL and not labels.judged_pairs:
        return AuditCheck(
            name=name,
            outcome=CheckOutcome.UNMEASURED,
            figure=share_text(labels.doubted),
            limit=_at_most(limit),
            reason="nobody judged or reviewed the pairs; only contradictions were looked for",
        )
    return AuditCheck(
        name=name,
        outcome=outcome,
        figure=share_text(labels.doubted),
        limit=_at_most(limit),
        reason=reason,
    )


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
        over = cutoff.share_before > limit
        undated = f"; {dates.undated} pairs have no date" if dates.undated else ""
        yield AuditCheck(
            name=name,
            outcome=CheckOutcome.FAIL if over else CheckOutcome.PASS,
            figure=f"{100 * cutoff.share_before:.1f}%",
            limit=_at_most(limit),
            reason=f"{cutoff.before} before {cutoff.date}, {cutoff.after} from then on{undated}",
        )


def _overlaps(overlaps: Sequence[TextOverlap], limit: float) -> Iterator[AuditCheck]:
    if not overlaps:
        yield _unmeasured(
            "overlap with another set", _at_most(limit), "no other set was named (--against SPEC)"
        )
    for overlap in overlaps:
        over = overlap.share > limit
        yield AuditCheck(
            name=f"overlap with {overlap.source}",
            outcome=CheckOutcome.FAIL if over else CheckOutcome.PASS,
            figure=f"{100 * overlap.share:.1f}%",
            limit=_at_most(limit),
            reason=f"{overlap.pairs} pairs of {overlap.problems} problems, by {overlap.method}",
        )


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


def _against(estimate: Estimate, limit: float) -> tuple[CheckOutcome, str]:
    """FAIL where the whole interval lies above the limit, PASS where none of it does."""
    if estimate.low is None or estimate.high is None:
        return CheckOutcome.INCONCLUSIVE, f"no interval ({estimate.method})"
    if estimate.low > limit:
        return CheckOutcome.FAIL, "the whole interval lies above the limit"
    if estimate.high <= limit:
        return CheckOutcome.PASS, "the whole interval lies within the limit"
    return (
        CheckOutcome.INCONCLUSIVE,
        "the interval contains the limit: more problems are needed to decide",
    )


def _unmeasured(name: str, limit: str, why: str) -> AuditCheck:
    return AuditCheck(
        name=name, outcome=CheckOutcome.UNMEASURED, figure="-", limit=limit, reason=why
    )


def _at_most(limit: float) -> str:
    return f"at most {100 * limit:g}%"


def share_text(estimate: Estimate) -> str:
    """``52.0% [45.1, 58.8]``."""
    value = f"{100 * estimate.value:.1f}%"
    if estimate.low is None or estimate.high is None:
        return f"{value} [no interval]"
    return f"{value} [{100 * estimate.low:.1f}, {100 * estimate.high:.1f}]"
