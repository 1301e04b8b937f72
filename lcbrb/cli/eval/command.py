"""`lcbrb eval`: how often reward models rank pairs right."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from lcbrb.cli.options import AsJson, Brief, Executor, Overlap, Quiet, Seed, names_in
from lcbrb.cli.run_page import Html, folder_of_runs, say_kept, write_run_page
from lcbrb.cli.written_files import Force


def evaluate(
    reward_model: Annotated[
        list[str] | None,
        typer.Option(
            "--reward-model",
            "-m",
            metavar="SPEC",
            help="A reward model; several share the table: random, length, hf:ORG/NAME or folder, "
            "remote:, likelihood:, dpo:, prm:, judge:, ensemble:, python: (see `lcbrb list`). "
            "Without: the baselines, and likelihood:smollm2 where it is installed.",
        ),
    ] = None,
    pairs: Annotated[
        str,
        typer.Option(
            metavar="NAME|PATH[,…]",
            help="Pairs: mini, rm-bench\\[:code], reward-bench\\[:math], prmbench or another that "
            "`list` names, a file that `pairs build` wrote, "
            "any JSONL or Parquet with prompt, chosen, rejected (rename columns with "
            "?chosen=good), or a hub data set ORG/NAME@REVISION. Of several sets the mean is shown "
            "too.",
        ),
    ] = "mini",
    best_of: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="Choose among samples in place of pairs: a run folder of `bench`, or a file with "
            "verdicts that replay: takes.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep run folders DIR/<reward model>/, of several sets of pairs "
            "DIR/<set>/<reward model>/; a stopped run goes on there.",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="Score about this many pairs: a seeded draw of whole problems."),
    ] = None,
    seed: Seed = 0,
    overlap: Overlap = "declare",
    executor: Executor = "local",
    html: Html = None,
    force: Force = False,
    brief: Brief = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Score reward models on preference pairs: accuracy with intervals, slices, comparisons, audit.

    Intervals are clustered by problem. A tie counts as half a win and is shown.
    """
    import lcbrb
    from lcbrb.cli.eval.output import document, show
    from lcbrb.cli.output import print_json
    from lcbrb.cli.progress import shown_unless
    from lcbrb.cli.terminal import say

    report: lcbrb.EvalReport | lcbrb.SetsReport | lcbrb.BestOfReport
    models, sets = reward_model or [], names_in(pairs)
    if best_of is not None:
        _refuse_for_best_of({"--pairs": pairs != "mini", "--executor": executor != "local"})
    with folder_of_runs(out, html, [*sets, best_of or "", *models], force=force) as folder:
        options: dict[str, Any] = {
            "limit": limit,
            "seed": seed,
            "out": folder,
            "overlap": overlap,
            "progress": shown_unless(quiet),
        }
        if best_of is not None:
            report = lcbrb.best_of(models, best_of, **options)
        elif len(sets) > 1:
            report = lcbrb.evaluate_sets(models, sets, executor=executor, **options)
        else:
            report = lcbrb.evaluate(models, pairs, executor=executor, **options)
        write_run_page(html, [result.path for result in report.results])
    if as_json:
        print_json(document(report))
    else:
        show(report, brief=brief)
    if report.results and not as_json:
        say_kept(out, html)
    for failure in report.failures:
        message = str(failure.error)
        whose = "" if message.startswith(failure.subject) else f"{failure.subject}: "
        say(f"lcbrb: {whose}{message}", err=True)
    if report.failures:
        raise typer.Exit(report.failures[0].error.exit_code)


def _refuse_for_best_of(given: Mapping[str, bool]) -> None:
    from lcbrb.errors import UsageError

    for option, is_given in given.items():
        if is_given:
            raise UsageError(f"{option} does not go with --best-of, which scores samples here")
