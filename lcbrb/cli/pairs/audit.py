"""`lcbrb pairs audit`: what pairs give away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson, Seed
from lcbrb.cli.written_files import AUDIT, AUDIT_PAGE, Force, check_output

FAILED, OPEN = 1, 5  # exit codes
AUDIT_FILE, PAGE_FILE = "audit.json", "audit.html"


def audit(
    pairs: Annotated[
        str,
        typer.Argument(
            metavar="PAIRS", help="A name, a file, a folder or a hub data set, as eval takes."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write audit.json and the page audit.html there."),
    ] = None,
    thresholds: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Limits and cut-offs, TOML (docs/pairs-audit.md)."),
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPEC",
            help="Look for overlaps with a benchmark, pairs, a file of texts, or a model that "
            "lcbrb trained; several allowed.",
        ),
    ] = None,
    cutoff: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=DATE", help="A stated cut-off, as Qwen2.5=2024-06-30; several allowed."
        ),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(metavar="hf:MODEL", help="An encoder, to look for overlaps in meaning too."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="About so many pairs: a draw of whole problems.")
    ] = None,
    seed: Seed = 0,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with 5 where a check is inconclusive.")
    ] = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Measure what pairs give away: length, format, words, code, verdicts, labels, dates, copies.

    What rankers reach that read no reasoning is cross-validated by problem, with intervals. Each
    figure has a limit: FAIL ends with 1 where the whole interval lies beyond it.
    """
    import lcbrb
    from lcbrb import codec
    from lcbrb.cli.output import print_notes
    from lcbrb.cli.pairs.audit_output import show_audit
    from lcbrb.cli.progress import BARS
    from lcbrb.cli.terminal import say_document
    from lcbrb.pairs.audit.report import CheckOutcome

    if out is not None:
        read = [pairs, *(against or ()), *([thresholds] if thresholds else [])]
        check_output(out / AUDIT_FILE, AUDIT, inputs=read, force=force)
        check_output(out / PAGE_FILE, AUDIT_PAGE, inputs=read, force=force)
    audited = lcbrb.audit_pairs(
        pairs,
        thresholds=thresholds,
        against=against or (),
        cutoffs=_cutoffs(cutoff or ()),
        encoder=encoder,
        limit=limit,
        seed=seed,
        progress=BARS,
    )
    if out is not None:
        codec.write_text(out / AUDIT_FILE, codec.encode_pretty(audited))
        codec.write_text(out / PAGE_FILE, lcbrb.build_audit_page(audited))
    if as_json:
        say_document(codec.encode_pretty(audited))
    else:
        show_audit(audited)
        print_notes(audited.notes)
    if audited.failed:
        raise typer.Exit(FAILED)
    if strict and any(one.outcome is CheckOutcome.INCONCLUSIVE for one in audited.checks):
        raise typer.Exit(OPEN)


def _cutoffs(given: Iterable[str]) -> dict[str, dt.date]:
    """``NAME=DATE`` as a mapping.

    Raises:
        UsageError: a part in another form, or a name that comes twice.
    """
    from lcbrb.errors import UsageError

    found: dict[str, dt.date] = {}
    for text in given:
        name, _, date = text.rpartition("=")
        if not name.strip():
            raise UsageError(f"--cutoff '{text}' is not NAME=DATE, as Qwen2.5=2024-06-30")
        if name.strip() in found:
            raise UsageError(f"--cutoff: '{name.strip()}' is given twice")
        try:
            found[name.strip()] = dt.date.fromisoformat(date.strip())
        except ValueError:
            raise UsageError(f"--cutoff '{text}': {date} is no date like 2024-06-30") from None
    return found
