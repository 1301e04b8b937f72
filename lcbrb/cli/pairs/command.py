"""`lcbrb pairs`: make preference pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lcbrb.cli.options import AsJson, Isolation

app = typer.Typer(no_args_is_help=True)


@app.callback()
def pairs() -> None:
    """Build preference pairs of reasoning processes."""


@app.command()
def build(
    problems: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help="mini, livecodebench@v5?since=2024-08-01 (also until, difficulty, platform), or "
            "a file in LiveCodeBench's layout.",
        ),
    ],
    policy: Annotated[
        list[str],
        typer.Option(
            metavar="SPEC",
            help="Recorded completions, replay:PATH (file, folder or pattern; several allowed). "
            "replay:PATH?model=NAME names the sampler; replay:mini is packaged.",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file of pairs (JSONL).")],
    verdicts: Annotated[
        str,
        typer.Option(
            metavar="executed|recorded",
            help="Run every program here, or take the file's own verdicts where it has them.",
        ),
    ] = "executed",
    label_by: Annotated[
        str,
        typer.Option(
            metavar="tests|tests+soundness",
            help="Superior and inferior by tests alone, or by tests and by judgements of the "
            "reasoning.",
        ),
    ] = "tests",
    across_samplers: Annotated[
        bool, typer.Option("--across-samplers", help="Also pair samples of different samplers.")
    ] = False,
    per_problem: Annotated[
        int, typer.Option(min=0, help="At most this many pairs of a problem; 0 for all.")
    ] = 4,
    seed: Annotated[int, typer.Option(help="Decides which pairs a problem gives.")] = 0,
    require_isolation: Isolation = None,
    as_json: AsJson = False,
) -> None:
    """Grade completions by running them, and pair those that pass with those that fail.

    Beside PAIRS.jsonl it writes PAIRS.manifest.json (how, from what, and an account of every
    completion) and the folder PAIRS.run (completions and verdicts), from which a stopped build
    goes on.
    """
    import lcbrb
    from lcbrb import codec
    from lcbrb.cli.output import print_notes
    from lcbrb.cli.pairs.output import show_build
    from lcbrb.cli.progress import BARS
    from lcbrb.cli.terminal import say, say_document

    result = lcbrb.build_pairs(
        problems,
        policy,
        output,
        verdicts=verdicts,
        label_by=label_by,
        across_samplers=across_samplers,
        per_problem=per_problem,
        seed=seed,
        isolation=require_isolation,
        progress=BARS,
    )
    if as_json:
        say_document(codec.encode_pretty(result.manifest))
    else:
        show_build(result)
        print_notes(result.manifest.notes)
    result.raise_if_incomplete()
    if not result.pairs:
        say(
            "lcbrb: no pairs: no problem has both a superior and an inferior reasoning"
            " (of one sampler, unless --across-samplers)",
            err=True,
        )


@app.command()
def od(
    problems: Annotated[
        str,
        typer.Option(
            metavar="FAMILY,…",
            help="Generated problems: arithmetic (chains of sums), words (the same told in "
            "sentences), traces (programs to follow).",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file of pairs (JSONL).")],
    degrade: Annotated[
        str,
        typer.Option(
            metavar="programmatic",
            help="By rule: a known flaw in a computed solution, verified by recomputation.",
        ),
    ] = "programmatic",
    count: Annotated[int, typer.Option("-n", min=1, help="How many pairs.")] = 500,
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
            help="propagated-error, dropped-step, swapped-steps, circular, unjustified-leap, "
            "contradicted-fact; all where not given.",
        ),
    ] = "",
    steps: Annotated[
        str, typer.Option(metavar="LEAST-MOST", help="Computed steps that an answer needs.")
    ] = "4-8",
    per_problem: Annotated[int, typer.Option(min=1, help="So many pairs of a problem.")] = 1,
    seed: Annotated[int, typer.Option(help="Decides the problems, the flaws and the words.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Pair optimized, initial and degraded reasonings of one problem.

    Lengths are balanced: for each kind, the better side is the longer one in half of the pairs.
    Beside PAIRS.jsonl it writes PAIRS.manifest.json and the folder PAIRS.run. The same options
    give the same bytes.
    """
    import lcbrb
    from lcbrb import codec
    from lcbrb.cli.pairs.options import read_mix, read_range
    from lcbrb.cli.pairs.output import show_od
    from lcbrb.cli.terminal import say_document

    result = lcbrb.build_od_pairs(
        problems,
        output,
        degrade=degrade,
        n=count,
        mix=read_mix(mix) if mix else None,
        kinds=[kind.strip() for kind in kinds.split(",")] if kinds else None,
        steps=read_range(steps),
        per_problem=per_problem,
        seed=seed,
    )
    if as_json:
        say_document(codec.encode_pretty(result.manifest))
    else:
        show_od(result)
