"""What `lcbrb train` shows of a finished training."""

from __future__ import annotations

from collections.abc import Sequence

from lcbrb.cli.output import print_notes
from lcbrb.cli.tables import interval, methods
from lcbrb.cli.terminal import Table, console
from lcbrb.rewards.metrics import accuracy
from lcbrb.training.pgrpo.arm_comparison import AdvantageComparison
from lcbrb.training.pgrpo.run import TrainedPolicy
from lcbrb.training.reward_model.run import Trained


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


def show_advantages(compared: Sequence[AdvantageComparison]) -> None:
    """A table of arms for each run, and what is not in it."""
    out = console()
    heads = "arm", "groups with a gradient", "mean |advantage|", "in all-correct groups"
    against = "correlation", "other sign", "replies"
    for run in compared:
        title = (
            f"{run.run}: trained by {run.trained_by}; {run.groups} groups, {run.all_correct} "
            f"all-correct, {run.replies} replies"
        )
        table = Table(*heads, *against, title=title, title_justify="left")
        for column in table.columns[1:]:
            column.justify = "right"
        for arm in run.arms:
            share, correlation = arm.in_all_correct, arm.correlation
            table.add_row(
                f"{arm.arm}{' (trained)' if arm.arm is run.trained_by else ''}",
                interval(arm.with_gradient),
                interval(arm.mean_absolute, ".3f", scale=1, unit=""),
                "-" if share is None else f"{100 * share:.1f}%",
                "-" if correlation is None else f"{correlation:.3f}",
                interval(arm.sign_changes),
                str(arm.mean_absolute.n),
            )
        out.print(table)
        for arm_name, why in run.left_out.items():
            out.print(f"left out: {arm_name}: {why}")
        if run.unknown:
            out.print(f"{run.unknown} replies that we failed to judge are in no figure")
        print_notes(run.notes)
    if compared:
        estimates = [arm.mean_absolute for run in compared for arm in run.arms]
        out.print("correlation and other sign: with the advantages of the arm that trained, over")
        out.print("replies; intervals, clustered by problem: " + methods(estimates))
