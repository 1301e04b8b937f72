"""What is made of trainings that are done: `lcbrb train advantages` and `lcbrb train page`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson, config_option


def advantages(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN", help="Run folders of `train pgrpo`, or folders that contain them."
        ),
    ],
    config: Annotated[
        list[str] | None,
        config_option(
            "Compare the arms under another thinking_weight, scale_rewards or min_spread "
            "than in training."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the advantages that each reward formula would give the replies of a training.

    Reads the replies and scores that `train pgrpo` recorded; nothing is trained or scored again.
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
        typer.Argument(
            metavar="RUN", help="Run folders of `train pgrpo`, or folders that contain them."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="File to write the page to.")
    ] = Path("curves.html"),
) -> None:
    """Make one HTML page with the training curves of several policies, for comparison.

    It opens from disk and loads nothing from the network. Each training also writes a page of its
    own curves, curves.html, in its folder.
    """
    import lcbrb
    from lcbrb import codec
    from lcbrb.cli.terminal import say

    html = lcbrb.build_policy_page(runs)
    codec.write_text(output, html)
    say(f"{output}: {len(html.encode('utf-8')) / 1024:.0f} KiB")
