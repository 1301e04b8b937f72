"""Tables of a model card: what a model is, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping

from lcbrb.types import Estimate, RunRecord


def filled_card(
    card: str, record: RunRecord, what: str, facts: Mapping[str, object], **more: object
) -> str:
    """A card's text: what any training's record tells as a table, with more facts of this one.

    `what` says what was trained on ("pairs").
    """
    config = record.config
    told: dict[str, object] = {
        "base": f"{record.subject.partition(' on ')[2]} ({record.revision})",
        what: f"{record.benchmark} {record.benchmark_version}",
        f"sha256 of the {what}": f"`{record.dataset_sha256}`",
        **facts,
        "learning rate": config["learning_rate"],
        "seed": record.seed,
    }
    rows = (f"| {name} | {value} |" for name, value in told.items())
    table = "\n".join(["| | |", "|---|---|", *rows])
    version = record.environment["lcbrb"]
    return card.format(subject=record.subject, version=version, facts=table, **more)


def lora_of(record: RunRecord) -> str:
    """What a record says of adapters."""
    rank = record.config["lora_rank"]
    return f"rank {rank}" if rank else "none: all weights"


def estimates_table(estimates: Mapping[str, Estimate]) -> str:
    """Estimates as a Markdown table: name, value, interval, n, method."""
    rows = (_row(name, value) for name, value in estimates.items())
    return "\n".join(["| | | 95% | n | method |", "|---|---|---|---|---|", *rows, ""])


def _row(name: str, value: Estimate) -> str:
    low, high = value.low, value.high
    interval = "none" if low is None or high is None else f"{low:.3f} to {high:.3f}"
    return f"| {name} | {value.value:.3f} | {interval} | {value.n} | {value.method} |"
