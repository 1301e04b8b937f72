"""A report as Markdown, as GitHub shows it in a job's summary."""

from __future__ import annotations

import re

from lcbrb.gates import check_text
from lcbrb.gates.report import GateReport

_MARKUP = re.compile(r"([\\`*_{}\[\]#!|~:@$]|(?<=www)\.)", re.IGNORECASE)
_MOST = 100  # checks shown; a summary may have a megabyte


def markdown(report: GateReport) -> str:
    """Headline, table, reasons, what flipped, notes, method."""
    shown = report.checks[:_MOST]
    flips = [
        f"- {escape(check_text.name(check))}: {escape(line)}"
        for check in shown
        for line in check_text.flips(check)
    ]
    notes = [*report.notes, *(f"{c.benchmark}: {note}" for c in shown for note in c.notes)]
    lines = [
        f"## lcbrb gate: {escape(check_text.headline(report))}",
        "",
        f"{escape(report.candidate)} against the baseline {escape(report.baseline)}",
        "",
        *(f"**{escape(warning)}**\n" for warning in check_text.too_small(report)),
        _row(["verdict", *check_text.CELLS]),
        _row([":--"] * 3 + ["--:"] * (len(check_text.CELLS) - 2)),  # numbers stand to the right
        *(_row([f"**{check.verdict}**", *map(escape, check_text.cells(check))]) for check in shown),
        "",
        *(
            f"- **{escape(check_text.name(check))}**: {check.verdict}, {escape(check.reason)}"
            for check in shown
        ),
    ]
    if len(report.checks) > _MOST:
        lines.append(f"- and {len(report.checks) - _MOST} more checks")
    if flips:
        summary = "<summary>problems that changed</summary>"
        lines += ["", "<details>", summary, "", *flips, "", "</details>"]
    lines += ["", *(f"- note: {escape(note)}" for note in notes)]
    lines += ["", f"<sub>{escape(check_text.method(report))}</sub>", ""]
    return "\n".join(lines)


def escape(text: str) -> str:
    """Text that shows as it is written: no markup, no HTML, no link, no new line or cell."""
    plain = check_text.clean(text)
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKUP.sub(r"\\\1", plain)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
