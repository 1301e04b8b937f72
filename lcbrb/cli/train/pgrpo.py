"""`lcbrb train pgrpo`: a policy, trained by what its replies are worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson, Isolation, Quiet, Seed


def pgrpo(
    policy: Annotated[
        str,
        typer.Option(
            metavar="MODEL",
            help="What is trained: smollm2, a folder or ORG/NAME@REVISION.",
        ),
    ],
    problems: Annotated[
        list[str],
        typer.Option(
            metavar="NAME|PATH",
            help="Benchmarks or files of problems, as `bench` takes them, code or maths; several "
            "are joined.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="The run's folder; the policy is DIR/model. A stopped training goes on there.",
        ),
    ],
    reward_model: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="Scores the reasoning, as in `eval`: a scalar head (hf:…, a run of `train "
            "reward-model`), a judge, a process reward model, remote:…. Not needed with --arm "
            "outcome.",
        ),
    ] = None,
    arm: Annotated[
        str | None,
        typer.Option(
            metavar="ARM",
            help="The formula: pgrpo (the paper's), outcome (plain GRPO), ungated, soft, placebo, "
            "trm, papo, gdpo. Without: pgrpo.",
        ),
    ] = None,
    held_out: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|PATH",
            help="Other problems to evaluate on. Without: about a tenth of the problems.",
        ),
    ] = None,
    config: Annotated[
        list[str] | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE|NAME=VALUE",
            help="Settings, saved into the record: steps (200), prompts (16), group_size (8), "
            "updates (2), learning_rate, thinking_weight (1), max_tokens (4096), lora_rank, "
            "eval_every, trl.use_vllm and more.",
        ),
    ] = None,
    require_isolation: Isolation = None,
    seed: Seed = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train a policy by P-GRPO: reasoning is paid for only where all tests pass.

    Needs the extra `train`, and a sandbox for code (`lcbrb doctor`). On several GPUs start it with
    `torchrun` or `accelerate launch` (`lcbrb train launch-file`).
    """
    import lcbrb
    from lcbrb.cli.progress import shown_unless
    from lcbrb.cli.settings import settings_with
    from lcbrb.cli.train.output import show_policy, tell

    settings = settings_with(config, arm=arm)
    trained = lcbrb.train_policy(
        problems,
        policy,
        out,
        reward_model=reward_model,
        held_out=held_out or None,
        isolation=require_isolation,
        seed=seed,
        config=settings,
        progress=shown_unless(quiet),
    )
    if not tell(trained.record, lambda: show_policy(trained), as_json=as_json):
        return
    if trained.alarm and settings.get("alarm"):
        raise typer.Exit(1)
