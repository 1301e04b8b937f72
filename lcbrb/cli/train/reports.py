"""What is made of trainings that are done: `lcbrb train advantages` and `lcbrb train page`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson


def advantages(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN", help="Folders of `train pgrpo`, or folders that hold such."),
    ],
    config: Annotated[
        list[str] | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE|NAME=VALUE",
            help="Try the arms with another thinking_weight, scale_rewards or min_spread than "
            "trained.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the advantages that every arm would give the replies which a training recorded.

    Nothing is trained or scored again.
    """
    import lcbrb
    from lcbrb import codec
    from lcbrb.cli.output import print_json
    from lcbrb.cli.settings import read_settings
    from lcbrb.cli.train.output import show_advantages

    compared = lcbrb.compare_advantages(runs, config=read_settings(config or ()))
    if as_json:
        print_json({"runs": [codec.to_dict(comparison) for comparison in compared]})
    else:
        show_advantages(compared)


def page(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN", help="Folders of `train pgrpo`, or folders that hold such."),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The page to write.")
    ] = Path("curves.html"),
) -> None:
    """Make one HTML page of trainings of policies, their curves over one another.

    It opens from disk and asks no other machine for anything. A training writes its own into its
    folder, as curves.html.
    """
    import lcbrb
    from lcbrb import codec
    from lcbrb.cli.terminal import say

    html = lcbrb.build_policy_page(runs)
    codec.write_text(output, html)
    say(f"{output}: {len(html.encode('utf-8')) / 1024:.0f} KiB")
