"""The board as one offline page: its files, its data, and what readers without scripts see."""

from __future__ import annotations

from collections.abc import Sequence

from lcbrb.pages import Page, deflated, render_page
from lcbrb.runs.results import ResultKind
from lcbrb.types import Estimate, JsonValue
from leaderboards.columns import Column
from leaderboards.scoring import Standing

_NONE = "\N{EN DASH}"
_HEADS = ("Model", "Score", "95% interval", "n", "Problems", "Coverage")
_STYLES = "shell.css charts.css board.css".split()
_SHARED = "decode.js dom.js choices.js state.js tables.js charts.js export.js"
_OWN = (
    "stats.js scores.js board_tables.js slider.js plots.js compare.js detail.js saving.js main.js"
)


def render(
    title: str,
    meta: JsonValue,
    data: JsonValue,
    chunks: Sequence[str],
    scored_columns: Sequence[tuple[Column, Sequence[Standing]]],
) -> str:
    """The whole page.

    `data` are the verdicts and `chunks` the texts for the drill-down, both deflated;
    `scored_columns` are columns with their rows' scores, for readers without scripts.
    """
    tables = [
        (f"{column.label} ({column.kind})", [_cells(standing) for standing in rows])
        for column, rows in scored_columns
    ]
    texts = {f"texts-{number}": chunk for number, chunk in enumerate(chunks)}
    return render_page(
        Page(
            package="leaderboards",
            title=title,
            template="board.html",
            styles=_STYLES,
            scripts=f"{_SHARED} {_OWN}".split(),
            meta=meta,
            packed={"verdicts": deflated(data), **texts},
            shown={"heads": _HEADS, "columns": tables},
        )
    )


def _cells(standing: Standing) -> tuple[str, ...]:
    estimate = standing.estimate
    share = standing.row.result.kind is not ResultKind.FIGURES
    return (
        standing.row.name,
        "no score" if estimate is None else _number(estimate.value, share=share),
        _interval(estimate, share=share),
        _NONE if estimate is None else str(estimate.n),
        _NONE if estimate is None else str(estimate.clusters),
        f"{100 * standing.coverage:.0f}%" if share else _NONE,
    )


def _number(value: float, *, share: bool) -> str:
    return f"{100 * value:.1f}%" if share else f"{value:.4g}"


def _interval(estimate: Estimate | None, *, share: bool) -> str:
    if estimate is None or estimate.low is None or estimate.high is None:
        return "none"
    low, high = estimate.low, estimate.high
    return f"{_number(low, share=share)} to {_number(high, share=share)}"
