"""`lcbrb pairs review`: people look at pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson
from lcbrb.cli.written_files import PAIRS, TASKS, Force, check_output


def review(
    pairs: Annotated[
        str, typer.Argument(metavar="PAIRS", help="A file of pairs, or a source by its name.")
    ],
    sample: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Review N pairs drawn at random (all). It may grow later."
        ),
    ] = None,
    annotators: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="So many people compare each pair (2).")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of the sample, and of who sees what in which order (0).")
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where the review is kept; PAIRS.review.sqlite."),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of the page at 127.0.0.1; 0 for a free one.")
    ] = 0,
    browser: Annotated[
        bool,
        typer.Option("--browser/--no-browser", help="Open a browser, where this is a terminal."),
    ] = True,
    report: Annotated[
        bool, typer.Option("--report", help="Show how the review stands, and end.")
    ] = False,
    accept: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the pairs whose labels people confirmed, and end."
        ),
    ] = None,
    export: Annotated[
        str | None,
        typer.Option(
            metavar="TOOL:FOLDER",
            help="Write tasks for label-studio or potato into a folder, and end.",
        ),
    ] = None,
    take_in: Annotated[
        str | None,
        typer.Option("--import", metavar="TOOL:PATH", help="Take in what people said there."),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Have people say which reasoning of each pair is better, on a page of this machine.

    They see the problem and both reasonings in an order drawn for each, without who wrote them and
    what the tests said until they ask. Preferences are kept at once; the same command goes on. Its
    report has Cohen's kappa, Krippendorff's alpha and a certificate: how many labels are wrong at
    most.
    """
    import lcbrb
    from lcbrb import codec
    from lcbrb.cli.pairs.review_output import (
        files_of,
        open_page,
        read_tool,
        show_accepted,
        show_summary,
    )
    from lcbrb.cli.terminal import say, say_document

    if accept is not None:
        check_output(accept, PAIRS, inputs=[pairs], force=force)
        accepted = lcbrb.accept_review(pairs, accept, store=store)
        if as_json:
            say_document(codec.encode_pretty(accepted.manifest))
        else:
            show_accepted(accepted)
        return
    if export is not None:
        tool, folder = read_tool("--export", export)
        for name in files_of(tool):
            check_output(Path(folder).expanduser() / name, TASKS, inputs=[pairs], force=force)
        written = lcbrb.export_review(
            pairs, tool, folder, store=store, sample=sample, seed=seed, annotators=annotators
        )
        for file in written:
            say(str(file))
        return
    if take_in is not None:
        tool, path = read_tool("--import", take_in)
        summary = lcbrb.import_review(pairs, tool, path, store=store)
    elif report:
        summary = lcbrb.review_summary(pairs, store=store)
    else:
        summary = lcbrb.review_pairs(
            pairs,
            store=store,
            sample=sample,
            seed=seed,
            annotators=annotators,
            port=port,
            opened=lambda url: open_page(url, browser=browser),
        )
    if as_json:
        say_document(codec.encode_pretty(summary))
    else:
        show_summary(summary)
