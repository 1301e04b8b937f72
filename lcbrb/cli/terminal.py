"""The one way to the terminal: all text that commands print goes through here, and is visible."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any

import typer
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.table import Table as RichTable
from rich.text import Text

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


class _Lines(logging.Handler):
    """Shows what the library warns of as a line on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        say(f"lcbrb: {record.getMessage()}", err=True)


def say_warnings() -> None:
    """Have what the library warns of, such as requests that are sent again, said as it happens."""
    log = logging.getLogger("lcbrb")
    log.addHandler(_Lines(logging.WARNING))
    log.propagate = False


class Terminal(Console):
    """A console that reads no markup in texts, and shows what is hidden in them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, highlight=False, emoji=False, **options)

    def print(self, *objects: Any, **options: Any) -> None:
        """Texts in one line each, tables as they are."""
        shown = (visible(item) if isinstance(item, str) else item for item in objects)
        super().print(*shown, **options)


def console() -> Terminal:
    """stdout, wide enough for the tables where it is a file or a pipe."""
    return Terminal(width=None if sys.stdout.isatty() else _PLAIN_WIDTH)


#: a part of a spec or path with what parts it from the next
_PART = re.compile(r"[^\s/:?&@=+|,-]*[\s/:?&@=+|,-]+|[^\s/:?&@=+|,-]+")


@dataclass(frozen=True, slots=True)
class Name:
    """A name or spec, which is broken behind its parts and only then within a word."""

    text: str

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """From its longest part to all of it in a line."""
        del console, options
        longest = max(map(cell_len, _PART.findall(self.text)), default=0)
        return Measurement(longest, cell_len(self.text))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Its lines."""
        del console
        yield Text("\n".join(self.lines(options.max_width)))

    def lines(self, width: int) -> list[str]:
        """Lines of so many columns, but for parts that are longer."""
        lines = [""]
        for part in _PART.findall(self.text):
            if lines[-1] and cell_len(lines[-1]) + cell_len(part.rstrip()) > width:
                lines.append("")
            lines[-1] += part
        return [line.rstrip() for line in lines]


class Table(RichTable):
    """A table whose heads, cells and title show what is hidden in them.

    A column with ``overflow="fold"`` holds names, which are broken as `Name` says.
    """

    def __init__(self, *headers: str, title: str | None = None, **options: Any) -> None:
        shown = None if title is None else visible(title)
        super().__init__(title=shown, **options)
        for header in headers:
            self.add_column(header)

    def add_column(self, header: RenderableType = "", *rest: Any, **options: Any) -> None:
        """A column; see `rich.table.Table.add_column`."""
        names = options.get("overflow") == "fold"
        super().add_column(_shown(header, name=names), *rest, **options)

    def add_row(self, *cells: RenderableType | None, **options: Any) -> None:
        """A row; see `rich.table.Table.add_row`."""
        names = [column.overflow == "fold" for column in self.columns]
        names += [False] * (len(cells) - len(names))
        shown = (_shown(cell, name=name) for cell, name in zip(cells, names, strict=False))
        super().add_row(*shown, **options)


def _shown(cell: Any, *, name: bool) -> Any:
    if not isinstance(cell, str):
        return cell
    return Name(visible(cell)) if name else visible(cell)
