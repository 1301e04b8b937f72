"""`lcbrb pairs publish`: pairs as a data set that others load."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson


def publish(
    pairs: Annotated[
        str,
        typer.Argument(
            metavar="PAIRS",
            help="Pairs to publish: a name, a file, a folder or a hub data set, as in `eval`.",
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            metavar="FOLDER|hf://datasets/OWNER/NAME",
            help="Where to: a folder, or a repository on the hub (log in first with `hf auth "
            "login`).",
        ),
    ],
    title: Annotated[
        str,
        typer.Option(metavar="TEXT", help="Title of the data set. Default: the name of the pairs."),
    ] = "",
    licence: Annotated[
        str,
        typer.Option(
            "--license",
            metavar="ID",
            help="Licence, by the hub's identifier: cc-by-4.0, mit, other, …",
        ),
    ] = "unknown",
    audit: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="audit.json from `lcbrb pairs audit`, to publish with the pairs."
        ),
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="Make a new repository private.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the folder even if it holds other files.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write pairs as Parquet and JSONL, with a card, metadata and checksums.

    The result can be loaded with datasets.load_dataset and with lcbrb eval --pairs. On the hub it
    is one commit, and its revision is shown.
    """
    import lcbrb
    from lcbrb import codec
    from lcbrb.cli.terminal import say, say_document

    done = lcbrb.publish_pairs(
        pairs, to, title=title, licence=licence, audit=audit, private=private, force=force
    )
    if as_json:
        say_document(codec.encode_pretty(done))
        return
    for name, digest in done.files.items():
        say(f"{digest[:12]}  {name}")
    at = f" at {done.revision}" if done.revision else ""
    say(f"{done.pairs} pairs of {done.problems} problems -> {done.where}{at}")
    say(f"lcbrb eval --pairs {done.load}")
