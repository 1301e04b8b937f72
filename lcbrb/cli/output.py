"""What commands print: JSON documents, and the exit code of what failed."""

from __future__ import annotations

import json
from collections.abc import Iterable

import typer

from lcbrb.types import JsonValue


def print_json(document: JsonValue) -> None:
    """One document on stdout."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def print_notes(notes: Iterable[str]) -> None:
    """A line on each."""
    for note in notes:
        typer.echo(f"note: {note}")
