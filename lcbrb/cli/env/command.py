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
    typer.Option(metavar="3.10|PATH", help="Python to use. Default: the most suitable one found."),
]


@app.callback()
def env() -> None:
    """Make, check, list and remove environments for benchmarks that need their own libraries."""


@app.command("create")
def create(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="bigcodebench, or a folder that defines an environment."
        ),
    ],
    python: _Python = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="OPTION",
            help="Add an optional part: tensorflow, checker. Repeat for both.",
        ),
    ] = None,
    nltk_data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder of nltk data to copy in, for tasks that would download it."
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Then run every gold solution of the benchmark once (as `env verify` does).",
        ),
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make an environment, or finish one that was interrupted.

    This is a separate virtual environment in your data folder (or below LCBRB_ENVIRONMENTS), so the
    packages that lcbrb runs with stay as they are. A complete environment is left unchanged.
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
        str,
        typer.Argument(
            metavar="NAME", help="bigcodebench, or a folder that defines an environment."
        ),
    ],
    python: Annotated[
        str | None, typer.Option(metavar="3.10", help="Use the environment for this Python.")
    ] = None,
    passes: Annotated[
        int,
        typer.Option(
            min=1, help="Number of times to run all gold solutions; some pass only now and then."
        ),
    ] = 1,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Run only this many gold solutions, drawn at random.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep the results in this run folder. Running the command again resumes a "
            "stopped run.",
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the gold table (TOML) that results from these runs."
        ),
    ] = None,
    require_isolation: Isolation = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run a benchmark's gold solutions in its environment, and compare with the gold table.

    The gold table lists the solutions that are known to fail. Any other failure gives exit code 1,
    unless --table writes a new table.
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
    """Show the environments on this machine, complete or not, and those that can be made."""
    import lcbrb
    from lcbrb.cli.env.output import show_environments

    show_environments(lcbrb.list_environments(), lcbrb.known_environments(), as_json=as_json)


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As in `lcbrb env list`.")],
    python: Annotated[
        str | None,
        typer.Option(metavar="3.10", help="Remove only the environment for this Python."),
    ] = None,
) -> None:
    """Remove an environment, complete or not."""
    import lcbrb
    from lcbrb.cli.terminal import say

    for folder in lcbrb.remove_environment(name, python=python):
        say(f"removed {folder}")
