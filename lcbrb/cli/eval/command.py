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
            help="Reward model to score; repeat to compare several: random, length, hf:ORG/NAME "
            "or hf:FOLDER, remote:, likelihood:, dpo:, prm:, judge:, ensemble:, python: (see "
            "`lcbrb list`). Default: the baselines, and likelihood:smollm2 if it is installed.",
        ),
    ] = None,
    pairs: Annotated[
        str,
        typer.Option(
            metavar="NAME|PATH[,…]",
            help="Pairs to score: mini, rm-bench\\[:code], reward-bench\\[:math], prmbench or "
            "another name from `lcbrb list`; a file from `pairs build`; any JSONL or Parquet "
            "file with prompt, chosen and rejected (rename columns with ?chosen=good); or a hub "
            "data set ORG/NAME@REVISION. For several sets, the mean is shown too.",
        ),
    ] = "mini",
    best_of: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="Measure best-of-n selection instead of pairs: a run folder of `bench`, or a "
            "file of completions with verdicts that replay: can read.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep results in DIR/<reward model>/, or in DIR/<set>/<reward model>/ for "
            "several sets of pairs. Running the command again resumes a stopped run.",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1, help="Score only about this many pairs, drawn at random by whole problems."
        ),
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

    Accuracy is the share of pairs in which the chosen side gets the higher score; chance is 50%, a
    tie counts as half a win. Intervals are clustered by problem.
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
            raise UsageError(
                f"{option} can't be used with --best-of, which scores samples on this machine"
            )
