"""`lcbrb pairs audit`: what pairs give away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson, Quiet, Seed
from lcbrb.cli.written_files import AUDIT, AUDIT_PAGE, Force, check_output

FAILED, OPEN = 1, 5  # exit codes
AUDIT_FILE, PAGE_FILE = "audit.json", "audit.html"


def audit(
    pairs: Annotated[
        list[str],
        typer.Argument(
            metavar="PAIRS...",
            help="Pairs to audit: a name, a file, a folder or a hub data set, as in `eval`. "
            "Several sets share one table.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write audit.json and the page audit.html to this folder, or to FOLDER/<set> "
            "for several sets.",
        ),
    ] = None,
    thresholds: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="TOML file with the limits of the checks and models' training cut-offs "
            "(docs/pairs-audit.md).",
        ),
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPEC",
            help="Look for overlap with a benchmark, pairs, a file of texts, or the training "
            "data of a model that lcbrb trained. Repeat for several.",
        ),
    ] = None,
    cutoff: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=DATE",
            help="Training cut-off of a model, such as Qwen2.5=2024-06-30. Repeat for several.",
        ),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(
            metavar="hf:MODEL", help="Encoder with which to look for overlap in meaning as well."
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1, help="Audit only about this many pairs, drawn at random by whole problems."
        ),
    ] = None,
    seed: Seed = 0,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with code 5 if a check is inconclusive.")
    ] = False,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Measure what pairs give away: length, format, words, code, verdicts, labels, dates, copies.

    Measures how often rankers that read no reasoning pick the right side, cross-validated by
    problem, with intervals. Each figure has a limit; a check fails (exit code 1) if the whole
    interval lies beyond it.
    """
    import lcbrb
    from lcbrb import codec
    from lcbrb.cli.output import print_json, print_notes
    from lcbrb.cli.pairs.audit_output import show_audit, show_audits
    from lcbrb.cli.progress import shown_unless
    from lcbrb.cli.terminal import say_document
    from lcbrb.pairs.audit.report import CheckOutcome

    folders = _folders(out, pairs)
    for folder in folders:
        read = [*pairs, *(against or ()), *([thresholds] if thresholds else [])]
        check_output(folder / AUDIT_FILE, AUDIT, inputs=read, force=force)
        check_output(folder / PAGE_FILE, AUDIT_PAGE, inputs=read, force=force)
    audits = lcbrb.audit_pair_sets(
        pairs,
        thresholds=thresholds,
        against=against or (),
        cutoffs=_cutoffs(cutoff or ()),
        encoder=encoder,
        limit=limit,
        seed=seed,
        progress=shown_unless(quiet),
    )
    for folder, audited in zip(folders, audits, strict=False):  # none without --out
        codec.write_text(folder / AUDIT_FILE, codec.encode_pretty(audited))
        codec.write_text(folder / PAGE_FILE, lcbrb.build_audit_page(audited))
    if as_json and len(audits) == 1:
        say_document(codec.encode_pretty(audits[0]))
    elif as_json:
        print_json({"audits": [codec.to_dict(audited) for audited in audits]})
    else:
        show_audit(audits[0]) if len(audits) == 1 else show_audits(audits)
        print_notes(dict.fromkeys(note for audited in audits for note in audited.notes))
    if any(audited.failed for audited in audits):
        raise typer.Exit(FAILED)
    every = [check.outcome for audited in audits for check in audited.checks]
    if strict and CheckOutcome.INCONCLUSIVE in every:
        raise typer.Exit(OPEN)


def _folders(out: Path | None, pairs: Sequence[str]) -> list[Path]:
    """Where each set's audit goes; nowhere without a folder."""
    from lcbrb.errors import UsageError
    from lcbrb.runs.folder import safe_name

    if out is None or len(pairs) == 1:
        return [] if out is None else [out]
    folders = [out / safe_name(Path(name).name if Path(name).exists() else name) for name in pairs]
    if twice := next((folder for folder in folders if folders.count(folder) > 1), None):
        raise UsageError(
            f"two audits would be written to {twice}: rename a file, or audit the sets one by one"
        )
    return folders


def _cutoffs(given: Iterable[str]) -> dict[str, dt.date]:
    """``NAME=DATE`` as a mapping.

    Raises:
        UsageError: a part in another form, or a name that comes twice.
    """
    from lcbrb.errors import UsageError

    dates: dict[str, dt.date] = {}
    for text in given:
        name, _, date = text.rpartition("=")
        if not name.strip():
            raise UsageError(f"--cutoff '{text}' is not NAME=DATE, for example Qwen2.5=2024-06-30")
        if name.strip() in dates:
            raise UsageError(f"--cutoff: '{name.strip()}' is given twice")
        try:
            dates[name.strip()] = dt.date.fromisoformat(date.strip())
        except ValueError:
            raise UsageError(f"--cutoff '{text}': {date} is not a date like 2024-06-30") from None
    return dates
