"""`lcbrb train study`: how good must a reasoning reward model be before P-GRPO gains anything?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson, Isolation, Quiet


def study(
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="The study's folder: results in DIR/cells, the page DIR/study.html. A stopped "
            "study goes on there.",
        ),
    ],
    preset: Annotated[
        str,
        typer.Option(metavar="small|tiny", help="How large; tiny shows that everything works."),
    ] = "small",
    seeds: Annotated[
        int | None,
        typer.Option(help="How many, each with a policy of its own. Without: the preset's number."),
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option(help="Begin no training that is not likely to end by then."),
    ] = None,
    processes: Annotated[
        int, typer.Option(help="Trainings at once, each on a core of its own.")
    ] = 1,
    reward_model: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC", help="A reward model that the arms are compared with too, beside ours."
        ),
    ] = None,
    require_isolation: Isolation = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train many small policies with reward models of known accuracy, and compare them.

    Prints what is left to do and how long it takes, then does it. Needs the extra `train`.
    """
    import dataclasses

    import lcbrb
    from lcbrb.cli.progress import shown_unless
    from lcbrb.cli.terminal import console, say_document

    left = lcbrb.train_study(
        out,
        preset=preset,
        seeds=seeds,
        hours=hours,
        processes=processes,
        reward_model=reward_model,
        isolation=require_isolation,
        progress=shown_unless(quiet),
    )
    if as_json:
        document = {**dataclasses.asdict(left), "hours": left.hours}
        say_document(json.dumps(document, indent=2))
        return
    done = left.cells - left.cells_left
    console().print(f"{done} of {left.cells} trainings are done -> {out / 'study.html'}")
