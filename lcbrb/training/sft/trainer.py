"""What stands on top of TRL's SFTTrainer. Importing it imports TRL, which takes half a minute.

TRL gives the loop, the checkpoints and the loss: over the tokens of the replies of a whole batch,
however it is accumulated. Added here, each held by a test: examples come as token ids with the loss
on the reply alone, in an order that a resume repeats; held-out loss over all reply tokens; a loss
that is no number names its examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from trl import SFTTrainer

from lcbrb.models.batching import pad
from lcbrb.training.fitted import check_finite
from lcbrb.training.sft.tokens import TokenExample
from lcbrb.training.trl_shared import GoesOn

_NO_LOSS = -100  # torch's word for a token that is not trained on


def rows_of(examples: Sequence[TokenExample]) -> list[dict[str, Any]]:
    """Examples as rows of a data set."""
    return [
        {
            "input_ids": [*tokens.prompt, *tokens.reply],
            "labels": [*[_NO_LOSS] * len(tokens.prompt), *tokens.reply],
            "row": row,
        }
        for row, tokens in enumerate(examples)
    ]


def collate(rows: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Rows to a batch, padded on the right: ids, mask, labels, and which rows they are."""
    cpu = torch.device("cpu")
    ids_B_T, mask_B_T = pad([row["input_ids"] for row in rows], cpu, 0)
    labels_B_T, _ = pad([row["labels"] for row in rows], cpu, _NO_LOSS)
    return {
        "input_ids": ids_B_T,
        "attention_mask": mask_B_T,
        "labels": labels_B_T,
        "rows": torch.tensor([row["row"] for row in rows]),
    }


class Trainer(GoesOn, SFTTrainer):  # type: ignore[misc]  # untyped upstream
    """TRL's trainer of supervised fine-tuning."""

    def compute_loss(
        self,
        model: Any,
        inputs: Any,
        return_outputs: bool = False,  # noqa: FBT001, FBT002 - as upstream has it
        num_items_in_batch: Any = None,
    ) -> Any:
        """TRL's loss; named examples where it is no number."""
        rows = inputs.pop("rows")
        result = super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        loss = result[0] if return_outputs else result
        if not torch.isfinite(loss):
            names = [self.job.train.rows[row].example.id[:12] for row in rows.tolist()]
            check_finite(float(loss.detach()), self.state.global_step + 1, names, "examples")
        return result

    def evaluate(self, *_: Any, metric_key_prefix: str = "eval", **__: Any) -> dict[str, float]:
        """The mean loss of a reply token over all examples held out, in nats."""
        self.model.eval()
        rows, size = rows_of(self.job.held_out.rows), self.job.settings.micro_batch
        total, tokens = 0.0, 0
        for begin in range(0, len(rows), size):
            batch = collate(rows[begin : begin + size])
            del batch["rows"]
            batch = {name: tensor.to(self.model.device) for name, tensor in batch.items()}
            with torch.no_grad(), self.compute_loss_context_manager():
                output = self.model(**batch, use_cache=False, fused_lm_head=True)
            total -= float(output.log_probs.double().sum())
            tokens += int(output.label_mask.sum())
        loss = total / tokens
        check_finite(loss, self.state.global_step, what="examples held out")
        return self.evaluated({f"{metric_key_prefix}_loss": loss}, -loss, None, loss)
