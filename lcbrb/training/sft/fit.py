"""A policy in memory, fine-tuned by TRL's SFTTrainer."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from lcbrb.registry import require
from lcbrb.training.fitted import Fitted
from lcbrb.training.loaded_policy import LoadedPolicy
from lcbrb.training.sft.settings import SftSettings
from lcbrb.training.sft.tokens import TokenExample
from lcbrb.training.supervised import Job
from lcbrb.training.trl_arguments import lora, supervised, train_by, trainer_of
from lcbrb.training.trl_errors import taking_settings


def fit(
    policy: LoadedPolicy, job: Job[TokenExample, SftSettings], checkpoint: Path | None
) -> tuple[Any, Fitted]:
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
    done = train_by(trainer, job, checkpoint)
    trained = trainer.accelerator.unwrap_model(trainer.model)
    trained.eval()
    for name in ("pad_token_id", "eos_token_id", "bos_token_id"):
        setattr(model.config, name, getattr(kept[0], name, None))
    model.generation_config = kept[1]
    return trained, done


def _trainer(policy: LoadedPolicy, job: Job[TokenExample, SftSettings]) -> Any:
    """TRL's trainer with ours around it."""
    from trl import SFTConfig

    from lcbrb.training.sft.trainer import Trainer, collate, rows_of  # TRL takes half a minute

    settings = job.settings
    trainer = trainer_of(
        Trainer,
        job,
        rows_of,
        model=policy.model,
        # these are token ids and labels
        args=SFTConfig(**supervised(job, dataset_kwargs={"skip_prepare_dataset": True})),
        data_collator=collate,
        processing_class=copy.deepcopy(policy.tokenizer),  # it may be given a padding token
        peft_config=lora("CAUSAL_LM", policy.weights, settings, settings.lora_dropout),
    )
    trainer.begin(job)
    return trainer
