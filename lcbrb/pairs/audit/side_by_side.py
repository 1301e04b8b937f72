"""Audits of several sets of pairs as one table: a column for each set, a line for each figure."""

from __future__ import annotations

from collections.abc import Sequence

from lcbrb.pairs.audit.report import CheckOutcome, PairAudit
from lcbrb.stats.estimate_text import interval

_NONE = "-"
_SIZES = ("pairs", "problems")
_REACHES, _FAILING = " reaches", "checks that fail"


def side_by_side(audits: Sequence[PairAudit]) -> list[list[str]]:
    """The table's rows, the first with the sets' names.

    A figure that no set has is left out. "(!)" stands behind one whose check fails.
    """
    columns = [_figures(audit) for audit in audits]
    labels = dict.fromkeys(name for column in columns for name in column)
    names = sorted(labels, key=_place)
    rows = [[name, *(column.get(name, _NONE) for column in columns)] for name in names]
    return [["", *(audit.name for audit in audits)], *rows]


def _place(name: str) -> int:
    """Sizes first, then what rankers reach, then the rest; how many checks fail comes last."""
    if name in _SIZES:
        return 0
    return 1 if name.endswith(_REACHES) else 3 if name == _FAILING else 2


def _figures(audited: PairAudit) -> dict[str, str]:
    """What stands in a set's column, by the name of the line; a check's line has its name."""
    figures = dict(zip(_SIZES, map(str, (audited.pairs, audited.problems)), strict=True))
    for shortcut in audited.shortcuts:
        if shortcut.accuracy:
            figures[f"{shortcut.name}{_REACHES}"] = interval(shortcut.accuracy)
    if audited.labels.judged_pairs:
        figures["labels in doubt"] = interval(audited.labels.doubted)
    if (difference := audited.detectable.difference) is not None:
        figures["detectable difference"] = f"{100 * difference:.1f} points"
    for overlap in audited.overlaps:
        figures[f"overlap with {overlap.source}"] = f"{100 * overlap.share:.1f}%"
    failed = [check.name for check in audited.checks if check.outcome is CheckOutcome.FAIL]
    for name in failed:
        figures[name] = f"{figures.get(name, '')} (!)".strip()
    return {**figures, _FAILING: str(len(failed))}
