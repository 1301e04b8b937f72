"""`lcbrb bench`: how many problems of a benchmark a policy solves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def bench(
    policy: Annotated[
        list[str],
        typer.Option(
            metavar="SPEC",
            help="Recorded completions, replay:PATH (file, folder or pattern; several allowed), "
            "also EvalPlus' eval_results.json and LiveCodeBench's eval_all.json as they are.",
        ),
    ],
    benchmark: Annotated[
        str,
        typer.Option(
            metavar="NAME[,NAME]",
            help="humaneval, humaneval+[@RELEASE], mbpp, mbpp+[@RELEASE], "
            "livecodebench[@RELEASE][?since=DATE…], mini, or a file in LiveCodeBench's layout.",
        ),
    ],
    limit: Annotated[
        int | None, typer.Option(min=1, help="Judge this many problems: a seeded draw.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The seed of the draw.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Keep run folders DIR/<benchmark>/; a stopped run goes on there."
        ),
    ] = None,
    require_isolation: Annotated[
        str | None,
        typer.Option(
            metavar="LEVEL", help="Refuse to run programs with less isolation (see lcbrb doctor)."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of tables.")
    ] = False,
) -> None:
    """Judge completions by running their programs: pass@k with intervals, clustered by problem.

    Where the files carry verdicts of their own, every one that differs from ours is listed with
    theirs and our reason.
    """
    from lcbrb.cli.benching import Request, run_bench

    run_bench(
        Request(
            policies=tuple(policy),
            benchmarks=tuple(name.strip() for name in benchmark.split(",") if name.strip()),
            limit=limit,
            seed=seed,
            out=out,
            isolation=require_isolation,
        ),
        as_json=as_json,
    )
