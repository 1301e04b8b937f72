"""Our settings as TRL's: what the paper and its sources say, and what must not be its default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lcbrb.errors import UsageError
from lcbrb.models import device_of
from lcbrb.training.pgrpo.model import LoadedPolicy
from lcbrb.training.pgrpo.settings import PolicySettings


def grpo_arguments(settings: PolicySettings, seed: int, folder: Path, processes: int = 1) -> Any:
    """TRL's configuration.

    Raises:
        UsageError: the batch can't be shared out among so many processes.
    """
    from trl import GRPOConfig

    batch = settings.prompts * settings.group_size
    step = settings.updates * settings.micro_batch * processes
    if batch % step:
        raise UsageError(
            f"a batch of {settings.prompts} prompts x {settings.group_size} completions can't be "
            f"shared out among {processes} processes in {settings.updates} updates of micro "
            f"batches of {settings.micro_batch}: choose numbers that divide"
        )
    whole = processes * settings.parts
    if processes > 1 and (settings.parts > 1 or settings.resample) and settings.prompts % whole:
        raise UsageError(
            f"{settings.prompts} prompts for {processes} processes: parts and resample need whole "
            f"groups in each process and part, so take a multiple of {whole}"
        )
    accumulated = batch // step
    on_gpu = device_of(settings.device).type == "cuda"
    own: dict[str, Any] = {
        "output_dir": str(folder),
        "num_generations": settings.group_size,
        "per_device_train_batch_size": settings.micro_batch,
        "gradient_accumulation_steps": accumulated,
        "steps_per_generation": accumulated * settings.updates,
        "num_iterations": 1,
        "max_completion_length": settings.max_tokens,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "learning_rate": settings.rate,
        "lr_scheduler_type": "constant_with_warmup",
        "warmup_steps": settings.warmup,
        "max_steps": settings.steps,
        "max_grad_norm": settings.max_grad_norm,
        "seed": seed,
        "beta": 0.0,  # no KL term
        "loss_type": "dapo",  # over tokens
        "epsilon": settings.clip_low,
        "epsilon_high": settings.clip_high,
        "scale_rewards": "none",  # advantages are handed on as they are
        "mask_truncated_completions": settings.mask_truncated,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,  # it shows the mean of the others in place of a NaN
        "eval_strategy": "no",  # the watcher evaluates, with random numbers apart
        "save_strategy": "steps",  # the last step is always kept, until the model is saved
        "save_steps": settings.save_every or settings.steps,
        "remove_unused_columns": False,
        "disable_dropout": True,  # or ratios differ from 1 by chance, and replies from benched ones
        "report_to": settings.report_to.split(","),
    }
    machine: dict[str, Any] = {
        "top_k": 0,
        "save_total_limit": None,  # `resume.remove_older`, after the mark
        "use_cpu": not on_gpu,
        "bf16": on_gpu,
        "fp16": False,
        "gradient_checkpointing": on_gpu,
        "dataloader_pin_memory": on_gpu,
        "disable_tqdm": True,
    }
    try:
        return GRPOConfig(**{**machine, **settings.trl, **own})
    except (TypeError, ValueError) as error:
        raise UsageError(f"TRL does not take these settings: {error}") from error


def lora_of(policy: LoadedPolicy, settings: PolicySettings) -> Any:
    """PEFT's configuration; None where all weights are trained."""
    if not settings.lora_rank:
        return None
    from peft import LoraConfig

    from lcbrb.training.checkpoint import commit_of_weights

    return LoraConfig(
        task_type="CAUSAL_LM",
        r=settings.lora_rank,
        lora_alpha=settings.lora_alpha,
        lora_dropout=0.0,
        target_modules="all-linear",
        revision=commit_of_weights(policy.weights) if policy.weights else None,
    )
