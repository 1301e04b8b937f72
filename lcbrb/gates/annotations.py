"""A report as annotations of a GitHub job: one line a check that is not good.

Data escapes ``%``, CR and LF; a property also ``:`` and ``,`` (GitHub's documentation of workflow
commands and its toolkit).
"""

from __future__ import annotations

from lcbrb.gates import check_text
from lcbrb.gates.report import CheckResult, GateReport, GateVerdict


def workflow_commands(report: GateReport, *, strict: bool) -> list[str]:
    """The commands, the gravest first; GitHub shows ten of a level."""
    clean, name = check_text.clean, check_text.name
    order = [GateVerdict.FAIL, GateVerdict.MISSING, GateVerdict.INCONCLUSIVE]
    checks = [check for check in report.checks if check.verdict in order]
    lines = [
        _command(_level(check, strict=strict), f"lcbrb gate: {name(check)}", _message(check))
        for check in sorted(checks, key=lambda check: order.index(check.verdict))
    ]
    notes = [*check_text.too_small(report), *map(clean, report.notes)]
    return lines + [_command("warning", "lcbrb gate", note) for note in notes]


def _level(check: CheckResult, *, strict: bool) -> str:
    grave = check.verdict is GateVerdict.FAIL or (
        check.blocking if check.verdict is GateVerdict.MISSING else strict
    )
    return "error" if grave else "warning"


def _message(check: CheckResult) -> str:
    lines = [f"{check.verdict}: {check.reason}"]
    if check.lost:
        lines.append(check_text.flips(check)[0])
    return "\n".join(map(check_text.clean, lines))


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={escape_property(title)}::{escape_data(message)}"


def escape_data(text: str) -> str:
    """A command's text."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """A command's property."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")
