"""What commands print beside tables: JSON documents, groups of lines, notes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import typer

from lcbrb.types import JsonValue


def print_json(document: JsonValue) -> None:
    """One document on stdout."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def print_groups(groups: Mapping[str, Mapping[str, str]], *, as_json: bool) -> None:
    """Lines of text under headings, or one JSON document."""
    if as_json:
        print_json(groups)
        return
    for group, lines in groups.items():
        typer.echo(group)
        for name, text in lines.items():
            typer.echo(f"  {name:<15}{text}")


def print_notes(notes: Iterable[str]) -> None:
    """A line on each."""
    for note in notes:
        typer.echo(f"note: {note}")
