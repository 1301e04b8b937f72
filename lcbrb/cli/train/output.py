"""What `lcbrb train` shows of a finished training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lcbrb import codec
from lcbrb.cli.output import print_notes
from lcbrb.cli.tables import methods
from lcbrb.cli.terminal import Table, console, say_document
from lcbrb.rewards.metrics import accuracy
from lcbrb.stats.estimate_text import interval
from lcbrb.training.pgrpo.arm_comparison import AdvantageComparison
from lcbrb.training.pgrpo.run import TrainedPolicy
from lcbrb.training.processes import is_first
from lcbrb.training.reward_model.run import Trained
from lcbrb.training.sft.run import TunedPolicy
from lcbrb.types import Estimate, RunRecord


def tell(record: RunRecord, show: Callable[[], None], *, as_json: bool) -> bool:
    """Show a finished training, or print its record; False in other processes than the first."""
    if not is_first():
        return False
    if as_json:
        say_document(codec.encode_pretty(record))
    else:
        show()
    return True


def show_trained(trained: Trained) -> None:
    """How it ranks the pairs held out, what it cost, and where it lies."""
    out, record = console(), trained.record
    for metric, estimate in record.estimates.items():
        out.print(f"{metric}: {interval(estimate)}, {estimate.n} pairs")
    if trained.held_out is not None:
        rows = {"accuracy": trained.held_out.record.estimates[accuracy.ACCURACY]}
        rows |= {str(name): value for name, value in trained.held_out.audit.estimates.items()}
        out.print(_measured("on held-out pairs", rows))
    _show_end(record, f"{record.counts['pairs']} pairs", trained.model)


def _measured(title: str, rows: Mapping[str, Estimate]) -> Table:
    table = Table(title, "[95%]", "n", "problems", title_justify="left")
    table.columns[2].justify = table.columns[3].justify = "right"
    for name, value in rows.items():
        table.add_row(name, interval(value), str(value.n), str(value.clusters))
    return table


def _show_end(record: RunRecord, trained_on: str, model: Path) -> None:
    console().print(
        f"{trained_on}, {record.counts['steps']} steps, {record.wall_s:.0f} s -> {model}"
    )
    print_notes(record.notes)


def show_policy(trained: TrainedPolicy) -> None:
    """What it solves of the problems held out, before and after, what it cost, where it lies."""
    out, record = console(), trained.record
    if record.estimates:
        rows = {str(name): value for name, value in record.estimates.items()}
        out.print(_measured("on held-out problems", rows))
    counts = record.counts
    if counts["unscored"]:
        out.print(f"{counts['unscored']} completions could not be graded and were not trained on")
    _show_end(record, f"{counts['problems']} problems", trained.model)


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
            out.print(f"{run.unknown} replies that could not be graded are left out of all figures")
        print_notes(run.notes)
    if compared:
        estimates = [arm.mean_absolute for run in compared for arm in run.arms]
        out.print(
            "correlation, and share with the other sign: against the advantages of the arm that "
            "was trained, over"
        )
        out.print("replies; intervals, clustered by problem: " + methods(estimates))


def show_tuned(tuned: TunedPolicy) -> None:
    """The held-out loss, what gave no example, what the training cost, where the policy lies."""
    out, counts = console(), tuned.record.counts
    losses = {s.step: s.held_out_loss for s in tuned.steps if s.held_out_loss is not None}
    if losses:
        first, *rest = (f"{loss:.4f} (step {step})" for step, loss in losses.items())
        last = f", {rest[-1]} at the end" if rest else ""
        best = losses[counts["best_step"]]
        out.print(
            f"held-out loss of a reply token: {first} at first{last}; kept: {best:.4f} (step "
            f"{counts['best_step']})"
        )
    left_out = {
        name.removeprefix("left_out_").replace("_", " "): count
        for name, count in counts.items()
        if name.startswith("left_out_")
    }
    if left_out:
        out.print("no examples: " + ", ".join(f"{count} {why}" for why, count in left_out.items()))
    trained_on = f"{counts['examples']} examples of {counts['problems']} problems"
    _show_end(tuned.record, trained_on, tuned.model)
