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
            metavar="RUN...", help="Run folders (as --out keeps them), or folders of such folders."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The page to write.")
    ] = Path("board.html"),
    title: Annotated[str, typer.Option(help="The page's title.")] = "Leaderboard",
    texts_mb: Annotated[
        float,
        typer.Option(
            min=0.0,
            metavar="N",
            help="Room for the texts of samples and pairs, failures first; 0 leaves them out.",
        ),
    ] = 2.0,
    models: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="TOML with sizes, release dates and cut-offs of models."),
    ] = None,
    statements: Annotated[
        bool,
        typer.Option(
            "--statements",
            help="Also show problems' statements, where a benchmark's data are at hand or can be "
            "fetched.",
        ),
    ] = False,
    force: Force = False,
) -> None:
    """Make one HTML page of many runs; it opens from disk and asks no other machine for anything.

    Scores with intervals, ranks with ties, a window of release dates, comparison of two models,
    and every problem's verdict with as many texts as there is room for.
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
