"""`lcbrb pairs`: make preference pairs, audit and publish them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.commands import Commands
from lcbrb.cli.options import AsJson, Isolation, Quiet, config_option
from lcbrb.cli.pairs.audit import audit
from lcbrb.cli.pairs.build import build
from lcbrb.cli.pairs.publish import publish
from lcbrb.cli.pairs.review import review
from lcbrb.cli.written_files import PAIRS, Force, check_output

app = Commands(no_args_is_help=True)


@app.callback()
def pairs() -> None:
    """Build, audit, review and publish preference pairs of reasoning processes."""


app.command()(build)


@app.command()
def od(
    problems: Annotated[
        str,
        typer.Option(
            metavar="SOURCE|FAMILY,…",
            help="With --policy: a benchmark ('livecodebench@v5?since=2024-08-01', "
            "deepcoder:taco, math500, mini) or a file of problems. Without it: families of "
            "generated problems, arithmetic (chains of sums), words (the same as word problems) "
            "and traces (programs to trace by hand).",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write the pairs to (JSONL).")
    ],
    policy: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="Policy that writes and rewrites the reasoning (openai:MODEL@URL, hf:…, "
            "vllm:…). Every rewrite is graded and checked. Default: make the pairs by rule, "
            "without a model.",
        ),
    ] = None,
    degrade: Annotated[
        str | None,
        typer.Option(
            metavar="programmatic",
            help="Without --policy: put a known flaw into a computed solution, and verify by "
            "recomputation that it is wrong. Default.",
        ),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(
            "-n",
            min=1,
            help="Number of pairs. Default: 500 without --policy; with it, as many as can be "
            "made in the proportions of --mix.",
        ),
    ] = None,
    mix: Annotated[
        str,
        typer.Option(
            metavar="KIND=PART,…",
            help="Proportions of the three kinds of pair: strong (optimized over degraded), "
            "optimized (optimized over initial) and degraded (initial over degraded). Default: "
            "strong=2,optimized=1,degraded=1.",
        ),
    ] = "",
    kinds: Annotated[
        str,
        typer.Option(
            metavar="KIND,…",
            help="Kinds of flaw. Without --policy: propagated-error, dropped-step, "
            "swapped-steps, circular, unjustified-leap, contradicted-fact. With --policy: "
            "factual-accuracy, logical-rigor, logical-coherence. Default: all.",
        ),
    ] = "",
    steps: Annotated[
        str | None,
        typer.Option(
            metavar="LEAST-MOST",
            help="Without --policy: number of computed steps in a solution. Default: 4-8.",
        ),
    ] = None,
    per_problem: Annotated[
        int | None, typer.Option(min=1, help="Without --policy: pairs per problem. Default: 1.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="With --policy: use only this many problems, drawn at random."),
    ] = None,
    templates: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="With --policy: folder with your own prompt templates."),
    ] = None,
    config: Annotated[
        list[str] | None,
        config_option(
            "With --policy: sampling settings as in lcbrb bench, and least_change (0.01), "
            "length_ratio (2), initial_passes (true), degraded_answer (broken; kept, any), "
            "dimensions (how many of the three for each problem; 1)."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed for all random draws.")] = 0,
    require_isolation: Isolation = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make pairs of optimized, initial and degraded reasoning about the same problem (OD pairs).

    With --policy a model writes all three; rewrites that fail a check are counted and left out.
    Without it they are computed by rule, and lengths are balanced: for each kind, the better side
    is the longer one in half of the pairs. Next to PAIRS.jsonl it writes PAIRS.manifest.json and
    the folder PAIRS.run, from which running the command again resumes a stopped run.
    """
    import lcbrb
    from lcbrb import codec
    from lcbrb.cli.output import print_notes
    from lcbrb.cli.pairs.options import read_mix, read_range, refuse_other_way
    from lcbrb.cli.pairs.output import show_od
    from lcbrb.cli.progress import shown_unless
    from lcbrb.cli.settings import read_settings
    from lcbrb.cli.terminal import say_document

    by_rule = {"--degrade": degrade, "--steps": steps, "--per-problem": per_problem}
    by_policy = {
        "--limit": limit,
        "--templates": templates,
        "--config": config,
        "--require-isolation": require_isolation,
    }
    refuse_other_way(policy, by_rule, by_policy)
    check_output(output, PAIRS, inputs=[problems, *(config or ())], force=force)
    parts = read_mix(mix) if mix else None
    named = [kind.strip() for kind in kinds.split(",")] if kinds else None
    if policy is not None:
        result = lcbrb.generate_od_pairs(
            problems,
            policy,
            output,
            n=count,
            mix=parts,
            dimensions=named,
            templates=templates,
            limit=limit,
            seed=seed,
            config=read_settings(config or ()),
            isolation=require_isolation,
            progress=shown_unless(quiet),
        )
    else:
        result = lcbrb.build_od_pairs(
            problems,
            output,
            degrade=degrade or "programmatic",
            n=count or 500,
            mix=parts,
            kinds=named,
            steps=read_range(steps or "4-8"),
            per_problem=per_problem or 1,
            seed=seed,
        )
    if as_json:
        say_document(codec.encode_pretty(result.manifest))
    else:
        show_od(result)
        print_notes(result.manifest.notes)
    result.raise_if_empty()


app.command()(audit)
app.command()(review)
app.command()(publish)
