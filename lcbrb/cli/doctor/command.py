"""`lcbrb doctor`: what works on this machine, and what is missing for the rest."""

from __future__ import annotations

from typing import Annotated

import typer


def show(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of a list.")
    ] = False,
) -> None:
    """Show which extras, models, data and sandbox are live here."""
    import json

    from lcbrb.cli.doctor.run import diagnose

    found = diagnose()
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for group, lines in found.items():
        typer.echo(group)
        for name, state in lines.items():
            typer.echo(f"  {name:<15}{state}")
