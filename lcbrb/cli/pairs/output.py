"""The results of `lcbrb pairs build` as tables for people."""

from __future__ import annotations

from collections import defaultdict

from lcbrb.api.build_od_pairs import OdPairs
from lcbrb.api.build_pairs import BuiltPairs
from lcbrb.cli.tables import agreement_table, interval
from lcbrb.cli.terminal import Table, console


def show_build(result: BuiltPairs) -> None:
    """What became of the completions, the pass rates, the agreement, and the pairs."""
    out, built, manifest = console(), result.built, result.manifest
    account = Table("completions", "", title="verdicts and labels", title_justify="left")
    account.columns[1].justify = "right"
    for group, counted in (("verdict", built.statuses), ("label", built.labels)):
        for name, count in counted.items():
            account.add_row(f"{group}: {name}", str(count))
    out.print(account)
    rates = Table("sampler", "pass@1 [95%]", "samples", "problems", title="pass rates")
    for sampler, estimate in built.pass_rates.items():
        rates.add_row(sampler, interval(estimate), str(estimate.n), str(estimate.clusters))
    out.print(rates)
    if built.agreement.compared:
        out.print(agreement_table(built.agreement.counts))
    across = manifest.counts["across_samplers"]
    out.print(
        f"{manifest.pairs} pairs of {manifest.problems} problems "
        f"({manifest.counts['same_sampler']} of one sampler, {across} across samplers) "
        f"-> {result.path}"
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
