"""`lcbrb train reward-model`: a scalar head, trained on pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson, Quiet, Seed


def reward_model(
    pairs: Annotated[
        list[str],
        typer.Option(
            metavar="NAME|PATH",
            help="Preference pairs to train on, as `eval` takes them; several are joined.",
        ),
    ],
    base: Annotated[
        str,
        typer.Option(
            metavar="MODEL",
            help="The base: smollm2, a folder or ORG/NAME@REVISION; a decoder, an encoder, or a "
            "reward model, which is trained further.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="The run's folder; the checkpoint is DIR/model. A stopped training goes on there.",
        ),
    ],
    held_out: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|PATH",
            help="Pairs of other problems to evaluate on and to choose the weights by. Without: "
            "about a tenth of the pairs, whole problems.",
        ),
    ] = None,
    trunk: Annotated[
        str | None,
        typer.Option(
            metavar="frozen|lora|full",
            help="What is trained beside the head: nothing (on hidden states that are computed "
            "once), adapters, or all weights. Without: lora.",
        ),
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(
            metavar="bradley-terry|regression",
            help="Of the difference of both scores, or of each score to what its side deserves.",
        ),
    ] = None,
    config: Annotated[
        list[str] | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE|NAME=VALUE",
            help="Settings, saved into the record: epochs, learning_rate, batch_size (64), "
            "max_length (4096), margin, centering, patience, lora_rank (16), dtype, device, "
            "report_to and more.",
        ),
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train a reward model on preference pairs, and measure it on problems held out.

    Needs the extra `train`; with --trunk frozen, the extra `hf`.
    """
    import lcbrb
    from lcbrb.cli.progress import shown_unless
    from lcbrb.cli.settings import settings_with
    from lcbrb.cli.train.output import show_trained, tell

    trained = lcbrb.train_reward_model(
        pairs,
        base,
        out,
        held_out=held_out or None,
        seed=seed,
        config=settings_with(config, trunk=trunk, loss=loss),
        progress=shown_unless(quiet),
    )
    tell(trained.record, lambda: show_trained(trained), as_json=as_json)
