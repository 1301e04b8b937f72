"""`lcbrb train reward-model`: a scalar head, trained on pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson, Quiet, Seed, config_option


def reward_model(
    pairs: Annotated[
        list[str],
        typer.Option(
            metavar="NAME|PATH",
            help="Preference pairs to train on, as in `eval`. Repeat to join several.",
        ),
    ],
    base: Annotated[
        str,
        typer.Option(
            metavar="MODEL",
            help="Model to start from: smollm2, a folder or ORG/NAME@REVISION. A decoder, an "
            "encoder, or a reward model to train further.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="Run folder; the trained model is DIR/model. Running the command again resumes "
            "a stopped training.",
        ),
    ],
    held_out: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|PATH",
            help="Pairs of other problems, to evaluate on and to choose the best weights by. "
            "Default: about a tenth of the pairs, by whole problems.",
        ),
    ] = None,
    trunk: Annotated[
        str | None,
        typer.Option(
            metavar="frozen|lora|full",
            help="What to train besides the head: nothing (frozen; hidden states are computed "
            "once), LoRA adapters, or all weights (full). Default: lora.",
        ),
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(
            metavar="bradley-terry|regression",
            help="Loss on the difference of the two scores (bradley-terry), or on each score "
            "against its target (regression).",
        ),
    ] = None,
    config: Annotated[
        list[str] | None,
        config_option(
            "Training settings, saved in the record: epochs, learning_rate, batch_size "
            "(64), max_length (4096), margin, centering, patience, lora_rank (16), dtype, "
            "device, report_to and more (docs/training.md)."
        ),
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train a reward model on preference pairs, and evaluate it on held-out problems.

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
