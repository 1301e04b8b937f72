"""`lcbrb env`: the environments that benchmarks with libraries of their own run in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.commands import Commands
from lcbrb.cli.options import AsJson, Isolation, Quiet
from lcbrb.cli.written_files import GOLD_TABLE, Force, check_output

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
        typer.Option("--with", metavar="OPTION", help="Add what is optional: tensorflow, checker."),
    ] = None,
    nltk_data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Copy a folder of nltk's data in, for tasks that download them."
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Then run every gold of its benchmark once (env verify)."),
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make an environment, or finish one that was interrupted.

    It is a virtual environment of its own, below the user's data folder (LCBRB_ENVIRONMENTS names
    another place): this project's packages are not touched. One that is whole is left as it is.
    """
    import lcbrb
    from lcbrb.cli.env.output import (
        environment_document,
        golds_document,
        show_environment,
        show_golds,
    )
    from lcbrb.cli.output import print_json
    from lcbrb.cli.progress import shown_unless

    made = lcbrb.create_environment(
        name,
        python=python,
        options=option or (),
        data={"nltk_data": nltk_data} if nltk_data else None,
        progress=shown_unless(quiet),
    )
    if not as_json:
        show_environment(made)
    golds = (
        lcbrb.verify_environment(name, python=made.python, progress=shown_unless(quiet))
        if verify
        else None
    )
    if as_json:
        document = environment_document(made)
        print_json(document | {"verified": golds_document(golds)} if golds else document)
    elif golds:
        show_golds(golds)
    if golds:
        golds.raise_if_incomplete()
        if not golds.good:
            raise typer.Exit(1)


@app.command("verify")
def verify(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="bigcodebench, or a folder with a definition.")
    ],
    python: Annotated[
        str | None, typer.Option(metavar="3.10", help="The one for this Python.")
    ] = None,
    passes: Annotated[
        int, typer.Option(min=1, help="How many times to run all golds; some pass only at times.")
    ] = 1,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Run this many golds: a seeded draw.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep the run folder. A stopped run goes on there."),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the gold table (TOML) that these passes make."),
    ] = None,
    require_isolation: Isolation = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run the golds of an environment's benchmark in it, and compare with its gold table.

    A gold that fails though the table does not say so ends with exit code 1, unless a table is
    written.
    """
    import lcbrb
    from lcbrb.cli.env.output import golds_document, show_golds
    from lcbrb.cli.output import print_json
    from lcbrb.cli.progress import shown_unless

    if table is not None:
        check_output(table, GOLD_TABLE, inputs=[out] if out else [], force=force)
    golds = lcbrb.verify_environment(
        name,
        python=python,
        passes=passes,
        limit=limit,
        out=out,
        table=table,
        isolation=require_isolation,
        progress=shown_unless(quiet),
    )
    if as_json:
        print_json(golds_document(golds))
    else:
        show_golds(golds)
    golds.raise_if_incomplete()
    if not golds.good and table is None:
        raise typer.Exit(1)


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
