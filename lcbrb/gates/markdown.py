"""A report as Markdown, as GitHub shows it in a job's summary."""

from __future__ import annotations

import re

from lcbrb.gates import words
from lcbrb.gates.report import CheckResult, GateReport

_COLUMNS = (
    ("verdict", False),
    ("benchmark", False),
    ("metric", False),
    ("baseline", True),
    ("candidate", True),
    ("points", True),
    ("p (Holm)", True),
    ("accepted drop", True),
    ("could be told", True),
    ("problems", True),
)
_MARKUP = re.compile(r"([\\`*_{}\[\]#!|~:@$]|(?<=www)\.)", re.IGNORECASE)
_MOST = 100  # checks shown; a summary may have a megabyte


def markdown(report: GateReport) -> str:
    """Headline, table, reasons, notes, method."""
    lines = [
        f"## lcbrb gate: {escape(words.headline(report))}",
        "",
        f"{escape(report.candidate)} against the baseline {escape(report.baseline)}",
        "",
        _row([name for name, _ in _COLUMNS]),
        _row(["--:" if right else ":--" for _, right in _COLUMNS]),
    ]
    shown = report.checks[:_MOST]
    lines += [_row(_cells(check)) for check in shown]
    lines.append("")
    lines += [
        f"- **{escape(words.name(check))}**: {check.verdict}, {escape(check.reason)}"
        for check in shown
    ]
    if len(report.checks) > _MOST:
        lines.append(f"- and {len(report.checks) - _MOST} more checks")
    lines += _details(shown)
    notes = [*report.notes, *(f"{c.benchmark}: {note}" for c in shown for note in c.notes)]
    lines += ["", *(f"- note: {escape(note)}" for note in notes)]
    lines += ["", f"<sub>{escape(words.method(report))}</sub>", ""]
    return "\n".join(lines)


def escape(text: str) -> str:
    """Text that shows as it is written: no markup, no HTML, no link, no new line or cell."""
    plain = words.clean(text)
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKUP.sub(r"\\\1", plain)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(check: CheckResult) -> list[str]:
    found = [
        check.benchmark,
        check.metric or "-",
        words.percent(check.baseline),
        words.percent(check.candidate),
        words.difference(check),
        words.p_value(check.p_adjusted),
        words.tolerance(check),
        words.detectable(check),
        words.size(check),
    ]
    return [f"**{check.verdict}**", *map(escape, found)]


def _details(checks: tuple[CheckResult, ...]) -> list[str]:
    """What flipped, folded away."""
    lines = [
        f"- {escape(words.name(check))}: {escape(flips)}"
        for check in checks
        for flips in (words.flips("worse", check.lost), words.flips("better", check.won))
        if flips
    ]
    if not lines:
        return []
    summary = "<summary>problems that changed</summary>"
    return ["", "<details>", summary, "", *lines, "", "</details>"]
