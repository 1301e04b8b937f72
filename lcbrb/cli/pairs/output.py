"""The results of `lcbrb pairs build` as tables for people."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Sequence

from lcbrb.api.build_od_pairs import OdPairs
from lcbrb.api.build_pairs import BuiltPairs
from lcbrb.cli.output import print_notes
from lcbrb.cli.tables import agreement_table
from lcbrb.cli.terminal import Table, console, say, say_document
from lcbrb.pairs.cost import PairCost
from lcbrb.pairs.judging import JudgeAccount
from lcbrb.pairs.yields import Yield
from lcbrb.stats.estimate_text import interval
from lcbrb.types import PairManifest


def show_build(result: BuiltPairs, manifest: PairManifest) -> None:
    """What became of the completions, the yield, the judge's account, and the pairs."""
    out, built = console(), result.built
    account = Table("completions", "", title="verdicts and labels", title_justify="left")
    account.columns[1].justify = "right"
    groups = {"verdict": built.statuses, "label": built.labels, "cell": built.cells}
    for group, counted in groups.items():
        for name, count in counted.items():
            account.add_row(f"{group}: {name}", str(count))
    out.print(account)
    rates = Table("sampler", "pass@1 [95%]", "samples", "problems", title="pass rates")
    for sampler, estimate in built.pass_rates.items():
        rates.add_row(sampler, interval(estimate), str(estimate.n), str(estimate.clusters))
    out.print(rates)
    out.print(_yield_table(built.yields))
    if built.judge is not None:
        out.print(_judge_table(built.judge))
    if built.agreement.compared:
        out.print(agreement_table(built.agreement.counts))
    across = manifest.counts["across_samplers"]
    out.print(
        f"{manifest.pairs} pairs of {manifest.problems} problems "
        f"({manifest.counts['same_sampler']} of one sampler, {across} across samplers) "
        f"-> {result.path}"
    )


def _yield_table(yields: Sequence[Yield]) -> Table:
    """Problems with both kinds of completions, by difficulty."""
    table = Table(
        *("difficulty", "problems", "completions", "superior", "inferior", "both", "share [95%]"),
        *("pairs", "stopped"),
        title="yield: problems by the samples they gave",
        title_justify="left",
    )
    for row in yields:
        stops = ", ".join(f"{count} {why.replace('_', ' ')}" for why, count in row.stops.items())
        counts = (row.problems, row.completions, row.superior, row.inferior, row.both)
        table.add_row(
            row.difficulty, *map(str, counts), interval(row.rate), str(row.pairs), stops or "-"
        )
    return table


def _judge_table(account: JudgeAccount) -> Table:
    """How often the judge goes with the tests, with what files say, and with itself."""
    table = Table("judge", "share [95%]", "n", title="judge", title_justify="left")
    for metric, estimate in account.estimates.items():
        table.add_row(str(metric).replace("_", " "), interval(estimate), str(estimate.n))
    table.add_row("judged completions", "", str(account.judged))
    table.add_row("without a judgement", "", str(account.undecided))
    for reading, count in account.votes.items():
        table.add_row(f"replies {reading}", "", str(count))
    return table


def show_cost(cost: PairCost, *, as_json: bool) -> None:
    """What a build would take at most."""
    if as_json:
        say_document(json.dumps(dataclasses.asdict(cost), indent=2) + "\n")
    else:
        for sentence in cost.sentences:
            say(sentence)


def show_waiting(result: BuiltPairs, *, as_json: bool) -> None:
    """That requests wait for a batch, and where they are."""
    where = str(result.requests) if result.requests is not None else None
    if as_json:
        say_document(json.dumps({"waiting": result.waiting, "requests": where}, indent=2) + "\n")
        return
    print_notes(result.notes)
    if where is not None:
        say(
            f"{result.waiting} requests -> {where}; no pairs yet. Have them answered (by "
            "OpenAI's batch service or vllm run-batch), then run the same command with --collect "
            "RESULTS instead of --emit-batch"
        )


def show_od(result: OdPairs) -> None:
    """The pairs by what is better over what, and by kind."""
    out, manifest = console(), result.manifest
    table = Table("pairs", "kind", "n", "chosen longer", title="pairs", title_justify="left")
    longer = defaultdict[tuple[str, str], list[bool]](list)
    for pair in result.pairs:
        name = pair.relation.value.replace("_", " ")
        longer[name, str(pair.category)].append(len(pair.chosen) > len(pair.rejected))
    for (name, kind), values in sorted(longer.items()):
        table.add_row(name, kind, str(len(values)), str(sum(values)))
    out.print(table)
    refused = {name: count for name, count in manifest.counts.items() if "_refused_" in name}
    if refused:
        account = Table("refused", "reason", "n", title="in no pair", title_justify="left")
        for name, count in refused.items():
            what, _, reason = name.partition("_refused_")
            total = manifest.counts[f"{what}_made"]
            account.add_row(what, reason.replace("_", " "), f"{count} of {total}")
        out.print(account)
    out.print(f"{manifest.pairs} pairs of {manifest.problems} problems -> {result.path}")
