"""Options that several commands take, in the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Brief = Annotated[
    bool, typer.Option("--brief", help="Show the scores and the notes, and no other tables.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else.")]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", help="Say nothing of how far the work is; errors and results stay."
    ),
]
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


def names_in(text: str) -> list[str]:
    """The names in ``A,B``; a file whose own name has a comma is one."""
    if Path(text).expanduser().exists():
        return [text]
    return [name.strip() for name in text.split(",") if name.strip()]
