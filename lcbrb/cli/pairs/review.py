"""`lcbrb pairs review`: people look at pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson
from lcbrb.cli.written_files import PAIRS, TASKS, Force, check_output


def review(
    pairs: Annotated[
        str,
        typer.Argument(
            metavar="PAIRS", help="Pairs to review: a file, or a name from `lcbrb list`."
        ),
    ],
    sample: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Review N pairs, drawn at random. You can raise it later. Default: all.",
        ),
    ] = None,
    annotators: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Number of people who compare each pair. Default: 2."
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            help="Seed for the sample, and for the order in which each person sees it. Default: 0."
        ),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Database in which the review is kept. Default: PAIRS.review.sqlite.",
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Port of the page at 127.0.0.1; 0 picks a free one."),
    ] = 0,
    browser: Annotated[
        bool,
        typer.Option(
            "--browser/--no-browser", help="Open the page in a browser, if run from a terminal."
        ),
    ] = True,
    report: Annotated[
        bool, typer.Option("--report", help="Show the review's results so far, and exit.")
    ] = False,
    accept: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the pairs whose labels people confirmed, and exit."
        ),
    ] = None,
    export: Annotated[
        str | None,
        typer.Option(
            metavar="TOOL:FOLDER",
            help="Write tasks for label-studio or potato into a folder, and exit.",
        ),
    ] = None,
    take_in: Annotated[
        str | None,
        typer.Option(
            "--import",
            metavar="TOOL:PATH",
            help="Read preferences back from label-studio or potato.",
        ),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Have people compare the two sides of each pair, on a web page served from this machine.

    They see the problem and both reasonings in random order; the author and the test results stay
    hidden until they ask. Every preference is saved at once; run the command again to continue. The
    report gives Cohen's kappa, Krippendorff's alpha and an upper bound on the number of wrong
    labels.
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
