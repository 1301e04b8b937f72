"""Training with LoRA or of all weights, by TRL's RewardTrainer, with what it leaves to its caller.

TRL gives the loop, the checkpoints and Bradley-Terry. Added here, each held by a test:

- pairs come as the token ids that `lcbrb eval` reads, in an order that a resume repeats;
- a batch is padded with a token that ends no text in it, since the library looks for a text's last
  token by the first that is not padding;
- a loss in which pairs weigh alike, and regression; a loss that is no number ends it;
- pairs held out are scored by our own scorer;
- a checkpoint counts once all of it is on disk (`resume`), also where the folder was moved;
  patience that is spent stays spent.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lcbrb.registry import require
from lcbrb.training.fitted import Fitted
from lcbrb.training.reward_model.base_model import HeadedModel
from lcbrb.training.reward_model.settings import Trunk
from lcbrb.training.reward_model.tokenised import NO_PAIR, RewardJob, TokenPair
from lcbrb.training.trl_arguments import lora, supervised, train_by, trainer_of
from lcbrb.training.trl_errors import taking_settings


def train_with_trl(
    base: HeadedModel, job: RewardJob, checkpoint: Path | None = None
) -> tuple[HeadedModel, Fitted]:
    """Train a model, or go on from a checkpoint of the run.

    The folder must hold no checkpoint but those that can be used (`resume.checkpoints`).

    Returns:
        The trained model (with LoRA, PEFT's around the base), and what was done.

    Raises:
        MissingExtraError: TRL is not installed.
        SetupError: memory or disk ran out; what the last checkpoint holds is kept.
        IncompleteRunError: the loss is no number any more.
    """
    require(("trl",), f"--trunk {job.settings.trunk}")
    base.draw_head(job.seed)
    padding = base.model.config.pad_token_id
    with taking_settings():
        trainer, model = _trainer(base, job)
    done = train_by(trainer, job, checkpoint)
    model.model.config.pad_token_id = padding
    model.model.eval()
    return model, done


def _trainer(base: HeadedModel, job: RewardJob) -> tuple[Any, HeadedModel]:
    """TRL's trainer with ours around it, and the model that it trains."""
    from trl import RewardConfig

    from lcbrb.training.reward_model.trl_classes import (  # TRL takes half a minute to import
        Collator,
        Trainer,
    )

    pad = padding_token([*job.train.rows, *job.held_out.rows])
    words = copy.deepcopy(base.tokenizer)  # the trainer sets the model's padding by the tokenizer's
    words.pad_token = words.convert_ids_to_tokens(pad)
    settings, adapters = job.settings, None
    if settings.trunk == Trunk.LORA:
        own = {"modules_to_save": [base.head_name]}
        adapters = lora("SEQ_CLS", base.weights, settings, settings.lora_dropout, **own)
    trainer = trainer_of(
        Trainer,
        job,
        _rows,
        extra=_filling(job),
        model=base.model,
        args=RewardConfig(**supervised(job, disable_dropout=False)),  # the base's is, LoRA's is not
        data_collator=Collator(pad),
        processing_class=words,
        peft_config=adapters,
    )
    trainer.begin(job)
    given = dataclasses.replace(base.given, model=trainer.model)
    trainer.scored = dataclasses.replace(base, given=given)
    return trainer, trainer.scored


def padding_token(pairs: Sequence[TokenPair]) -> int:
    """A token that ends none of the texts."""
    last = {side.ids[-1] for pair in pairs for side in (pair.chosen, pair.rejected)}
    return next(token for token in range(len(last) + 1) if token not in last)


def _filling(job: RewardJob) -> list[dict[str, Any]]:
    """As many short rows, which are no pairs, as fill the processes' last batch."""
    if job.processes.count == 1:
        return []
    rows = _rows(job.train.rows)
    short = min(rows, key=lambda row: len(row["chosen_ids"]) + len(row["rejected_ids"]))
    return [{**short, "row": NO_PAIR}] * (-len(rows) % (job.micro_batch * job.processes.count))


def _rows(pairs: Sequence[TokenPair]) -> list[dict[str, Any]]:
    return [
        {
            "chosen_ids": pair.chosen.ids,
            "rejected_ids": pair.rejected.ids,
            "types": [pair.chosen.marks, pair.rejected.marks],
            "margin": pair.margin,
            "targets": list(pair.targets),
            "row": row,
        }
        for row, pair in enumerate(pairs)
    ]
