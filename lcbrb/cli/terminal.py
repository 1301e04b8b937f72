"""The one way to the terminal: all text that commands print goes through here, and is visible."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import Any

import typer
from rich.console import Console, RenderableType
from rich.table import Table as RichTable

from lcbrb.visible import visible, visible_json

_PLAIN_WIDTH = 120  # where stdout is no terminal, the table must not fold at 80


def say(message: str, *, err: bool = False) -> None:
    """One line on stdout or stderr."""
    typer.echo(visible(message), err=err)


def say_document(document: str) -> None:
    """A JSON document on stdout."""
    encoding = sys.stdout.encoding or "utf-8"
    typer.echo(visible_json(document.removesuffix("\n"), encoding=encoding))


def say_what_can_not_be_written() -> None:
    r"""Have stdout and stderr show characters that their encoding lacks as ``\u65e5``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class Terminal(Console):
    """A console that reads no markup in texts, and shows what is hidden in them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, highlight=False, emoji=False, **options)

    def print(self, *objects: Any, **options: Any) -> None:
        """Texts in one line each, tables as they are."""
        shown = (visible(one) if isinstance(one, str) else one for one in objects)
        super().print(*shown, **options)


def console() -> Terminal:
    """stdout, wide enough for the tables where it is a file or a pipe."""
    return Terminal(width=None if sys.stdout.isatty() else _PLAIN_WIDTH)


class Table(RichTable):
    """A table whose heads, cells and title show what is hidden in them."""

    def __init__(self, *headers: str, title: str | None = None, **options: Any) -> None:
        shown = None if title is None else visible(title)
        super().__init__(title=shown, **options)
        for header in headers:
            self.add_column(header)

    def add_column(self, header: RenderableType = "", *rest: Any, **options: Any) -> None:
        """A column; see `rich.table.Table.add_column`."""
        super().add_column(_shown(header), *rest, **options)

    def add_row(self, *cells: RenderableType | None, **options: Any) -> None:
        """A row; see `rich.table.Table.add_row`."""
        super().add_row(*map(_shown, cells), **options)


def _shown(cell: Any) -> Any:
    return visible(cell) if isinstance(cell, str) else cell
