"""Weights that lie in pieces over several processes."""

from __future__ import annotations

from typing import Any


def is_sharded(trainer: Any) -> bool:
    """Whether no process holds all weights."""
    return bool(trainer.is_fsdp_enabled or trainer.is_deepspeed_enabled)


def gathered_weights(trainer: Any) -> Any:
    """All weights by name, where they lie in pieces; else None.

    All processes must call it; all but the first are given none of them.
    """
    if not is_sharded(trainer):
        return None
    return trainer.accelerator.get_state_dict(trainer.model_wrapped) or {}
