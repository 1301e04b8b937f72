"""An audit as tables for people."""

from __future__ import annotations

from collections.abc import Sequence

from lcbrb.cli.terminal import Table, console
from lcbrb.pairs.audit.page import summary
from lcbrb.pairs.audit.report import PairAudit
from lcbrb.pairs.audit.side_by_side import side_by_side
from lcbrb.stats.estimate_text import interval

_WORDS = 6


def show_audit(audit: PairAudit) -> None:
    """The shortcuts, what they go by, and the checks; the page has the rest."""
    out = console()
    table = Table("ranker", "reads", title=f"audit of {audit.name}", title_justify="left")
    for name in ("accuracy [95%]", "n"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("based on: chosen / rejected", overflow="fold")
    for shortcut in audit.shortcuts:
        chosen = [weight.feature for weight in shortcut.telling if weight.weight > 0][:_WORDS]
        rejected = [weight.feature for weight in shortcut.telling[::-1] if weight.weight < 0][
            :_WORDS
        ]
        goes_by = (
            f"{', '.join(chosen)} / {', '.join(rejected)}" if shortcut.telling else shortcut.why
        )
        count = str(shortcut.accuracy.n) if shortcut.accuracy else "-"
        table.add_row(shortcut.name, shortcut.reads, interval(shortcut.accuracy), count, goes_by)
    out.print(table)
    checks = Table("check", "outcome", "figure", "limit", "why", title="checks")
    for check in audit.checks:
        row = (check.name, check.outcome.value, check.figure, check.limit, check.reason)
        checks.add_row(*row)
    out.print(checks)
    out.print(summary(audit))


def show_audits(audits: Sequence[PairAudit]) -> None:
    """Several sets in one table; what each goes by and why a check failed is on its page."""
    out = console()
    heads, *rows = side_by_side(audits)
    table = Table(*heads[:1], title="audits side by side", title_justify="left")
    for name in heads[1:]:
        table.add_column(name, justify="right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    out.print(table)
    out.print("(!) its check fails")
    for audit in audits:
        out.print(f"{audit.name}: {summary(audit)}")
