"""What commands print beside tables: JSON documents, groups of lines, notes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from lcbrb.cli.terminal import say, say_document
from lcbrb.types import JsonValue


def print_json(document: JsonValue) -> None:
    """One document on stdout."""
    say_document(json.dumps(document, ensure_ascii=False, indent=2))


def print_groups(groups: Mapping[str, Mapping[str, str]], *, as_json: bool) -> None:
    """Lines of text under headings, or one JSON document."""
    if as_json:
        print_json(groups)
        return
    for group, lines in groups.items():
        say(group)
        for name, text in lines.items():
            say(f"  {name:<14} {text}")


def print_notes(notes: Iterable[str]) -> None:
    """A line on each."""
    for note in notes:
        say(f"note: {note}")
