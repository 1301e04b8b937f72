"""`lcbrb train sft`: a policy, fine-tuned on replies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson, Quiet, Seed


def sft(
    policy: Annotated[
        str,
        typer.Option(
            metavar="SPEC",
            help="What is trained: smollm2, hf:ORG/NAME@REVISION or hf:FOLDER; ?form=raw as in "
            "`bench`.",
        ),
    ],
    data: Annotated[
        list[str],
        typer.Option(
            metavar="PATH",
            help="Examples; several are joined: run folders of `bench`, whose completions that "
            "passed are written as <think>…</think><answer>…</answer>; FILE?benchmark=NAME, "
            "recorded completions; or JSONL, JSON or Parquet with prompt and completion, or "
            "messages.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="The run's folder; the policy is DIR/model. A stopped training goes on there.",
        ),
    ],
    held_out: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH",
            help="Examples of other problems to evaluate on and to choose the weights by. Without: "
            "about a tenth of the examples, whole problems.",
        ),
    ] = None,
    config: Annotated[
        list[str] | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE|NAME=VALUE",
            help="Settings, saved into the record: epochs (1), learning_rate, batch_size (64), "
            "max_length (4096), lora_rank (0: all weights), system_prompt, patience, dtype, "
            "device, report_to and more.",
        ),
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Fine-tune a policy on replies, with the loss on these alone.

    Needs the extra `train`. `lcbrb bench --policy hf:DIR` measures what came of it, with
    --config template=think-answer where it was trained on completions.
    """
    import lcbrb
    from lcbrb.cli.progress import shown_unless
    from lcbrb.cli.settings import read_settings
    from lcbrb.cli.train.output import show_tuned, tell

    tuned = lcbrb.train_sft(
        policy,
        data,
        out,
        held_out=held_out or None,
        seed=seed,
        config=read_settings(config or ()),
        progress=shown_unless(quiet),
    )
    tell(tuned.record, lambda: show_tuned(tuned), as_json=as_json)
