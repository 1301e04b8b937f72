"""`lcbrb bench`: how many problems of a benchmark a policy solves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import (
    AsJson,
    Brief,
    Executor,
    Isolation,
    Overlap,
    Quiet,
    Seed,
    config_option,
    names_in,
)
from lcbrb.cli.run_page import Html, folder_of_runs, say_kept, write_run_page
from lcbrb.cli.written_files import Force


def bench(
    policy: Annotated[
        list[str],
        typer.Option(
            metavar="SPEC",
            help="Policy to sample: hf:ORG/NAME@REVISION, hf:FOLDER, smollm2, vllm:…, "
            "openai:MODEL@BASE_URL; or recorded completions, replay:PATH (a file, folder or glob "
            "pattern; EvalPlus' eval_results.json and LiveCodeBench's eval_all.json work too). "
            "Repeat for several policies.",
        ),
    ],
    benchmark: Annotated[
        str,
        typer.Option(
            metavar="NAME[,NAME]",
            help="Benchmarks to run: humaneval, humaneval+\\[@RELEASE], mbpp, mbpp+\\[@RELEASE], "
            "livecodebench\\[@RELEASE]\\[?since=DATE…], mini, lm-eval:TASK, another name from "
            "`lcbrb list`, or a file in LiveCodeBench's layout.",
        ),
    ],
    samples: Annotated[
        int | None,
        typer.Option("-n", "--samples", min=1, help="Samples per problem. Default: 1."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Grade only this many problems, drawn at random.")
    ] = None,
    seed: Seed = 0,
    config: Annotated[
        list[str] | None,
        config_option(
            "Sampling settings, saved in the record: temperature (0.8), top_p (0.95), "
            "max_tokens (2048), stop, seed, system_prompt, template, cache (true)."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep results in DIR/<benchmark>/, or in DIR/<policy>/<benchmark>/ for several "
            "policies. Running the command again resumes a stopped run.",
        ),
    ] = None,
    require_isolation: Isolation = None,
    overlap: Overlap = "declare",
    executor: Executor = "local",
    html: Html = None,
    force: Force = False,
    brief: Brief = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Sample a policy on benchmarks and grade it: pass@k with intervals clustered by problem.

    Grading runs while the model samples. Completions are cached: the same model, prompt and
    settings are never sampled twice.

    If recorded files contain verdicts, every verdict that differs from ours is listed with our
    reason.
    """
    import lcbrb
    from lcbrb.cli.bench.output import document, show_bench
    from lcbrb.cli.output import print_json
    from lcbrb.cli.progress import shown_unless
    from lcbrb.cli.settings import read_settings

    with folder_of_runs(out, html, [*policy, benchmark], force=force) as folder:
        report = lcbrb.bench(
            policy,
            names_in(benchmark),
            n=samples,
            limit=limit,
            seed=seed,
            config=read_settings(config or ()),
            out=folder,
            isolation=require_isolation,
            overlap=overlap,
            executor=executor,
            progress=shown_unless(quiet),
        )
        write_run_page(html, [result.path for result in report.results])
    if as_json:
        print_json(document(report))
    else:
        show_bench(report, brief=brief)
        say_kept(out, html)
    report.raise_if_incomplete()
