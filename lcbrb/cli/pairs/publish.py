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
            metavar="PAIRS", help="A name, a file, a folder or a hub data set, as eval takes."
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            metavar="FOLDER|hf://datasets/OWNER/NAME",
            help="A folder, or a repository on the hub (hf auth login says who you are).",
        ),
    ],
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="The set's name for people; its own if not given.")
    ] = "",
    licence: Annotated[
        str,
        typer.Option(
            "--license", metavar="ID", help="As the hub names it: cc-by-4.0, mit, other, …"
        ),
    ] = "unknown",
    audit: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="audit.json of lcbrb pairs audit, to be published with the pairs."
        ),
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="A repository that is made is seen by you alone.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a folder that holds other files.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write pairs as Parquet and JSONL, with a card, metadata and checksums.

    datasets.load_dataset reads the result, and so does lcbrb eval --pairs. On the hub it is one
    commit, whose revision is told.
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
