"""A policy in memory, fine-tuned by TRL's SFTTrainer."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from lcbrb.registry import require
from lcbrb.training.checkpoint import commit_of_weights
from lcbrb.training.fitted import Fitted
from lcbrb.training.loaded_policy import LoadedPolicy
from lcbrb.training.order import steps_of
from lcbrb.training.sft.job import SftJob
from lcbrb.training.trl_arguments import lora, supervised
from lcbrb.training.trl_errors import taking_settings, training


def fit(policy: LoadedPolicy, job: SftJob, checkpoint: Path | None) -> tuple[Any, Fitted]:
    """Train a policy, or go on from a checkpoint of the run.

    Returns:
        The trained model (with LoRA, PEFT's around the base), and what was done.

    Raises:
        MissingExtraError: TRL is not installed.
        UsageError: settings that TRL refuses.
        SetupError: memory or disk ran out; what the last checkpoint holds is kept.
        IncompleteRunError: the loss is no number any more.
    """
    require(("trl",), "fine-tuning a policy")
    model = policy.model
    kept = copy.deepcopy((model.config, model.generation_config))  # the trainer sets their tokens
    with taking_settings():
        trainer = _trainer(policy, job)
    with training():
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    trainer.journal.flush()
    trained = trainer.accelerator.unwrap_model(trainer.model)
    trained.eval()
    for name in ("pad_token_id", "eos_token_id", "bos_token_id"):
        setattr(model.config, name, getattr(kept[0], name, None))
    model.generation_config = kept[1]
    state = trainer.state
    return trained, Fitted(trainer.journal.steps, state.best_global_step or state.global_step)


def _trainer(policy: LoadedPolicy, job: SftJob) -> Any:
    """TRL's trainer with ours around it."""
    from datasets import Dataset
    from transformers.trainer_callback import PrinterCallback
    from trl.trainer.utils import disable_dropout_in_model

    from lcbrb.training.sft.trainer import Trainer, collate, rows_of  # TRL takes half a minute

    held_out = rows_of(job.held_out.examples)
    disable_dropout_in_model(policy.model)
    trainer = Trainer(
        model=policy.model,
        args=_arguments(job),
        data_collator=collate,
        train_dataset=Dataset.from_list(rows_of(job.train.examples)),
        eval_dataset=Dataset.from_list(held_out) if held_out else None,
        processing_class=copy.deepcopy(policy.tokenizer),  # it may be given a padding token
        peft_config=_lora(policy, job),
    )
    trainer.remove_callback(PrinterCallback)
    trainer.begin(job)
    return trainer


def _arguments(job: SftJob) -> Any:
    from trl import SFTConfig

    settings = job.settings
    micro = min(settings.micro_batch, settings.batch_size)
    every = settings.eval_every or steps_of(len(job.train.examples), settings.batch_size, 1)
    return SFTConfig(
        **supervised(
            job.folder,
            job.seed,
            settings,
            total_steps=job.total_steps,
            every=every,
            evaluated=bool(job.held_out.examples),
        ),
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=settings.batch_size // micro,
        num_train_epochs=settings.epochs,
        dataset_kwargs={"skip_prepare_dataset": True},  # these are token ids and labels
    )


def _lora(policy: LoadedPolicy, job: SftJob) -> Any:
    settings = job.settings
    if not settings.lora_rank:
        return None
    return lora(
        "CAUSAL_LM",
        settings.lora_rank,
        settings.lora_alpha,
        settings.lora_dropout,
        revision=commit_of_weights(policy.weights) if policy.weights else None,
    )
