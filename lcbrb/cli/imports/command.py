"""`lcbrb import`: results of other tools as run folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def import_results(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="Result files of lm-eval, EvalPlus, BigCodeBench or inspect_ai, or folders of "
            "them.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="RUNS", help="Folder to write the run folders to."),
    ],
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the model, if the files do not give it."),
    ] = None,
) -> None:
    """Convert another tool's results to run folders, so that leaderboard and gate can read them."""
    import lcbrb
    from lcbrb.cli.imports.output import print_imported

    print_imported(lcbrb.import_results(paths, output, model=model))
