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
            metavar="csv|parquet|hf-eval-results|every-eval-ever|inspect",
            help="Tables of all numbers, samples and scores; the hub's .eval_results; "
            "Every Eval Ever's JSON; logs of inspect_ai. One file for each model and benchmark.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write into.")
    ],
    dataset: Annotated[
        str | None,
        typer.Option(
            metavar="ORG/NAME#TASK",
            help="The hub's data set, for hf-eval-results and every-eval-ever; known of our own "
            "benchmarks.",
        ),
    ] = None,
    organization: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who ran the evaluations, for every-eval-ever."),
    ] = None,
    statements: Annotated[
        bool,
        typer.Option(
            "--statements", help="Put the problems' statements into inspect_ai's logs, too."
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that are there already.")
    ] = False,
) -> None:
    """Write what run folders hold in the layout of another tool."""
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
