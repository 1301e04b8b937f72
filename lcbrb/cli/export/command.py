"""`lcbrb export`: results in the layouts of others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="Run folders, or folders that contain run folders."),
    ],
    to: Annotated[
        str,
        typer.Option(
            metavar="csv|parquet|hf-eval-results|every-eval-ever|inspect",
            help="Format: csv or parquet (tables of all numbers, samples and scores), "
            "hf-eval-results (the hub's .eval_results), every-eval-ever (its JSON), inspect "
            "(inspect_ai's logs). The last three write one file for each model and benchmark.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to write to.")
    ],
    dataset: Annotated[
        str | None,
        typer.Option(
            metavar="ORG/NAME#TASK",
            help="The benchmark's data set on the hub, for hf-eval-results and every-eval-ever. "
            "Not needed for the built-in benchmarks.",
        ),
    ] = None,
    organization: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Name of the organization that ran the evaluations, for every-eval-ever.",
        ),
    ] = None,
    statements: Annotated[
        bool,
        typer.Option("--statements", help="Include the problem statements in inspect_ai's logs."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
) -> None:
    """Export the results in run folders to the format of another tool."""
    import lcbrb
    from lcbrb.cli.terminal import say

    written = lcbrb.export_runs(
        runs,
        to,
        output,
        dataset=dataset,
        organization=organization,
        statements=statements,
        force=force,
    )
    for path in written:
        say(str(path))
