"""`lcbrb validate`: can a benchmark's verdicts be trusted here?"""

from __future__ import annotations

from typing import Annotated

import typer

from lcbrb.cli.options import AsJson, Isolation, Quiet, Seed


def validate(
    name: Annotated[
        str,
        typer.Argument(
            metavar="BENCHMARK", help="Benchmark to check, as in `bench`: humaneval+, mbpp, mini, …"
        ),
    ],
    against: Annotated[
        str | None,
        typer.Option(
            metavar="PEER",
            help="Also grade the same programs with another installed tool, and list every "
            "difference: evalplus (for humaneval+ and mbpp+) or bigcodebench. That tool runs "
            "them WITHOUT ISOLATION.",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Check only this many problems, drawn at random.")
    ] = None,
    seed: Seed = 0,
    require_isolation: Isolation = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Check a benchmark here: every gold solution must pass, and a broken copy of it must fail.

    Gold solutions that fail (exit code 1) or whose broken copies all pass are listed. With
    --against, a difference from the other tool also gives exit code 1, unless it is known to be
    that tool's mistake.
    """
    import lcbrb
    from lcbrb.cli.output import print_json
    from lcbrb.cli.progress import shown_unless
    from lcbrb.cli.validate.output import document, show_validation

    validation = lcbrb.validate(
        name,
        against=against,
        limit=limit,
        seed=seed,
        isolation=require_isolation,
        progress=shown_unless(quiet),
    )
    if as_json:
        print_json(document(validation))
    else:
        show_validation(validation)
    validation.raise_if_incomplete()
    if not validation.good:
        raise typer.Exit(1)
