"""`lcbrb env`: the environments that benchmarks with libraries of their own run in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.commands import Commands
from lcbrb.cli.options import AsJson

app = Commands(no_args_is_help=True)
_Python = Annotated[
    str | None,
    typer.Option(metavar="3.10|PATH", help="Which Python; the best that is found if not given."),
]


@app.callback()
def env() -> None:
    """Make, list and remove the environments of benchmarks that need libraries of their own."""


@app.command("create")
def create(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="bigcodebench, or a folder with a definition.")
    ],
    python: _Python = None,
    option: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="OPTION", help="Add what is optional: tensorflow."),
    ] = None,
    nltk_data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Copy a folder of nltk's data in, for tasks that download them."
        ),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Then run every gold of its benchmark (validate).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make an environment, or finish one that was interrupted.

    It is a virtual environment of its own, below the user's data folder (LCBRB_ENVIRONMENTS names
    another place): this project's packages are not touched. One that is whole is left as it is.
    """
    import lcbrb
    from lcbrb.cli.env.output import show_environment, show_verified
    from lcbrb.cli.progress import BARS

    made = lcbrb.create_environment(
        name,
        python=python,
        options=option or (),
        data={"nltk_data": nltk_data} if nltk_data else None,
        progress=BARS,
    )
    show_environment(made, as_json=as_json)
    if verify:
        show_verified(name, as_json=as_json)


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """Show the environments that are here, whole or not, and those that can be made."""
    import lcbrb
    from lcbrb.cli.env.output import show_environments

    show_environments(lcbrb.list_environments(), lcbrb.known_environments(), as_json=as_json)


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    python: Annotated[
        str | None, typer.Option(metavar="3.10", help="Only the one for this Python.")
    ] = None,
) -> None:
    """Remove an environment, whole or not."""
    import lcbrb
    from lcbrb.cli.terminal import say

    for folder in lcbrb.remove_environment(name, python=python):
        say(f"removed {folder}")
