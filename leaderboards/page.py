"""The page: templates and data into one HTML file that asks nobody for anything.

The style and the script stand in the file, named by their hash in a content security policy that
allows these two and nothing else: no request, no frame, no form, no other script. Data are JSON in
script elements of a type that browsers don't run; the script shows them by `textContent` only.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Sequence
from importlib.resources import files

from lcbrb.pages.packing import deflated, island, printable
from lcbrb.types import Estimate, JsonValue
from leaderboards.collecting import Kind
from leaderboards.columns import Column
from leaderboards.scoring import Standing

_NONE = "\N{EN DASH}"
SHARED = {"decode.js", "dom.js", "charts.js", "plots.js"}
SCRIPTS = (
    "decode.js",
    "stats.js",
    "scores.js",
    "state.js",
    "dom.js",
    "table.js",
    "slider.js",
    "charts.js",
    "plots.js",
    "compare.js",
    "detail.js",
    "export.js",
    "main.js",
)


def render(
    title: str,
    meta: JsonValue,
    data: JsonValue,
    chunks: Sequence[str],
    found: Sequence[tuple[Column, Sequence[Standing]]],
) -> str:
    """The whole page.

    Args:
        title: of the page.
        meta: what the page needs at once: columns, models, rows.
        data: the verdicts; deflated.
        chunks: deflated texts, for the drill-down.
        found: the columns and their rows' standing, for the table that readers without scripts see.
    """
    style = _template("style.css")
    body = "".join(_template(name) for name in SCRIPTS)
    script = f'(() => {{\n"use strict";\n{body}}})();\n'
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )
    texts = "\n".join(
        f'<script type="text/plain" id="texts-{number}">{chunk}</script>'
        for number, chunk in enumerate(chunks)
    )
    parts = {
        "policy": policy,
        "title": html.escape(printable(title)),
        "style": style,
        "static": "".join(_static_table(*one) for one in found),
        "meta": island(meta),
        "data": deflated(data),
        "texts": texts,
        "script": script,
    }
    pieces = _template("page.html").split("{{")
    done = [pieces[0]]
    for piece in pieces[1:]:  # one pass: what is filled in is never searched for marks
        name, _, rest = piece.partition("}}")
        done += [parts[name], rest]
    return "".join(done)


def _template(name: str) -> str:
    package = "lcbrb.pages" if name in SHARED else "leaderboards"
    return (files(package) / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


# ---------------------------------------------------------------------- for want of scripts


def _static_table(column: Column, ranked: Sequence[Standing]) -> str:
    heads = ("Rank", "Model", "Score", "95% interval", "n", "Problems", "Coverage")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    rows = "".join(_static_row(one) for one in ranked)
    caption = html.escape(printable(f"{column.label} ({column.kind})"))
    return (
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _static_row(one: Standing) -> str:
    estimate = one.estimate
    share = one.row.entry.kind is not Kind.FIGURES
    cells = (
        _NONE if one.rank is None else str(one.rank),
        one.row.name,
        "no score" if estimate is None else _number(estimate.value, share=share),
        _interval(estimate, share=share),
        _NONE if estimate is None else str(estimate.n),
        _NONE if estimate is None else str(estimate.clusters),
        f"{100 * one.coverage:.0f}%" if share else _NONE,
    )
    return "<tr>" + "".join(f"<td>{html.escape(printable(cell))}</td>" for cell in cells) + "</tr>"


def _number(value: float, *, share: bool) -> str:
    return f"{100 * value:.1f}%" if share else f"{value:.4g}"


def _interval(estimate: Estimate | None, *, share: bool) -> str:
    if estimate is None or estimate.low is None or estimate.high is None:
        return "none"
    low, high = estimate.low, estimate.high
    return f"{_number(low, share=share)} to {_number(high, share=share)}"
