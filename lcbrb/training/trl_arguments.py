"""What every trainer tells TRL and PEFT alike: the machine, the log, checkpoints, adapters."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from lcbrb.models import device_of
from lcbrb.training.settings import SupervisedSettings

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


def supervised(  # noqa: PLR0913 - where, how, how long, and how often it is looked at
    folder: Path,
    seed: int,
    settings: SupervisedSettings,
    *,
    total_steps: int,
    every: int,
    evaluated: bool,
) -> dict[str, Any]:
    """Arguments of a training on fixed examples: its schedule, and the choice of its weights.

    After `every` so many steps there is an evaluation, which is a checkpoint too; `evaluated` says
    whether there is anything to evaluate on.
    """
    return {
        **common(folder, seed, settings.device, settings.report_to),
        "learning_rate": settings.rate,
        "lr_scheduler_type": "linear",
        "warmup_steps": math.ceil(settings.warmup * total_steps),
        "weight_decay": settings.weight_decay,
        "max_grad_norm": settings.max_grad_norm,
        "max_length": None,  # left out, and named, before
        "eval_strategy": "steps" if evaluated else "no",
        "eval_steps": every,
        "save_steps": every,
        "load_best_model_at_end": evaluated,
        "metric_for_best_model": CHOICE if evaluated else None,
        "greater_is_better": True if evaluated else None,
    }


def lora(task: str, rank: int, alpha: int, dropout: float, **more: Any) -> Any:
    """PEFT's configuration of adapters on all linear layers; in `more`, ``revision`` is the base's.

    `task` is PEFT's word for what the model does.
    """
    from peft import LoraConfig

    return LoraConfig(
        task_type=task,
        r=rank,
        lora_alpha=alpha,
        lora_dropout=dropout,
        target_modules="all-linear",
        **more,
    )
