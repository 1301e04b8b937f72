"""`lcbrb validate`: can a benchmark's verdicts be trusted here?"""

from __future__ import annotations

from typing import Annotated

import typer

from lcbrb.cli.options import AsJson, Isolation, Quiet, Seed


def validate(
    name: Annotated[
        str, typer.Argument(metavar="BENCHMARK", help="As in bench: humaneval+, mbpp, mini, …")
    ],
    against: Annotated[
        str | None,
        typer.Option(
            metavar="PEER",
            help="Have an installed peer grade the same programs, and name every difference: "
            "evalplus for humaneval+ and mbpp+, bigcodebench for its own. It runs them WITHOUT "
            "ISOLATION.",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Check this many problems: a seeded draw.")
    ] = None,
    seed: Seed = 0,
    require_isolation: Isolation = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Check that every gold solution passes and that a broken copy of it fails.

    Golds that fail (exit code 1) and golds whose broken copies all pass are named. With --against,
    differences from the peer that are not known to be its fault end with exit code 1 too.
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
