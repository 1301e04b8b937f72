"""What `lcbrb train sft` shows of a finished training."""

from __future__ import annotations

from lcbrb.cli.output import print_notes
from lcbrb.cli.terminal import console
from lcbrb.training.sft.run import TunedPolicy


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
    out.print(
        f"{counts['examples']} examples of {counts['problems']} problems, {counts['steps']} steps, "
        f"{tuned.record.wall_s:.0f} s -> {tuned.model}"
    )
    print_notes(tuned.record.notes)
