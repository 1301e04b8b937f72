"""Numbers and names as people read them, the same in every output.

Names and texts come from models and files of others: `clean` makes one harmless line of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from lcbrb.gates.report import CheckResult, Direction, GateReport, GateVerdict
from lcbrb.types import Estimate

LONGEST = 400
NAMED, NAMED_LONGEST = 10, 40  # problems named, and the characters of each
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # controls, direction marks, unassigned


def clean(text: str) -> str:
    """One line, at most 400 characters, nothing that a terminal or a parser would obey."""
    folded = " ".join(text[: 4 * LONGEST].split())
    folded = folded if len(folded) <= LONGEST else folded[: LONGEST - 1] + "…"
    shown = "".join("\ufffd" if unicodedata.category(c) in _HIDDEN else c for c in folded)
    return shown.replace("##[", "# #[")  # an old form of command that CI finds within a line


def points(share: float, *, sign: bool = True) -> str:
    """A difference in percentage points."""
    return f"{100 * share:{'+' if sign else ''}.1f}"


def percent(estimate: Estimate | None) -> str:
    """A share, without its interval; that of the difference is the one that counts."""
    return "-" if estimate is None else f"{100 * estimate.value:.1f}%"


def interval(estimate: Estimate | None) -> str:
    """The interval of a difference in points, with its level."""
    if estimate is None:
        return "-"
    if estimate.low is None or estimate.high is None:
        return "no interval"
    return f"[{points(estimate.low)}, {points(estimate.high)}]"


def difference(check: CheckResult) -> str:
    """``-3.2 [-6.0, -0.4]``, or a dash."""
    found = check.difference
    return "-" if found is None else f"{points(found.value)} {interval(found)}"


def p_value(value: float | None) -> str:
    """A p value as papers print it."""
    if value is None:
        return "-"
    return "<0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR2004 - as papers print it


def name(check: CheckResult) -> str:
    """Benchmark and metric."""
    return clean(f"{check.benchmark} {check.metric}")


def size(check: CheckResult) -> str:
    """Problems, and pairs where they are not the same number."""
    found = check.difference
    if found is None:
        return "-"
    return str(found.clusters) if found.n == found.clusters else f"{found.clusters} ({found.n})"


def detectable(check: CheckResult) -> str:
    """The minimum detectable drop in points."""
    drop = check.minimum_detectable_drop
    return "-" if drop is None else points(drop, sign=False)


def tolerance(check: CheckResult) -> str:
    """The tolerance in points, with the direction where it is the unusual one."""
    turned = " (lower is better)" if check.direction is Direction.LOWER else ""
    return f"{points(check.tolerance, sign=False)}{turned}"


def method(report: GateReport) -> str:
    """What the numbers rest on, in a sentence or two."""
    tests = sorted({check.test for check in report.checks if check.test})
    levels = {c.difference.level for c in report.checks if c.difference is not None}
    shown = "/".join(f"{100 * level:.4g}%" for level in sorted(levels))
    if not tests:
        return "nothing was compared"
    over = "" if report.tested == 1 else f" over {report.tested} checks together"
    return (
        f"{shown} intervals, {100 * report.alpha:g}% at each end{over} (Holm for FAIL, Bonferroni "
        f"for PASS), clustered by problem; {'; '.join(tests)}"
    )


def flips(what: str, units: Sequence[str]) -> str:
    """``3 worse: a, b, c``, the first ten; nothing where there are none."""
    if not units:
        return ""
    shown = ", ".join(clean(unit)[:NAMED_LONGEST] for unit in units[:NAMED])
    return f"{len(units)} {what}: {shown}{' …' if len(units) > NAMED else ''}"


def headline(report: GateReport) -> str:
    """``FAIL: 1 PASS, 2 FAIL``."""
    counts = dict.fromkeys(GateVerdict, 0)
    for check in report.checks:
        counts[check.verdict] += 1
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    return f"{report.verdict}: {told}"
