"""`lcbrb export`: results in the layouts of others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="Run folders, or folders of such folders."),
    ],
    to: Annotated[
        str,
        typer.Option(
            metavar="csv|parquet|hf-eval-results",
            help="Tables of all numbers, samples and scores; or the hub's .eval_results of each "
            "model.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write into.")
    ],
    dataset: Annotated[
        str | None,
        typer.Option(
            metavar="ORG/NAME#TASK",
            help="The hub's data set, for hf-eval-results; known of our own benchmarks.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that are there already.")
    ] = False,
) -> None:
    """Write what run folders hold in the layout of another tool."""
    import lcbrb
    from lcbrb.cli.terminal import say

    for path in lcbrb.export_runs(runs, to, output, dataset=dataset, force=force):
        say(str(path))
