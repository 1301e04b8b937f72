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
from lcbrb.training.checkpoint import commit_of_weights, gathered_weights
from lcbrb.training.fitted import Fitted
from lcbrb.training.order import steps_of
from lcbrb.training.reward_model.base_model import HeadedModel
from lcbrb.training.reward_model.job import NO_PAIR, Job
from lcbrb.training.reward_model.settings import Trunk
from lcbrb.training.reward_model.tokenised import TokenPair
from lcbrb.training.trl_arguments import lora, supervised
from lcbrb.training.trl_errors import taking_settings, training


def train_with_trl(
    base: HeadedModel, job: Job, checkpoint: Path | None = None
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
    with training():
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    trainer.journal.flush()
    model.model.config.pad_token_id = padding
    model.model.eval()
    state = trainer.state
    best = state.best_global_step or state.global_step
    return model, Fitted(trainer.journal.steps, best, gathered_weights(trainer))


def _trainer(base: HeadedModel, job: Job) -> tuple[Any, HeadedModel]:
    """TRL's trainer with ours around it, and the model that it trains."""
    from datasets import Dataset
    from transformers.trainer_callback import PrinterCallback
    from trl.trainer.utils import disable_dropout_in_model

    from lcbrb.training.reward_model.trl_classes import (  # TRL takes half a minute to import
        Collator,
        Trainer,
    )

    held_out = _rows(job.held_out.pairs)
    pad = padding_token([*job.train.pairs, *job.held_out.pairs])
    disable_dropout_in_model(base.model)
    words = copy.deepcopy(base.tokenizer)  # the trainer sets the model's padding by the tokenizer's
    words.pad_token = words.convert_ids_to_tokens(pad)
    trainer = Trainer(
        model=base.model,
        args=_arguments(job),
        data_collator=Collator(pad),
        train_dataset=Dataset.from_list(_filled(job)),
        eval_dataset=Dataset.from_list(held_out) if held_out else None,
        processing_class=words,
        peft_config=_lora(base, job) if job.settings.trunk == Trunk.LORA else None,
    )
    trainer.remove_callback(PrinterCallback)
    model = dataclasses.replace(base, given=dataclasses.replace(base.given, model=trainer.model))
    trainer.begin(model, job)
    return trainer, model


def padding_token(pairs: Sequence[TokenPair]) -> int:
    """A token that ends none of the texts."""
    last = {side.ids[-1] for pair in pairs for side in (pair.chosen, pair.rejected)}
    return next(token for token in range(len(last) + 1) if token not in last)


def _filled(job: Job) -> list[dict[str, Any]]:
    """Rows of the pairs to train on, and as many short ones as fill the processes' last batch."""
    rows = _rows(job.train.pairs)
    if job.processes.count == 1:
        return rows
    short = min(rows, key=lambda row: len(row["chosen_ids"]) + len(row["rejected_ids"]))
    missing = -len(rows) % (job.micro_batch * job.processes.count)
    return rows + [{**short, "row": NO_PAIR}] * missing


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


def _arguments(job: Job) -> Any:
    from trl import RewardConfig

    settings = job.settings
    every = settings.eval_every or steps_of(len(job.train.pairs), settings.batch_size, 1)
    return RewardConfig(
        **supervised(
            job.folder,
            job.seed,
            settings,
            total_steps=job.total_steps,
            every=every,
            evaluated=bool(job.held_out.pairs),
        ),
        per_device_train_batch_size=job.micro_batch,
        gradient_accumulation_steps=job.accumulation,
        num_train_epochs=settings.passes,
        disable_dropout=False,  # the base's is, LoRA's is not
    )


def _lora(base: HeadedModel, job: Job) -> Any:
    settings = job.settings
    return lora(
        "SEQ_CLS",
        settings.lora_rank,
        settings.lora_alpha,
        settings.lora_dropout,
        modules_to_save=[base.head_name],
        revision=commit_of_weights(base.weights),
    )
