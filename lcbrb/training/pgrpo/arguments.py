"""Our settings as TRL's: what the paper and its sources say, and what must not be its default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lcbrb.errors import UsageError
from lcbrb.training.pgrpo.settings import PolicySettings
from lcbrb.training.trl_arguments import common

#: what ``trl.NAME`` may say otherwise
_OF_THE_MACHINE = (
    *("use_cpu", "bf16", "fp16", "gradient_checkpointing", "dataloader_pin_memory"),
    "disable_tqdm",
)


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
            f"divided among {processes} processes in {settings.updates} updates of micro batches "
            f"of {settings.micro_batch}: choose numbers that divide evenly"
        )
    whole = processes * settings.parts
    if processes > 1 and (settings.parts > 1 or settings.resample) and settings.prompts % whole:
        raise UsageError(
            f"{settings.prompts} prompts for {processes} processes: parts and resample need "
            f"whole groups in each process and part, so use a multiple of {whole}"
        )
    accumulated = batch // step
    shared = common(folder, seed, settings.device, settings.report_to)
    machine = {name: shared.pop(name) for name in _OF_THE_MACHINE}
    own: dict[str, Any] = {
        **shared,
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
        "beta": 0.0,  # no KL term
        "loss_type": "dapo",  # over tokens
        "epsilon": settings.clip_low,
        "epsilon_high": settings.clip_high,
        "scale_rewards": "none",  # advantages are handed on as they are
        "mask_truncated_completions": settings.mask_truncated,
        "eval_strategy": "no",  # the watcher evaluates, with random numbers apart
        "save_steps": settings.save_every or settings.steps,  # the last step is always kept
        "disable_dropout": True,  # or ratios differ from 1 by chance, and replies from benched ones
    }
    try:
        return GRPOConfig(**{"top_k": 0, **machine, **settings.trl, **own})
    except (TypeError, ValueError) as error:
        raise UsageError(f"TRL does not accept these settings: {error}") from error
