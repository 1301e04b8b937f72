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
            help="Results of lm-eval, EvalPlus, BigCodeBench or inspect_ai, or folders of them.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="RUNS", help="The folder to write runs into."),
    ],
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What the model is called, where no file tells."),
    ] = None,
) -> None:
    """Take over what another tool judged, so that leaderboard and gate read it."""
    import lcbrb
    from lcbrb.cli.imports.output import print_imported

    print_imported(lcbrb.import_results(paths, output, model=model))
