"""``--html FILE`` of the commands that make runs: a page of what this command came to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.written_files import PAGE, check_output

Html = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Also write one offline page of this run, as `lcbrb leaderboard` makes for many.",
    ),
]


@contextmanager
def folder_of_runs(
    out: Path | None, html: Path | None, inputs: Iterable[str], *, force: bool
) -> Iterator[Path | None]:
    """Where runs are kept: `out`, or where a page is made of them one that goes away afterwards.

    Raises:
        UsageError: the page would be written over something else.
    """
    from lcbrb.runs.folder import kept_in

    if html is None:
        yield out
        return
    check_output(html, PAGE, inputs=inputs, force=force)
    with kept_in(out) as folder:
        yield folder


def write_run_page(html: Path | None, runs: Sequence[Path]) -> None:
    """Write the page, where one is asked for and something was run."""
    import lcbrb
    from lcbrb import codec

    if html is not None and runs:
        codec.write_text(html, lcbrb.build_run_page(runs).html)


def say_kept(out: Path | None, html: Path | None) -> None:
    """Say where run folders and the page are."""
    from lcbrb.cli.terminal import say

    if out is not None:
        say(f"run folders: {out}")
    if html is not None:
        say(f"page: {html}")
