"""Rotary positions that change with the longest input of a batch, kept from changing scores.

``longrope`` (Phi 3) turns to other factors for every sequence of a batch as soon as one is longer
than the original context; ``dynamic`` stretches with the longest, and remembers it. Either way a
short text would be scored otherwise beside a long one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any


def regimes(model: Any, lengths: Sequence[int]) -> list[list[int]]:
    """Indices of sequences in groups that may share a batch; one group for most models."""
    kind, original = _changing(model)
    if not kind:
        return [list(range(len(lengths)))]
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for index, length in enumerate(lengths):
        past = length > original
        groups[0 if not past else 1 if kind == "longrope" else length].append(index)
    return list(groups.values())


def forget(model: Any) -> None:
    """Make a model with dynamic positions forget the longest input that it has seen."""
    if _changing(model)[0] != "dynamic":
        return
    for module in model.modules():
        if hasattr(module, "max_seq_len_cached") and hasattr(module, "original_max_seq_len"):
            module.max_seq_len_cached = module.original_max_seq_len
            own = module.original_inv_freq.to(module.inv_freq.device)
            module.register_buffer("inv_freq", own, persistent=False)


def _changing(model: Any) -> tuple[str, int]:
    """The kind of positions that depend on the batch, and the length from which; else empty."""
    config = model.config.get_text_config()
    rope = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    kind = str(rope.get("rope_type", rope.get("type", "")))
    if kind not in {"longrope", "dynamic"}:
        return "", 0
    own = getattr(config, "original_max_position_embeddings", None)
    original = rope.get("original_max_position_embeddings") or own or config.max_position_embeddings
    return kind, int(original)
