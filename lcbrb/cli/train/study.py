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
            help="Folder of the study: results in DIR/cells, the page in DIR/study.html. Running "
            "the command again resumes a stopped study.",
        ),
    ],
    preset: Annotated[
        str,
        typer.Option(
            metavar="small|tiny", help="Size of the study; tiny only shows that everything works."
        ),
    ] = "small",
    seeds: Annotated[
        int | None,
        typer.Option(help="Number of seeds, each with its own policy. Default: as in the preset."),
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option(
            help="Time limit in hours: no training is started that would probably not finish "
            "in time."
        ),
    ] = None,
    processes: Annotated[
        int, typer.Option(help="Number of trainings at a time, one core each.")
    ] = 1,
    reward_model: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="Your own reward model, to include in the comparison."),
    ] = None,
    require_isolation: Isolation = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train many small policies with reward models of known accuracy, and compare them.

    First shows what is left to do and how long it will take. Needs the extra `train`.
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
