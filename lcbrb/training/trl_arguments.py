"""What every trainer tells TRL and PEFT alike, and how TRL's trainers are made and started."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from lcbrb.models import Weights, device_of
from lcbrb.training.checkpoint import commit_of_weights, gathered_weights
from lcbrb.training.fitted import Fitted
from lcbrb.training.resume import step_of
from lcbrb.training.supervised import Job
from lcbrb.training.trl_errors import training

CHOICE = "eval_choice"  # by which the best checkpoint is found: accuracy, then the lower loss


def common(folder: Path, seed: int, device: str, report_to: str) -> dict[str, Any]:
    """Arguments of any trainer: where it runs, and what it must not do by itself."""
    on_gpu = device_of(device).type == "cuda"
    return {
        "output_dir": str(folder),
        "seed": seed,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,  # it shows the mean of the others in place of a NaN
        "save_strategy": "steps",
        "save_total_limit": None,  # `resume.remove_older`, after the mark
        "use_cpu": not on_gpu,
        "bf16": on_gpu,
        "fp16": False,
        "gradient_checkpointing": on_gpu,
        "dataloader_pin_memory": on_gpu,
        "remove_unused_columns": False,
        "disable_tqdm": True,
        "report_to": report_to.split(","),
    }


def supervised(job: Job[Any, Any], **more: Any) -> dict[str, Any]:
    """Arguments of a training on fixed rows: its schedule, and the choice of its weights.

    An evaluation is a checkpoint too.
    """
    settings, evaluated = job.settings, bool(job.held_out.rows)
    return {
        **common(job.folder, job.seed, settings.device, settings.report_to),
        "per_device_train_batch_size": job.micro_batch,
        "gradient_accumulation_steps": job.accumulation,
        "num_train_epochs": settings.passes,
        "learning_rate": settings.rate,
        "lr_scheduler_type": "linear",
        "warmup_steps": math.ceil(settings.warmup * job.total_steps),
        "weight_decay": settings.weight_decay,
        "max_grad_norm": settings.max_grad_norm,
        "max_length": None,  # left out, and named, before
        "eval_strategy": "steps" if evaluated else "no",
        "eval_steps": job.eval_every,
        "save_steps": job.eval_every,
        "load_best_model_at_end": evaluated,
        "metric_for_best_model": CHOICE if evaluated else None,
        "greater_is_better": True if evaluated else None,
        **more,
    }


def lora(
    task: str, weights: Weights | None, settings: Any, dropout: float = 0.0, **more: Any
) -> Any:
    """PEFT's configuration of adapters on all linear layers; None where the rank is 0.

    `task` is PEFT's word for what the model does; `weights` are the base's, None in memory alone.
    """
    if not settings.lora_rank:
        return None
    from peft import LoraConfig

    return LoraConfig(
        task_type=task,
        r=settings.lora_rank,
        lora_alpha=settings.lora_alpha,
        lora_dropout=dropout,
        target_modules="all-linear",
        revision=commit_of_weights(weights) if weights else None,
        **more,
    )


def trainer_of(
    kind: Any, job: Job[Any, Any], rows_of: Any, *, extra: Any = (), **named: Any
) -> Any:
    """A trainer of TRL's, whose class is ours.

    `rows_of` makes rows of a data set of the job's; `extra` are such rows as well.
    """
    from datasets import Dataset
    from transformers.trainer_callback import PrinterCallback
    from trl.trainer.utils import disable_dropout_in_model

    held_out = rows_of(job.held_out.rows)
    disable_dropout_in_model(named["model"])
    trainer = kind(
        train_dataset=Dataset.from_list([*rows_of(job.train.rows), *extra]),
        eval_dataset=Dataset.from_list(held_out) if held_out else None,
        **named,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def train_by(trainer: Any, job: Job[Any, Any], checkpoint: Path | None) -> Fitted:
    """Train, or go on from a checkpoint.

    Raises:
        SetupError: memory or disk ran out; what the last checkpoint holds is kept.
        IncompleteRunError: the loss is no number any more.
    """
    with job.told_of_steps(step_of(checkpoint) if checkpoint else 0) as on_step:
        trainer.journal.on_step = on_step
        with training():
            trainer.train(resume_from_checkpoint=checkpoint and str(checkpoint))
        trainer.journal.flush()
    best = trainer.state.best_global_step or trainer.state.global_step
    return Fitted(trainer.journal.steps, best, gathered_weights(trainer))
