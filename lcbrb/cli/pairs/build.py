"""`lcbrb pairs build`: completions to preference pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson, Executor, Isolation, Quiet
from lcbrb.cli.written_files import BATCH, PAIRS, Force, check_output


def build(
    problems: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help="mini, 'livecodebench@v5?since=2024-08-01' (also until, difficulty, platform), "
            "math500 and any other benchmark that can be graded, or a file in LiveCodeBench's "
            "layout.",
        ),
    ],
    policy: Annotated[
        list[str],
        typer.Option(
            metavar="SPEC",
            help="Who is sampled (openai:MODEL@URL, hf:…, vllm:…, smollm2), or recorded "
            "completions, replay:PATH (file, folder or pattern; ?model=NAME names the sampler; "
            "replay:mini is packaged). Several allowed.",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file of pairs (JSONL).")],
    count: Annotated[
        int | None,
        typer.Option("-n", min=1, help="Samples a problem at most (50); fewer where they do."),
    ] = None,
    judge: Annotated[
        str,
        typer.Option(
            metavar="SPEC|recorded|none",
            help="Who says whether a reasoning is sound: a policy (openai:MODEL@URL?votes=3), what "
            "the completions' files say, or nobody: tests alone decide.",
        ),
    ] = "none",
    kind: Annotated[
        str,
        typer.Option(
            metavar="KIND,…",
            help="lcb-rb (passing and sound over failing and flawed), outcome-matched (sound over "
            "flawed, both passing or both failing), or both.",
        ),
    ] = "lcb-rb",
    verdicts: Annotated[
        str,
        typer.Option(
            metavar="executed|recorded",
            help="Run every program here, or take the file's own verdicts where it has them.",
        ),
    ] = "executed",
    across_samplers: Annotated[
        bool, typer.Option("--across-samplers", help="Also pair samples of different samplers.")
    ] = False,
    per_problem: Annotated[
        int, typer.Option(min=0, help="At most this many pairs of a problem and kind; 0 for all.")
    ] = 4,
    limit: Annotated[
        int | None, typer.Option(min=1, help="This many problems, a seeded draw.")
    ] = None,
    config: Annotated[
        list[str] | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE|NAME=VALUE",
            help="Settings: of sampling as in lcbrb bench; at_once, enough, give_up_after; length, "
            "length_ratio, near_duplicates, against, code, leaks, balance, pairs "
            "(docs/pairs.md).",
        ),
    ] = None,
    emit_batch: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Ask no server: write the requests as an OpenAI batch (vllm run-batch takes it).",
        ),
    ] = None,
    collect: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Results of such requests; several allowed."),
    ] = None,
    executor: Executor = "local",
    seed: Annotated[
        int, typer.Option(help="Of the draw and the sampling; decides which pairs a problem gives.")
    ] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would cost at most, and stop.")
    ] = False,
    require_isolation: Isolation = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Sample or take completions, grade and judge them, and pair their reasoning.

    A problem is sampled until it has enough of both kinds, or is given up. Beside PAIRS.jsonl it
    writes PAIRS.manifest.json (how, from what, and an account of every completion) and the folder
    PAIRS.run (completions, verdicts and judgements), from which a stopped build goes on.
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
