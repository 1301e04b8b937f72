"""What stands on top of TRL's classes. Importing it imports TRL, which takes half a minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from trl import RewardTrainer

from lcbrb.models.batching import pad
from lcbrb.protocols.reward import Prepared
from lcbrb.rewards.forward.batching import Tokens
from lcbrb.training.checkpoint import is_sharded
from lcbrb.training.fitted import check_finite
from lcbrb.training.reward_model.base_model import HeadedModel
from lcbrb.training.reward_model.losses import accuracy_and_loss, loss_of
from lcbrb.training.reward_model.tokenised import NO_PAIR
from lcbrb.training.reward_model.weight_decay import decayed
from lcbrb.training.trl_shared import GoesOn

_LOSS_WEIGHT = 1e-6  # of the loss where accuracies are compared: less than a pair is worth


@dataclass(frozen=True, slots=True)
class Collator:
    """Rows to a batch: the better sides, then the worse ones, padded on the right."""

    pad: int

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        """Ids, mask, token types where there are some; margins, targets and rows of the pairs."""
        kinds = (("chosen_ids", 0), ("rejected_ids", 1))
        sides = [Tokens(row[ids], row["types"][side]) for ids, side in kinds for row in rows]
        return self.padded(sides) | {
            "margin": torch.tensor([row["margin"] for row in rows], dtype=torch.float32),
            "targets": torch.tensor([row["targets"] for row in rows], dtype=torch.float32),
            "rows": torch.tensor([row["row"] for row in rows]),
        }

    def padded(self, sides: Sequence[Tokens]) -> dict[str, Tensor]:
        """Texts as the model's forward pass takes them."""
        cpu = torch.device("cpu")
        ids_B_T, mask_B_T = pad([side.ids for side in sides], cpu, self.pad)
        batch = {"input_ids": ids_B_T, "attention_mask": mask_B_T}
        if all(side.marks for side in sides):
            batch["token_type_ids"], _ = pad([side.marks for side in sides], cpu, 0)
        return batch


class Trainer(GoesOn, RewardTrainer):  # type: ignore[misc]  # untyped upstream
    """TRL's trainer of reward models; `scored` is what it trains."""

    scored: HeadedModel

    def compute_loss(
        self,
        model: Any,
        inputs: Any,
        return_outputs: bool = False,  # noqa: FBT001, FBT002 - as upstream has it
        num_items_in_batch: Any = None,
    ) -> Any:
        """The loss of `loss_of`, in which each pair of the batch weighs alike.

        TRL takes the mean over a micro-batch, and then the mean of these: where the last one has
        fewer pairs, each of them weighs more. Its own loss is computed for its metrics alone.
        """
        rows, targets = inputs.pop("rows"), inputs.pop("targets")
        _, outputs = super().compute_loss(model, inputs, True, num_items_in_batch)  # noqa: FBT003
        better, worse = torch.chunk(outputs.logits.squeeze(-1).float(), chunks=2)
        pairs = rows != NO_PAIR  # the others only fill a batch
        margins = inputs["margin"][pairs]
        loss = 0.0 * outputs.logits.sum()  # a batch without a pair has gradients too, all 0
        if pairs.any():
            loss = loss_of(self.job.settings, better[pairs], worse[pairs], margins, targets[pairs])
        self._check_finite(loss, rows[pairs])
        if num_items_in_batch is not None:  # the library takes the mean of micro-batches, processes
            loss = loss * (int(pairs.sum()) / num_items_in_batch)
            loss = loss * (self.current_gradient_accumulation_steps * self.job.processes.count)
        return (loss, outputs) if return_outputs else loss

    def _check_finite(self, loss: Tensor, rows: Tensor) -> None:
        """Hold that the loss is a number in every process, so that all end alike."""
        if bool(self.accelerator.gather(torch.isfinite(loss).reshape(1)).all()):
            return
        names = [self.job.train.rows[row].pair.id[:12] for row in rows.tolist()]
        for value, where in self.job.processes.gathered((float(loss.detach()), names)):
            check_finite(value, self.state.global_step + 1, where)

    def _get_num_items_in_batch(self, batch_samples: list[Any], device: torch.device) -> int:
        """Pairs of an optimizer step, in all processes."""
        del device
        own = sum(int((batch["rows"] != NO_PAIR).sum()) for batch in batch_samples)
        return sum(self.job.processes.gathered(own))

    def get_decay_parameter_names(self, model: Any) -> list[str]:
        """Those that a frozen trunk's trainer decays too."""
        return decayed(model)

    def evaluate(self, *_: Any, metric_key_prefix: str = "eval", **__: Any) -> dict[str, float]:
        """The pairs held out, by our own scorer."""
        pairs = self.job.held_out.rows
        self.model.eval()
        sides = [side for pair in pairs for side in (pair.chosen, pair.rejected)]
        scores = torch.tensor(self._scores(sides))
        margins = torch.tensor([pair.margin for pair in pairs])
        targets = torch.tensor([pair.targets for pair in pairs])
        accuracy, loss = accuracy_and_loss(
            self.job.settings, scores[::2], scores[1::2], margins, targets
        )
        metrics = {f"{metric_key_prefix}_accuracy": accuracy, f"{metric_key_prefix}_loss": loss}
        choice = accuracy - _LOSS_WEIGHT * loss / (1.0 + loss)
        return self.evaluated(metrics, choice, accuracy, loss)

    def _scores(self, sides: Sequence[Tokens]) -> list[float]:
        """A share of them scored in each process, all told to all."""
        rank, count = self.job.processes.rank, self.job.processes.count
        if is_sharded(self):
            own = self._forward(sides, rank, count)
        else:
            own = list(self.scored.score_prepared(Prepared(inputs=sides[rank::count])))
        scores = [0.0] * len(sides)
        for start, share in enumerate(self.job.processes.gathered(own)):
            scores[start::count] = share
        return scores

    def _forward(self, sides: Sequence[Tokens], rank: int, count: int) -> list[float]:
        """By the model's own forward pass: the only one for weights that lie in pieces.

        All processes must call it equally often, so some compute a text again.
        """
        size = 2 * self.job.micro_batch
        longest = -(-len(sides) // count)
        own = [sides[place % len(sides)] for place in range(rank, rank + count * longest, count)]
        scores: list[float] = []
        with torch.no_grad():
            for start in range(0, longest, size):
                batch = self.data_collator.padded(own[start : start + size])
                batch = {name: value.to(self.args.device) for name, value in batch.items()}
                logits = self.model_wrapped(**batch, use_cache=False).logits
                scores += logits.squeeze(-1).float().tolist()
        return scores[: len(sides[rank::count])]
