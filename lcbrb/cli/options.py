"""Options that several commands take, in the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

Brief = Annotated[bool, typer.Option("--brief", help="Show only the scores and the notes.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Show no progress; errors and results are still shown."),
]
Seed = Annotated[int, typer.Option(help="Seed for all random draws.")]
Isolation = Annotated[
    str | None,
    typer.Option(
        "--require-isolation",
        metavar="LEVEL",
        help="Refuse to run programs with less isolation than this (see lcbrb doctor). Default: B.",
    ),
]
Overlap = Annotated[
    str,
    typer.Option(
        metavar="RULE",
        help="What to do about problems that the model was trained on, according to its folder: "
        "declare them in the notes, refuse to evaluate, or leave-out (exclude them from the "
        "score).",
    ),
]
Executor = Annotated[
    str,
    typer.Option(
        metavar="local|ray", help="Run on this machine, or on the Ray cluster at RAY_ADDRESS."
    ),
]


def config_option(help_text: str) -> Any:
    """``--config`` of a command, whose settings the help names."""
    return typer.Option("--config", "-c", metavar="FILE|NAME=VALUE", help=help_text)


def names_in(text: str) -> list[str]:
    """The names in ``A,B``; a file whose own name has a comma is one."""
    if Path(text).expanduser().exists():
        return [text]
    return [name.strip() for name in text.split(",") if name.strip()]
