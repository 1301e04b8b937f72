"""What `lcbrb env` prints."""

from __future__ import annotations

from collections.abc import Sequence

from lcbrb.cli.output import print_json
from lcbrb.cli.terminal import Table, console, say
from lcbrb.codec import to_dict
from lcbrb.environments.definition import Definition
from lcbrb.environments.store import Environment
from lcbrb.types import JsonValue
from lcbrb.validation.gold_passes import Finding, GoldPasses, MeasuredGold

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


def show_golds(found: GoldPasses) -> None:
    """How many golds pass, those that don't by name, and what is otherwise than in the table."""
    out = console()
    passes = "one pass" if found.passes == 1 else f"{found.passes} passes"
    table = Table(f"{found.environment} ({found.version}, {passes})", "n", title="gold solutions")
    for finding in Finding:
        table.add_row(finding.value, str(found.count(finding)))
    out.print(table)
    if found.doubt:
        out.print(f"the gold table may not fit: {found.doubt}")
    if found.table is None:
        out.print(f"there is no gold table for Python {found.python} to compare with")
    for gold in found.golds:
        if gold.finding is not Finding.PASSES or gold.surprises:
            out.print(_line(gold))
    if found.table is not None:
        surprises = sum(gold.surprises for gold in found.golds)
        out.print(
            f"{surprises} golds are otherwise than in the gold table of {found.table.measured}"
        )


def _line(gold: MeasuredGold) -> str:
    told = f", though the table says: {gold.expected}" if gold.surprises else ""
    return f"{gold.problem_id} {gold.finding}{told} {gold.detail[:_DETAIL]}".rstrip()


def golds_document(found: GoldPasses) -> dict[str, JsonValue]:
    """Counts, and every gold that does not always pass or is otherwise than the table says."""
    return {
        "environment": found.environment,
        "benchmark_version": found.version,
        "passes": found.passes,
        "golds": len(found.golds),
        "counts": {finding.name.lower(): found.count(finding) for finding in Finding},
        "table": found.table.measured if found.table else None,
        "doubt": found.doubt or None,
        "named": [
            {
                "problem_id": gold.problem_id,
                "finding": gold.finding.name.lower(),
                "expected": gold.expected.name.lower() if gold.expected else None,
                "statuses": [verdict.status.value for verdict in gold.verdicts],
                "detail": gold.detail,
            }
            for gold in found.golds
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
