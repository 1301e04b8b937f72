"""`lcbrb pairs build`: completions to preference pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson, Executor, Isolation, Quiet, config_option
from lcbrb.cli.written_files import BATCH, PAIRS, Force, check_output


def build(
    problems: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help="Problems to solve: mini, 'livecodebench@v5?since=2024-08-01' (also until, "
            "difficulty, platform), math500 or any other benchmark that can be graded, or a file "
            "in LiveCodeBench's layout.",
        ),
    ],
    policy: Annotated[
        list[str],
        typer.Option(
            metavar="SPEC",
            help="Policy to sample (openai:MODEL@URL, hf:…, vllm:…, smollm2), or recorded "
            "completions, replay:PATH (a file, folder or glob pattern; ?model=NAME names the "
            "sampler; replay:mini comes with lcbrb). Repeat for several policies.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write the pairs to (JSONL).")
    ],
    count: Annotated[
        int | None,
        typer.Option(
            "-n",
            min=1,
            help="Most samples per problem; fewer are drawn where they suffice. Default: 50.",
        ),
    ] = None,
    judge: Annotated[
        str,
        typer.Option(
            metavar="SPEC|recorded|none",
            help="Judge of whether a reasoning is sound: an LLM (openai:MODEL@URL?votes=3), "
            "recorded (the judgements in the files of completions), or none (tests alone decide).",
        ),
    ] = "none",
    kind: Annotated[
        str,
        typer.Option(
            metavar="KIND,…",
            help="Kinds of pair: lcb-rb (passing and sound over failing and flawed), "
            "outcome-matched (sound over flawed, where both pass or both fail), or both.",
        ),
    ] = "lcb-rb",
    verdicts: Annotated[
        str,
        typer.Option(
            metavar="executed|recorded",
            help="Run every program, or trust the verdicts recorded in the files where there are "
            "any.",
        ),
    ] = "executed",
    across_samplers: Annotated[
        bool, typer.Option("--across-samplers", help="Also pair completions of different policies.")
    ] = False,
    per_problem: Annotated[
        int, typer.Option(min=0, help="Most pairs per problem and kind; 0 means all.")
    ] = 4,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Use only this many problems, drawn at random.")
    ] = None,
    config: Annotated[
        list[str] | None,
        config_option(
            "Settings: for sampling as in lcbrb bench, with at_once, enough, give_up_after; "
            "for choosing pairs length, length_ratio, near_duplicates, against, code, leaks, "
            "balance, pairs (docs/pairs.md)."
        ),
    ] = None,
    emit_batch: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the requests as an OpenAI batch file (which vllm run-batch takes too) "
            "instead of sending them to a server.",
        ),
    ] = None,
    collect: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Results of a batch written by --emit-batch; repeat for several files.",
        ),
    ] = None,
    executor: Executor = "local",
    seed: Annotated[
        int,
        typer.Option(
            help="Seed for drawing problems, for sampling, and for choosing the pairs of a problem."
        ),
    ] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the most it could cost, and stop.")
    ] = False,
    require_isolation: Isolation = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make preference pairs from completions: sample or read them, grade, judge, and pair them.

    A problem is sampled until it has enough superior and inferior reasoning, or is given up. Next
    to PAIRS.jsonl it writes PAIRS.manifest.json (the settings, and what became of every completion)
    and the folder PAIRS.run (completions, verdicts and judgements), from which running the command
    again resumes a stopped build.
    """
    import lcbrb
    from lcbrb import codec
    from lcbrb.cli.output import print_notes
    from lcbrb.cli.pairs.output import show_build, show_cost, show_waiting
    from lcbrb.cli.progress import shown_unless
    from lcbrb.cli.settings import read_settings
    from lcbrb.cli.terminal import say_document

    settings = read_settings(config or ())
    if dry_run:
        cost = lcbrb.plan_pairs(
            problems, policy, n=count, judge=judge, limit=limit, seed=seed, config=settings
        )
        show_cost(cost, as_json=as_json)
        return
    inputs = [problems, *policy, *(config or ()), *(collect or ())]
    check_output(output, PAIRS, inputs=inputs, force=force)
    if emit_batch is not None:
        check_output(emit_batch, BATCH, inputs=[*inputs, output], force=force)
    result = lcbrb.build_pairs(
        problems,
        policy,
        output,
        n=count,
        judge=judge,
        kinds=[part.strip() for part in kind.split(",")],
        verdicts=verdicts,
        across_samplers=across_samplers,
        per_problem=per_problem,
        limit=limit,
        seed=seed,
        config=settings,
        emit_batch=emit_batch,
        collect=collect or (),
        executor=executor,
        isolation=require_isolation,
        progress=shown_unless(quiet),
    )
    if result.manifest is None:
        show_waiting(result, as_json=as_json)
    elif as_json:
        say_document(codec.encode_pretty(result.manifest))
    else:
        show_build(result, result.manifest)
        print_notes(result.manifest.notes)
    result.raise_if_incomplete()
