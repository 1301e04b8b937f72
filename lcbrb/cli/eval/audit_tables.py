"""The bias audit of `lcbrb eval` as tables: length and format, position, calibration."""

from __future__ import annotations

from lcbrb.cli.tables import model_table
from lcbrb.cli.terminal import Table, Terminal
from lcbrb.rewards.metrics import position
from lcbrb.rewards.metrics.audit import Audit
from lcbrb.rewards.metrics.report import Report
from lcbrb.stats.estimate_text import interval
from lcbrb.types import Estimate

_UNREAD = ("unparsable", "replies_read", "replies_unparsable", "replies_truncated")
_LENGTH = ("accuracy", "equal length", "chosen longer", "chosen shorter", "prefers longer")


def show_audit(out: Terminal, report: Report) -> None:
    """The tables that have a row."""
    out.print(_length(report))
    if any(row.length and row.length.extrapolated for row in _rows(report).values()):
        out.print(
            "* nearly all chosen sides are longer, or nearly all are shorter: accuracy at equal "
            "length is an extrapolation, and length alone tells the sides apart"
        )
    for table in (_position(report), _calibration(report)):
        if table.row_count:
            out.print(table)


def _rows(report: Report) -> dict[str, Audit]:
    """The models, then the baselines that are not among them."""
    models = {run.record.subject: run.audit for run in report.ranked}
    alone = {name: baseline for name, baseline in report.baselines.items() if name not in models}
    return models | {f"({name} alone)": baseline for name, baseline in alone.items()}


def _length(report: Report) -> Table:
    table = model_table("audit: length and format, % [95%]", *_LENGTH)
    for name, measures in _rows(report).items():
        table.add_row(
            name,
            _short(measures.accuracy),
            _equal_length(measures),
            *(_short(measures.by_sign.get(sign)) for sign in _LENGTH[2:4]),
            _short(measures.prefers_longer),
        )
    return table


def _equal_length(measures: Audit) -> str:
    if measures.length is None:
        return "-"
    return _short(measures.length.equal) + ("*" if measures.length.extrapolated else "")


def _position(report: Report) -> Table:
    heads = ("order changes it", "first place", "unparsable", "replies read", "unread", "cut")
    table = model_table("audit: position", *heads)
    for run in report.ranked:
        figures, counts = run.audit.position, run.record.counts
        if "unparsable" in counts:  # a judge, or an ensemble with one that left pairs unread
            table.add_row(
                run.record.subject,
                interval(figures.get(position.ORDER_CHANGES)),
                interval(figures.get(position.FIRST_PLACE)),
                *(str(counts.get(name, "-")) for name in _UNREAD),
            )
    return table


def _calibration(report: Report) -> Table:
    heads = ("error (ECE) [95%]", "by chance", "overconfidence [95%]", "Brier [95%]")
    table = model_table("audit: calibration of sigma(margin)", *heads)
    for run in report.ranked:
        figures = run.audit.calibration
        if figures is not None:
            table.add_row(
                run.record.subject,
                interval(figures.ece),
                f"{100 * figures.ece_by_chance:.1f}%",
                interval(figures.overconfidence),
                interval(figures.brier, ".3f", scale=1, unit=""),
            )
    return table


def _short(estimate: Estimate | None) -> str:
    """``62.6 [56, 69]``: five of them fit beside a name."""
    if estimate is None:
        return "-"
    if estimate.low is None or estimate.high is None:
        return f"{100 * estimate.value:.1f} [-]"
    return f"{100 * estimate.value:.1f} [{100 * estimate.low:.0f}, {100 * estimate.high:.0f}]"
