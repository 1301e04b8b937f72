"""`lcbrb train pgrpo`: a policy, trained by what its replies are worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson, Isolation, Quiet, Seed, config_option


def pgrpo(
    policy: Annotated[
        str,
        typer.Option(
            metavar="MODEL",
            help="Policy to train: smollm2, a folder or ORG/NAME@REVISION.",
        ),
    ],
    problems: Annotated[
        list[str],
        typer.Option(
            metavar="NAME|PATH",
            help="Problems to train on: benchmarks or files of problems as in `bench`, code or "
            "maths. Repeat to join several.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="Run folder; the trained policy is DIR/model. Running the command again resumes "
            "a stopped training.",
        ),
    ],
    reward_model: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="Reward model that scores the reasoning, as in `eval`: a scalar head (hf:…, or "
            "a run folder of `train reward-model`), a judge, a process reward model, remote:…. "
            "Not needed with --arm outcome.",
        ),
    ] = None,
    arm: Annotated[
        str | None,
        typer.Option(
            metavar="ARM",
            help="Reward formula: pgrpo (the paper's), outcome (plain GRPO), ungated, soft, "
            "placebo, trm, papo, gdpo. Default: pgrpo.",
        ),
    ] = None,
    held_out: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|PATH",
            help="Other problems to evaluate on. Default: about a tenth of the problems, held "
            "out of training.",
        ),
    ] = None,
    config: Annotated[
        list[str] | None,
        config_option(
            "Training settings, saved in the record: steps (200), prompts (16), group_size "
            "(8), updates (2), learning_rate, thinking_weight (1), max_tokens (4096), lora_rank, "
            "eval_every, trl.use_vllm and more (docs/pgrpo.md)."
        ),
    ] = None,
    require_isolation: Isolation = None,
    seed: Seed = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train a policy with P-GRPO: reasoning is rewarded only if all tests pass.

    Needs the extra `train` and, for code, a working sandbox (see `lcbrb doctor`). On several GPUs,
    start it with `torchrun` or `accelerate launch` (see `lcbrb train launch-file`).
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
