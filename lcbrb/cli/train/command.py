"""`lcbrb train`: make the models that the rest measures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.commands import Commands
from lcbrb.cli.options import AsJson, Isolation, Seed
from lcbrb.cli.train.sft import sft
from lcbrb.cli.train.study import study

app = Commands(no_args_is_help=True)


@app.callback()
def train() -> None:
    """Train reward models and policies."""


app.command("study")(study)


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
    from lcbrb.training.processes import is_first

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
    if not is_first():  # of several processes, the first one tells
        return
    if as_json:
        say_document(codec.encode_pretty(trained.record))
    else:
        show_trained(trained)


app.command("sft")(sft)


@app.command("pgrpo")
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
) -> None:
    """Train a policy by P-GRPO: reasoning is paid for only where all tests pass.

    Needs the extra `train`, and a sandbox for code (`lcbrb doctor`). On several GPUs start it with
    `torchrun` or `accelerate launch` (`lcbrb train launch-file`).
    """
    import lcbrb
    from lcbrb import codec
    from lcbrb.cli.progress import BARS
    from lcbrb.cli.settings import read_settings
    from lcbrb.cli.terminal import say_document
    from lcbrb.cli.train.output import show_policy
    from lcbrb.errors import UsageError
    from lcbrb.training.processes import is_first

    settings = read_settings(config or ())
    if arm is not None and settings.get("arm", arm) != arm:
        raise UsageError(f"--arm {arm}, and {settings['arm']} in --config: which is meant?")
    trained = lcbrb.train_policy(
        problems,
        policy,
        out,
        reward_model=reward_model,
        held_out=held_out or None,
        isolation=require_isolation,
        seed=seed,
        config=settings | ({} if arm is None else {"arm": arm}),
        progress=BARS,
    )
    if not is_first():  # of several processes, the first one tells
        return
    if as_json:
        say_document(codec.encode_pretty(trained.record))
    else:
        show_policy(trained)
    if trained.alarm and settings.get("alarm"):
        raise typer.Exit(1)


@app.command("advantages")
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


@app.command("launch-file")
def launch_file(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="fsdp or deepspeed, for `accelerate launch`; pgrpo-vllm or pgrpo-lora, for `train "
            "pgrpo --config`.",
        ),
    ],
) -> None:
    """Print a configuration to train with on GPUs.

    Keep it with `lcbrb train launch-file fsdp > fsdp.yaml`, change what you need, and start
    `accelerate launch --config_file fsdp.yaml --num_processes 8 -m lcbrb train pgrpo …` (or
    `reward-model`). Settings of P-GRPO, as in `lcbrb train launch-file pgrpo-vllm > pgrpo.toml`,
    are given by `-c pgrpo.toml`.
    """
    from lcbrb.cli.terminal import say_document
    from lcbrb.training import launch

    say_document(launch.launch_file(name).rstrip("\n"))


@app.command("page")
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
