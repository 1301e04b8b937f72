"""What `lcbrb env` prints."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from lcbrb.cli.output import print_json
from lcbrb.cli.terminal import Table, console, say
from lcbrb.codec import to_dict
from lcbrb.environments.definition import Definition, definition
from lcbrb.environments.store import Environment
from lcbrb.types import JsonValue


def show_environment(made: Environment, *, as_json: bool) -> None:
    """One that was just made: where it is, and how it differs from the benchmark's own pins."""
    if as_json:
        print_json(_document(made))
        return
    record = made.record
    if record is None:
        return
    say(f"{record.label}: {record.packages} packages, {record.disk_mib} MiB in {made.folder}")
    if record.differs:
        say("other than upstream's pins: " + "; ".join(record.differs))


def show_environments(
    there: Sequence[Environment], known: Sequence[Definition], *, as_json: bool
) -> None:
    """All that are here, then the names that can be made."""
    if as_json:
        print_json(
            {
                "environments": [_document(environment) for environment in there],
                "known": {one.name: one.settings.title for one in known},
            }
        )
        return
    if there:
        table = Table("environment", "python", "state", "MiB", "options", "folder")
        for environment in there:
            record = environment.record
            table.add_row(
                environment.name,
                record.python if record else environment.python,
                environment.state.value,
                str(record.disk_mib) if record else "-",
                ", ".join(record.options) if record else "-",
                str(environment.folder),
            )
        console().print(table)
    for one in known:
        say(f"{one.name}: {one.settings.title} (lcbrb env create {one.name})")


def show_verified(name: str, *, as_json: bool) -> None:
    """Run the golds of an environment's benchmark, as `lcbrb validate` does."""
    import lcbrb
    from lcbrb.cli.progress import BARS
    from lcbrb.cli.validate.output import document, show_validation

    benchmark = definition(name).settings.benchmark
    if not benchmark:
        say(f"{name} belongs to no benchmark that could be validated")
        return
    validation = lcbrb.validate(benchmark, progress=BARS)
    if as_json:
        print_json(document(validation))
    else:
        show_validation(validation)
    validation.raise_if_incomplete()
    if not validation.good:
        raise typer.Exit(1)


def _document(environment: Environment) -> dict[str, JsonValue]:
    return {
        "name": environment.name,
        "python": environment.python,
        "state": environment.state.name.lower(),
        "folder": str(environment.folder),
        "record": to_dict(environment.record) if environment.record else None,
    }
