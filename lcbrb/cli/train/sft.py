"""`lcbrb train sft`: a policy, fine-tuned on replies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson, Quiet, Seed, config_option


def sft(
    policy: Annotated[
        str,
        typer.Option(
            metavar="SPEC",
            help="Policy to fine-tune: smollm2, hf:ORG/NAME@REVISION or hf:FOLDER; ?form=raw as "
            "in `bench`.",
        ),
    ],
    data: Annotated[
        list[str],
        typer.Option(
            metavar="PATH",
            help="Examples to train on; repeat to join several. Run folders of `bench` "
            "(completions that passed, written as <think>…</think><answer>…</answer>); recorded "
            "completions, FILE?benchmark=NAME; or JSONL, JSON or Parquet files with prompt and "
            "completion, or with messages.",
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
    held_out: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH",
            help="Examples of other problems, to evaluate on and to choose the best weights by. "
            "Default: about a tenth of the examples, by whole problems.",
        ),
    ] = None,
    config: Annotated[
        list[str] | None,
        config_option(
            "Training settings, saved in the record: epochs (1), learning_rate, batch_size "
            "(64), max_length (4096), lora_rank (0: all weights), system_prompt, patience, "
            "dtype, device, report_to and more (docs/sft.md)."
        ),
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Fine-tune a policy on example replies (SFT), with the loss on the replies only.

    Needs the extra `train`. Evaluate the result with `lcbrb bench --policy hf:DIR`, adding --config
    template=think-answer if it was trained on completions.
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
