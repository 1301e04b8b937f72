"""What `lcbrb train` shows of a finished training."""

from __future__ import annotations

from lcbrb.cli.output import print_notes
from lcbrb.cli.tables import interval
from lcbrb.cli.terminal import Table, console
from lcbrb.rewards.metrics import accuracy
from lcbrb.training.pgrpo.run import TrainedPolicy
from lcbrb.training.reward_model import Trained


def show_trained(trained: Trained) -> None:
    """How it ranks the pairs held out, what it cost, and where it lies."""
    out, record = console(), trained.record
    counts = record.counts
    for metric, estimate in record.estimates.items():
        out.print(f"{metric}: {interval(estimate)}, {estimate.n} pairs")
    if trained.held_out is not None:
        table = Table("on pairs held out", "[95%]", "n", "problems", title_justify="left")
        table.columns[2].justify = table.columns[3].justify = "right"
        rows = {"accuracy": trained.held_out.record.estimates[accuracy.ACCURACY]}
        rows |= {str(name): value for name, value in trained.held_out.audit.estimates.items()}
        for name, value in rows.items():
            table.add_row(name, interval(value), str(value.n), str(value.clusters))
        out.print(table)
    out.print(
        f"{counts['pairs']} pairs, {counts['steps']} steps, {record.wall_s:.0f} s "
        f"-> {trained.model}"
    )
    print_notes(record.notes)


def show_policy(trained: TrainedPolicy) -> None:
    """What it solves of the problems held out, before and after, what it cost, where it lies."""
    out, record = console(), trained.record
    if record.estimates:
        table = Table("on problems held out", "[95%]", "n", "problems", title_justify="left")
        table.columns[2].justify = table.columns[3].justify = "right"
        for name, value in record.estimates.items():
            table.add_row(str(name), interval(value), str(value.n), str(value.clusters))
        out.print(table)
    counts = record.counts
    if counts["unscored"]:
        out.print(f"{counts['unscored']} completions could not be judged and were not trained on")
    out.print(
        f"{counts['problems']} problems, {counts['steps']} steps, {record.wall_s:.0f} s "
        f"-> {trained.model}"
    )
    print_notes(record.notes)
