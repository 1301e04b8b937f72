"""`lcbrb train launch-file`: configurations to start a training with on GPUs."""

from __future__ import annotations

from typing import Annotated

import typer


def launch_file(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="fsdp or deepspeed for `accelerate launch`; pgrpo-vllm or pgrpo-lora for `train "
            "pgrpo --config`.",
        ),
    ],
) -> None:
    """Print a configuration file for training on GPUs.

    Save it with `lcbrb train launch-file fsdp > fsdp.yaml`, change what you need, and start
    `accelerate launch --config_file fsdp.yaml --num_processes 8 -m lcbrb train pgrpo …` (or
    `reward-model`). A file of P-GRPO settings, saved with `lcbrb train launch-file pgrpo-vllm >
    pgrpo.toml`, is used with `-c pgrpo.toml`.
    """
    from lcbrb.cli.terminal import say_document
    from lcbrb.training import launch

    say_document(launch.launch_file(name).rstrip("\n"))
