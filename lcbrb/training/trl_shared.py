"""What trainers on top of the library's have in common: order, journal, checkpoints, patience."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from lcbrb.training.order import epoch_order
from lcbrb.training.processes import Processes
from lcbrb.training.resume import best_step, keep_whole
from lcbrb.training.supervised import Job
from lcbrb.training.trl_arguments import CHOICE
from lcbrb.types import TrainingStep


class Order:
    """A sampler whose order is drawn from seed and epoch, so that it survives a resume.

    `filling` rows that stand after the others end each epoch; they are no pairs.
    """

    def __init__(self, count: int, seed: int, filling: int = 0) -> None:
        """Begin with the first epoch."""
        self.count, self.seed, self.filling, self.epoch = count, seed, filling, 0

    def set_epoch(self, epoch: int) -> None:
        """Called before each epoch."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        """Positions of pairs, then of what fills the last batch."""
        yield from epoch_order(self.count, self.seed, self.epoch)
        yield from range(self.count, len(self))

    def __len__(self) -> int:
        """How many rows there are."""
        return self.count + self.filling


class Callback(TrainerCallback):  # type: ignore[misc]  # untyped upstream
    """Tells the journal of steps, and marks what is whole."""

    def __init__(self, trainer: Any, processes: Processes) -> None:
        self.trainer, self.processes = trainer, processes

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The last step is evaluated and saved, whatever the interval."""
        if state.global_step >= state.max_steps:
            control.should_save = True
            control.should_evaluate = args.eval_strategy != "no"

    def on_log(self, _args: Any, state: Any, _control: Any, logs: Any = None, **_: Any) -> None:
        """A step was taken."""
        if logs and "loss" in logs and "learning_rate" in logs:
            self.trainer.journal.log(state.global_step, state.epoch, logs)

    def on_save(self, args: Any, state: Any, _control: Any, **_: Any) -> None:
        """A checkpoint was written to its end: older ones may go now, and not before."""
        self.trainer.journal.flush()
        keep_whole(Path(args.output_dir) / f"checkpoint-{state.global_step}", self.processes)


class GoesOn:
    """What a trainer of the library lacks to go on from a checkpoint; stands before its class.

    What mypy does not know of `super()` is the library's.
    """

    args: Any
    control: Any
    model: Any
    state: Any
    train_dataset: Any
    callback_handler: Any

    def begin(self, job: Job[Any, Any]) -> None:
        """Know what is trained, which upstream's constructor does not take."""
        self.job, self.journal = job, Journal(job.on_step)
        self.add_callback(Callback(self, job.processes))  # type: ignore[attr-defined]

    def _get_train_sampler(self, *_: Any, **__: Any) -> Order:
        count = len(self.job.train.rows)
        return Order(count, self.args.seed, len(self.train_dataset) - count)

    def evaluated(
        self, metrics: dict[str, float], choice: float, accuracy: float | None, loss: float
    ) -> dict[str, float]:
        """Tell of an evaluation; the weights with the highest `choice` are the best."""
        metrics = {**metrics, CHOICE: choice}
        self.log(metrics)  # type: ignore[attr-defined]
        self.journal.evaluated(self.state.global_step, accuracy, loss)
        self._wait(choice)
        self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        self.model.train()
        return metrics

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """The run writes a card of its own."""

    def _init_training_state(self, max_steps: int, *more: Any) -> Any:
        """The best checkpoint is looked for where the run's folder is now."""
        *most, checkpoint, trial = more
        begun = super()._init_training_state(max_steps, *most, checkpoint, trial)  # type: ignore[misc]
        if checkpoint is not None and (step := best_step(Path(checkpoint))) is not None:
            best = Path(self.args.output_dir) / f"checkpoint-{step}"
            self.state.best_model_checkpoint = str(best)
        return begun

    def _run_epoch(self, *given: Any, **named: Any) -> None:
        """Nothing is left to do where a checkpoint that is gone on from ended the waiting."""
        if self._is_out_of_patience():
            self.control.should_training_stop = True
            return
        super()._run_epoch(*given, **named)  # type: ignore[misc]

    def _wait(self, choice: float) -> None:
        """End training after so many evaluations without a better one."""
        best = self.state.best_metric
        if (best is None or choice <= best) and self._is_out_of_patience():
            self.control.should_training_stop = True

    def _is_out_of_patience(self) -> bool:
        """Whether the best evaluation is too many ago; counted from the state, so it survives."""
        best, patience = self.state.best_global_step, self.job.settings.patience
        if not patience or not best:
            return False
        since: int = math.ceil((self.state.global_step - best) / self.args.eval_steps)
        return bool(since >= patience)


class Journal:
    """Steps on their way to ``metrics.jsonl``: each once, with the evaluation that followed it."""

    def __init__(self, on_step: Callable[[TrainingStep], object]) -> None:
        """Begin without a step."""
        self.on_step = on_step
        self._waiting: TrainingStep | None = None
        self.steps: list[TrainingStep] = []

    def log(self, step: int, epoch: float, logs: dict[str, float]) -> None:
        """A step was taken."""
        self.flush()
        self._waiting = TrainingStep(
            step=step,
            epoch=float(epoch),
            loss=float(logs["loss"]),
            learning_rate=float(logs["learning_rate"]),
            grad_norm=float(logs["grad_norm"]) if "grad_norm" in logs else None,
        )

    def evaluated(self, step: int, accuracy: float | None, loss: float) -> None:
        """The step was followed by an evaluation."""
        if self._waiting is not None and self._waiting.step == step:
            self._waiting = dataclasses.replace(
                self._waiting, accuracy=accuracy, held_out_loss=loss
            )

    def flush(self) -> None:
        """Pass on what waits."""
        if self._waiting is not None:
            self.steps.append(self._waiting)
            self.on_step(self._waiting)
            self._waiting = None
