"""Checks in words: what the terminal, Markdown, JUnit, annotations and pytest show of them alike.

Names and texts come from models and files of others: `clean` makes one harmless line of them.
"""

from __future__ import annotations

import re

from lcbrb.gates.report import CheckResult, Direction, GateReport, GateVerdict
from lcbrb.stats.groups import p_text
from lcbrb.types import Estimate
from lcbrb.visible import is_hidden

LONGEST = 400
_NAMED, _NAMED_LONGEST = 10, 40  # problems named, and the characters of each
_HASH = re.compile("[0-9a-f]{40,}")  # a pair's id
_NONE = "-"
CELLS = (
    *("benchmark", "metric", "baseline", "candidate", "points"),
    *("p (Holm)", "tolerance", "detectable drop", "problems"),
)


def clean(text: str) -> str:
    """One line, at most 400 characters, nothing that a terminal or a parser would obey."""
    folded = " ".join(text[: 4 * LONGEST].split())
    folded = folded if len(folded) <= LONGEST else folded[: LONGEST - 1] + "…"
    shown = "".join("\ufffd" if is_hidden(c) else c for c in folded)
    return shown.replace("##[", "# #[")  # an old form of command that CI finds within a line


def points(share: float, *, sign: bool = True) -> str:
    """A difference in percentage points."""
    return f"{100 * share:{'+' if sign else ''}.1f}"


def interval(estimate: Estimate | None) -> str:
    """The interval of a difference in points."""
    if estimate is None:
        return _NONE
    if estimate.low is None or estimate.high is None:
        return "no interval"
    return f"[{points(estimate.low)}, {points(estimate.high)}]"


def name(check: CheckResult) -> str:
    """Benchmark and metric."""
    return clean(f"{check.benchmark} {check.metric}")


def finding(check: CheckResult) -> str:
    """``humaneval+ pass@1: FAIL, worse by …``."""
    return clean(f"{name(check)}: {check.verdict}, {check.reason}")


def cells(check: CheckResult) -> list[str]:
    """What tables show of a check beside its verdict, in the order of `CELLS`; all are `clean`."""
    turned = " (lower is better)" if check.direction is Direction.LOWER else ""
    difference, problems, detectable = _NONE, _NONE, _NONE
    if (estimate := check.difference) is not None:
        difference = f"{points(estimate.value)} {interval(estimate)}"
        pairs = (
            "" if estimate.n == estimate.clusters else f" ({estimate.n})"
        )  # where these are not the same
        problems = f"{estimate.clusters}{pairs}"
    if check.minimum_detectable_drop is not None:
        detectable = points(check.minimum_detectable_drop, sign=False)
    return [
        clean(check.benchmark),
        clean(check.metric) or _NONE,
        _percent(check.baseline),
        _percent(check.candidate),
        difference,
        p_text(check.p_adjusted),
        f"{points(check.tolerance, sign=False)}{turned}",
        detectable,
        problems,
    ]


def _percent(estimate: Estimate | None) -> str:
    """A share, without its interval; that of the difference is the one that counts."""
    return _NONE if estimate is None else f"{100 * estimate.value:.1f}%"


def flips(check: CheckResult) -> list[str]:
    """``3 worse: a, b, c`` and the same of those that got better, the first ten of each.

    Hashes (ids of pairs) are cut to the 8 digits, or the more, that tell these apart.
    """
    hashes = {unit for unit in (*check.lost, *check.won) if _HASH.fullmatch(unit)}
    digits = 8
    while len({unit[:digits] for unit in hashes}) < len(hashes):
        digits += 1

    def named(unit: str) -> str:
        return unit[:digits] if unit in hashes else clean(unit)[:_NAMED_LONGEST]

    return [
        f"{len(units)} {what}: "
        + ", ".join(map(named, units[:_NAMED]))
        + (" …" if len(units) > _NAMED else "")
        for what, units in (("worse", check.lost), ("better", check.won))
        if units
    ]


def undecidable(check: CheckResult) -> bool:
    """Whether a comparison was made that could not FAIL, however much worse the candidate were."""
    open_ = check.verdict is GateVerdict.INCONCLUSIVE
    return open_ and check.difference is not None and check.minimum_detectable_drop is None


def too_small(report: GateReport) -> list[str]:
    """A sentence on each check that could not have failed: its benchmark is too small."""
    return [
        clean(
            f"WARNING: {name(check)} can't decide anything: {_problems(check)} are too few to "
            "detect even a drop from 100% to 0%. Use more problems"
        )
        for check in report.checks
        if undecidable(check)
    ]


def _problems(check: CheckResult) -> str:
    count = check.difference.clusters if check.difference else 0
    return f"{count} problem{'s' * (count != 1)}"


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


def headline(report: GateReport) -> str:
    """``FAIL: 1 PASS, 2 FAIL``."""
    verdicts = [check.verdict for check in report.checks]
    counts = {verdict: verdicts.count(verdict) for verdict in GateVerdict}
    counted = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    small = sum(map(undecidable, report.checks))
    return f"{report.verdict}: {counted}{f', {small} of them TOO SMALL TO DECIDE' if small else ''}"
