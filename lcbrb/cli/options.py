"""Options that several commands take, in the same words."""

from __future__ import annotations

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else.")]
Seed = Annotated[int, typer.Option(help="The seed of every draw.")]
Isolation = Annotated[
    str | None,
    typer.Option(
        "--require-isolation",
        metavar="LEVEL",
        help="Refuse to run programs with less isolation (see lcbrb doctor); B where not given.",
    ),
]
Overlap = Annotated[
    str,
    typer.Option(
        metavar="RULE",
        help="Problems that the model was trained on, as its folder tells: declare them, refuse to "
        "judge it, or leave-out of the score.",
    ),
]
Executor = Annotated[
    str,
    typer.Option(
        metavar="local|ray", help="Work here, or spread over the Ray cluster of RAY_ADDRESS."
    ),
]
