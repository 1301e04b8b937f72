"""`lcbrb train`: make the models that the rest measures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson, Seed

app = typer.Typer(no_args_is_help=True)


@app.callback()
def train() -> None:
    """Train reward models."""


@app.command("reward-model")
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
) -> None:
    """Train a reward model on preference pairs, and measure it on problems held out.

    Needs the extra `train`; with --trunk frozen, the extra `hf`.
    """
    import lcbrb
    from lcbrb import codec
    from lcbrb.cli.progress import BARS
    from lcbrb.cli.settings import read_settings
    from lcbrb.cli.terminal import say_document
    from lcbrb.cli.train.output import show_trained
    from lcbrb.errors import UsageError

    settings, named = read_settings(config or ()), {"trunk": trunk, "loss": loss}
    for name, value in named.items():
        if value is not None and settings.get(name, value) != value:
            raise UsageError(f"--{name} {value}, and {settings[name]} in --config: which is meant?")
    trained = lcbrb.train_reward_model(
        pairs,
        base,
        out,
        held_out=held_out or None,
        seed=seed,
        config=settings | {name: value for name, value in named.items() if value is not None},
        progress=BARS,
    )
    if as_json:
        say_document(codec.encode_pretty(trained.record))
    else:
        show_trained(trained)
