"""`lcbrb leaderboard`: run folders to one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.written_files import PAGE, Force, check_output


def leaderboard(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...", help="Run folders (from --out), or folders that contain run folders."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="File to write the page to.")
    ] = Path("board.html"),
    title: Annotated[str, typer.Option(help="Title of the page.")] = "Leaderboard",
    texts_mb: Annotated[
        float,
        typer.Option(
            min=0.0,
            metavar="N",
            help="Space for the texts of samples and pairs, in MiB, failures first; 0 leaves "
            "texts out.",
        ),
    ] = 2.0,
    models: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="TOML file with models' sizes, release dates and training cut-offs.",
        ),
    ] = None,
    statements: Annotated[
        bool,
        typer.Option(
            "--statements",
            help="Also show the problem statements, if the benchmark's data are here or can be "
            "downloaded.",
        ),
    ] = False,
    force: Force = False,
) -> None:
    """Make one HTML page of many runs; it opens from disk and loads nothing from the network.

    It shows scores with intervals, ranks with ties, results by release date, the comparison of any
    two models, and every problem's verdict with as many texts as --texts-mb allows.
    """
    from evaluators import statements_of
    from lcbrb import codec
    from lcbrb.cli.terminal import say
    from leaderboards import Options, build_board

    check_output(output, PAGE, inputs=[*runs, *([models] if models else [])], force=force)
    options = Options(
        title=title,
        texts_mib=texts_mb,
        models=models,
        statements=statements_of if statements else None,
    )
    board = build_board(runs, options)
    codec.write_text(output, board.html)
    for note in board.notes:
        say(f"note: {note}")
    size = len(board.html.encode("utf-8")) / 1024**2
    counted = f"; texts of {board.texts.shown} of {board.texts.total} samples and pairs"
    texts = counted if board.texts.total else ""
    say(f"{output}: {board.models} models, {board.benchmarks} benchmarks, {size:.1f} MiB{texts}")
