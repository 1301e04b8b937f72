"""What happens between the steps of a policy's training: evaluation, checkpoints, the journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from lcbrb.training.resume import keep_whole


class Watcher(TrainerCallback):  # type: ignore[misc]  # untyped upstream
    """Of a `PosteriorTrainer`."""

    def __init__(self, trainer: Any) -> None:
        self.trainer = trainer

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """The policy as it comes is evaluated too."""
        if state.global_step == 0:
            self.trainer.evaluate_held_out()

    def on_step_end(self, _args: Any, state: Any, control: Any, **_: Any) -> None:
        """The last step is evaluated and kept, whatever the interval."""
        every, last = self.trainer.settings.eval_every, state.global_step >= state.max_steps
        if last or (every and state.global_step % every == 0):
            self.trainer.evaluate_held_out()
        if last:
            control.should_save = True

    def on_log(self, _args: Any, state: Any, _control: Any, logs: Any = None, **_: Any) -> None:
        """A step was taken."""
        if logs and "loss" in logs:
            journal = self.trainer.journal
            self.trainer.processes.together(
                lambda: journal.log(state.global_step, state.epoch, logs)
            )

    def on_save(self, args: Any, state: Any, _control: Any, **_: Any) -> None:
        """A checkpoint was written to its end: older ones may go now, and not before."""
        checkpoint = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        keep_whole(checkpoint, self.trainer.processes)
