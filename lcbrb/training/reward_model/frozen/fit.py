"""A head fitted to hidden states, step by step as TRL's trainer would with a frozen trunk."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lcbrb.training.fitted import Fitted, check_finite
from lcbrb.training.order import batches_of, steps_of
from lcbrb.training.reward_model.frozen.states import PairStates
from lcbrb.training.reward_model.losses import accuracy_and_loss, loss_of
from lcbrb.training.reward_model.settings import RewardSettings
from lcbrb.training.reward_model.weight_decay import groups
from lcbrb.types import TrainingStep

if TYPE_CHECKING:
    from torch import Tensor, nn

Scores = Callable[["Tensor"], "Tensor"]


def fit_head(  # noqa: PLR0913, PLR0917 - a head, how it is applied, and on what
    head: nn.Module,
    scores: Scores,
    states: PairStates,
    held_out: PairStates | None,
    settings: RewardSettings,
    seed: int,
    on_step: Callable[[TrainingStep], object] = lambda _: None,
) -> Fitted:
    """Train a head; at the end it has the weights that were best on the pairs held out.

    AdamW with a learning rate that rises over `warmup` and falls to 0, gradients cut to
    `max_grad_norm`. Without pairs held out the last weights count. `scores` applies the head, from
    inputs of shape (N, D) to scores of shape (N,); `held_out` are the pairs to choose the weights
    by.

    Raises:
        IncompleteRunError: the loss is no number any more.
    """
    import torch
    from transformers import get_linear_schedule_with_warmup

    device = next(head.parameters()).device
    chosen, rejected, margin, target = _tensors(states, device)
    count = len(chosen)
    total = steps_of(count, settings.batch_size, settings.passes)
    optimizer = torch.optim.AdamW(groups(head, settings.weight_decay), lr=settings.rate)
    warmup = math.ceil(settings.warmup * total)
    schedule = get_linear_schedule_with_warmup(optimizer, warmup, total)
    every = settings.eval_every or steps_of(count, settings.batch_size, 1)
    best = _Best(patience=settings.patience)
    steps: list[TrainingStep] = []
    for epoch in range(settings.passes):
        for batch in batches_of(count, settings.batch_size, seed, epoch):
            rows = torch.tensor(batch, device=device)
            # one call for both sides, as a trainer's batch holds them
            both = scores(torch.cat([chosen[rows], rejected[rows]]))
            better, worse = both[: len(batch)], both[len(batch) :]
            loss = loss_of(settings, better, worse, margin[rows], target[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # untyped upstream
            norm = torch.nn.utils.clip_grad_norm_(
                head.parameters(), settings.max_grad_norm or math.inf
            )
            value = float(loss.detach())
            check_finite(value, len(steps) + 1)
            rate = schedule.get_last_lr()[0]
            optimizer.step()
            schedule.step()
            step = len(steps) + 1
            accuracy = held_out_loss = None
            if held_out is not None and (step % every == 0 or step == total):
                accuracy, held_out_loss = evaluate(scores, held_out, settings, device)
                best.see(step, accuracy, held_out_loss, head)
            steps.append(
                TrainingStep(
                    step=step,
                    epoch=step * settings.passes / total,
                    loss=value,
                    learning_rate=rate,
                    grad_norm=float(norm),
                    accuracy=accuracy,
                    held_out_loss=held_out_loss,
                )
            )
            on_step(steps[-1])
            if best.is_over:
                break
        if best.is_over:
            break
    if best.state is not None:
        head.load_state_dict(best.state)
    return Fitted(steps, best.step or len(steps))


@dataclass(slots=True)
class _Best:
    """The best weights so far, and how many evaluations ago they were."""

    patience: int
    step: int = 0
    accuracy: float | None = None
    loss: float = math.inf
    state: dict[str, Tensor] | None = None
    since: int = 0

    @property
    def is_over(self) -> bool:
        """Whether there was no better one for as long as training is to wait."""
        return bool(self.patience) and self.since >= self.patience

    def see(self, step: int, accuracy: float, loss: float, head: nn.Module) -> None:
        if self.accuracy is None or (accuracy, -loss) > (self.accuracy, -self.loss):
            self.step, self.accuracy, self.loss, self.since = step, accuracy, loss, 0
            self.state = copy.deepcopy(head.state_dict())
        else:
            self.since += 1


def evaluate(
    scores: Scores, states: PairStates, settings: RewardSettings, device: object
) -> tuple[float, float]:
    """Accuracy (a tie is half a win) and loss on some pairs."""
    import torch

    with torch.no_grad():
        chosen, rejected, margin, target = _tensors(states, device)
        return accuracy_and_loss(settings, scores(chosen), scores(rejected), margin, target)


def _tensors(states: PairStates, device: object) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    import torch

    arrays = (states.chosen_N_D, states.rejected_N_D, states.margin_N, states.target_N_2)
    tensors = [torch.from_numpy(array).to(device) for array in arrays]  # type: ignore[call-overload]
    return tensors[0], tensors[1], tensors[2], tensors[3]
