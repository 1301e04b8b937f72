"""What `lcbrb env` prints."""

from __future__ import annotations

from collections.abc import Sequence

from lcbrb.cli.output import print_json
from lcbrb.cli.terminal import Table, console, say
from lcbrb.codec import to_dict
from lcbrb.environments.definition import Definition
from lcbrb.environments.store import Environment
from lcbrb.types import JsonValue
from lcbrb.validation.gold_passes import Finding, GoldPasses

_DETAIL = 160


def show_environment(made: Environment) -> None:
    """One that was just made: where it is, and how it differs from the benchmark's own pins."""
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
                "environments": [environment_document(environment) for environment in there],
                "known": {definition.name: definition.settings.title for definition in known},
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
    for definition in known:
        say(f"{definition.name}: {definition.settings.title} (lcbrb env create {definition.name})")


def show_golds(measured: GoldPasses) -> None:
    """How many golds pass, those that don't by name, and what is otherwise than in the table."""
    out = console()
    passes = "one pass" if measured.passes == 1 else f"{measured.passes} passes"
    table = Table(
        f"{measured.environment} ({measured.version}, {passes})", "n", title="gold solutions"
    )
    for finding in Finding:
        table.add_row(finding.value, str(measured.count(finding)))
    out.print(table)
    if measured.doubt:
        out.print(f"the gold table may not apply here: {measured.doubt}")
    if measured.table is None:
        out.print(f"there is no gold table for Python {measured.python} to compare with")
    for gold in measured.golds:
        if gold.finding is not Finding.PASSES or gold.surprises:
            surprise = f", but the table says: {gold.expected}" if gold.surprises else ""
            line = f"{gold.problem_id} {gold.finding}{surprise} {gold.detail[:_DETAIL]}"
            out.print(line.rstrip())
    if measured.table is not None:
        surprises = sum(gold.surprises for gold in measured.golds)
        out.print(
            f"{surprises} gold solutions differ from the gold table of {measured.table.measured}"
        )


def golds_document(measured: GoldPasses) -> dict[str, JsonValue]:
    """Counts, and every gold that does not always pass or is otherwise than the table says."""
    return {
        "environment": measured.environment,
        "benchmark_version": measured.version,
        "passes": measured.passes,
        "golds": len(measured.golds),
        "counts": {finding.name.lower(): measured.count(finding) for finding in Finding},
        "table": measured.table.measured if measured.table else None,
        "doubt": measured.doubt or None,
        "named": [
            {
                "problem_id": gold.problem_id,
                "finding": gold.finding.name.lower(),
                "expected": gold.expected.name.lower() if gold.expected else None,
                "statuses": [verdict.status.value for verdict in gold.verdicts],
                "detail": gold.detail,
            }
            for gold in measured.golds
            if gold.finding is not Finding.PASSES or gold.surprises
        ],
    }


def environment_document(environment: Environment) -> dict[str, JsonValue]:
    """What is known of an environment."""
    return {
        "name": environment.name,
        "python": environment.python,
        "state": environment.state.name.lower(),
        "folder": str(environment.folder),
        "record": to_dict(environment.record) if environment.record else None,
    }
