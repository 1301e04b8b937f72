"""`lcbrb pairs`: make preference pairs, audit and publish them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.commands import Commands
from lcbrb.cli.options import AsJson, Isolation, Quiet
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
            help="With --policy a benchmark ('livecodebench@v5?since=2024-08-01', "
            "deepcoder:taco, math500, mini) or a file of problems. By rule, problems are "
            "generated: arithmetic (chains of sums), words (the same told in sentences), traces "
            "(programs to follow).",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file of pairs (JSONL).")],
    policy: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="Have a policy (openai:MODEL@URL, hf:…, vllm:…) write the reasonings and rewrite "
            "them; every rewrite is graded and checked.",
        ),
    ] = None,
    degrade: Annotated[
        str | None,
        typer.Option(
            metavar="programmatic",
            help="By rule: a known flaw in a computed solution, verified by recomputation. The "
            "way where no policy is given.",
        ),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(
            "-n", min=1, help="How many pairs: 500 by rule, of a policy's at most as many as fit."
        ),
    ] = None,
    mix: Annotated[
        str,
        typer.Option(
            metavar="KIND=PART,…",
            help="Proportions of strong (optimized over degraded), optimized (over initial) and "
            "degraded (initial over it); strong=2,optimized=1,degraded=1 where not given.",
        ),
    ] = "",
    kinds: Annotated[
        str,
        typer.Option(
            metavar="KIND,…",
            help="By rule: propagated-error, dropped-step, swapped-steps, circular, "
            "unjustified-leap, contradicted-fact. With --policy: factual-accuracy, logical-rigor, "
            "logical-coherence. All where not given.",
        ),
    ] = "",
    steps: Annotated[
        str | None,
        typer.Option(
            metavar="LEAST-MOST", help="By rule: computed steps that an answer needs (4-8)."
        ),
    ] = None,
    per_problem: Annotated[
        int | None, typer.Option(min=1, help="By rule: so many pairs of a problem (1).")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="With --policy: ask this many problems, a seeded draw."),
    ] = None,
    templates: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="With --policy: words of your own for what it is asked."),
    ] = None,
    config: Annotated[
        list[str] | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE|NAME=VALUE",
            help="With --policy: settings of sampling as in lcbrb bench, and least_change (0.01), "
            "length_ratio (2), initial_passes (true), degraded_answer (broken; kept, any), "
            "dimensions (1 of the three for each problem).",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides every draw.")] = 0,
    require_isolation: Isolation = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Pair optimized, initial and degraded reasonings of one problem.

    With --policy a model writes all three; what fails a check is in no pair, and counted. Else
    they are computed by rule, and lengths are balanced: for each kind, the better side is the
    longer one in half of the pairs. Beside PAIRS.jsonl it writes PAIRS.manifest.json and the folder
    PAIRS.run, from which a stopped run goes on.
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
