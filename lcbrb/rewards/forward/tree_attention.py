"""Attention over a packed row: each token sees its own path from the root, and nothing else.

Registered with transformers under a name of its own, so that any model which asks the library's
table for its attention can be told to use it; in one of two ways:

- ``paths``: span by span, the queries that a sequence adds against the keys of its whole path. No
  T x T mask is ever made and unrelated trees cost each other nothing. For the CPU, and any device.
- ``flex``: FlexAttention with a block mask of the same rule, compiled. For CUDA.

Sliding windows count depth, so a layer that looks back w tokens does so along its own path.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from lcbrb.rewards.forward.trees import Row

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class Attention(StrEnum):
    """How a causal model's sequences are put through it."""

    PATHS = "paths"
    FLEX = "flex"
    PADDED = "padded"  # no packing: plain right-padded batches


@dataclass(eq=False)
class Plan:
    """What the attention of every layer needs to know of the row that is being computed.

    `windows` collects the sliding windows that layers asked for (None: no window), one a layer;
    it shows whether the model took its attention from us at all.
    """

    row: Row
    how: Attention
    device: torch.device
    windows: list[int | None] = field(default_factory=list)
    _masks: dict[tuple[int, int | None], Tensor] = field(default_factory=dict)
    _blocks: dict[int | None, Any] = field(default_factory=dict)

    @cached_property
    def paths(self) -> list[Tensor]:
        """The places of each span's whole path, as an index."""
        import torch

        return [torch.from_numpy(span.path).to(self.device) for span in self.row.spans]

    def mask(self, number: int, window: int | None) -> Tensor:
        """True where a query of a span (rows) sees a key of its path (columns)."""
        import torch

        key = (number, window)
        if key not in self._masks:
            span = self.row.spans[number]
            keys_K = torch.arange(len(span.path), device=self.device)
            queries_Q_1 = keys_K[len(span.path) - (span.last - span.first) :, None]
            seen_Q_K = keys_K <= queries_Q_1
            if window is not None:
                seen_Q_K &= queries_Q_1 - keys_K < window
            self._masks[key] = seen_Q_K
        return self._masks[key]

    def blocks(self, window: int | None) -> Any:
        """FlexAttention's block mask of the whole row."""
        import torch
        from torch.nn.attention.flex_attention import create_block_mask

        if window not in self._blocks:
            ends_T = torch.from_numpy(self.row.ends).to(self.device)
            depths_T = torch.from_numpy(self.row.positions).to(self.device)

            def seen(_batch: Tensor, _head: Tensor, query: Tensor, key: Tensor) -> Tensor:
                above = (key <= query) & (query < ends_T[key])
                if window is None:
                    return above
                return above & (depths_T[query] - depths_T[key] < window)

            size = len(self.row.tokens)
            self._blocks[window] = create_block_mask(
                seen, None, None, size, size, device=str(self.device)
            )
        return self._blocks[window]


_NAME = "lcbrb_tree"
_PLAN: ContextVar[Plan] = ContextVar("plan")


@contextmanager
def attending(base: Any, plan: Plan) -> Iterator[None]:
    """Within, the model's layers attend by the plan; afterwards as they did before."""
    _register()
    config = base.config
    before = config._attn_implementation  # noqa: SLF001 - the library has no public reader
    token = _PLAN.set(plan)
    config._attn_implementation = _NAME  # noqa: SLF001
    try:
        yield
    finally:
        config._attn_implementation = before  # noqa: SLF001
        _PLAN.reset(token)


@cache
def _register() -> None:
    from transformers import AttentionInterface

    AttentionInterface.register(_NAME, _attention)


def _attention(  # noqa: PLR0913, PLR0917 - the library's signature
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,  # noqa: ARG001 - models are in evaluation mode
    sliding_window: int | None = None,
    softcap: float | None = None,
    s_aux: Tensor | None = None,
    **_others: Any,
) -> tuple[Tensor, None]:
    """Queries (1, H, T, E), keys and values (1, H or fewer, T, E) to (1, T, H, E).

    Raises:
        NotImplementedError: it is asked for something that it would ignore; the model is then run
            on padded batches.
    """
    if attention_mask is not None or s_aux is not None or not getattr(module, "is_causal", True):
        raise NotImplementedError("attention with its own mask or sinks")
    plan = _PLAN.get()
    plan.windows.append(sliding_window)
    attend = _flex if plan.how is Attention.FLEX else _along_paths
    return attend(plan, (query, key, value), sliding_window, scaling, softcap), None


def _along_paths(
    plan: Plan,
    tensors: tuple[Tensor, Tensor, Tensor],
    sliding_window: int | None,
    scaling: float | None,
    softcap: float | None,
) -> Tensor:
    query, key, value = tensors
    _, heads, size, _ = query.shape
    found_1_T_H_E = value.new_empty((1, size, heads, value.shape[-1]))
    for number, span in enumerate(plan.row.spans):
        queries = query[:, :, span.first : span.last]
        keys, values, skipped = _on_path(plan, number, key, value, sliding_window)
        mask = None
        causal = len(span.path) == span.last - span.first and not skipped
        if not causal or (sliding_window is not None and len(span.path) > sliding_window):
            mask, causal = plan.mask(number, sliding_window)[:, skipped:], False
        attended = _attend(queries, keys, values, mask, causal, scaling, softcap)
        found_1_T_H_E[:, span.first : span.last] = attended.transpose(1, 2)
    return found_1_T_H_E


def _on_path(
    plan: Plan, number: int, key: Tensor, value: Tensor, window: int | None
) -> tuple[Tensor, Tensor, int]:
    """Keys and values of a span's path, without those that no query of it can see any more."""
    span = plan.row.spans[number]
    skipped = 0
    if window is not None:
        skipped = max(0, len(span.path) - (span.last - span.first) - window + 1)
    if span.contiguous:
        places = slice(int(span.path[skipped]), span.last)
        return key[:, :, places], value[:, :, places], skipped
    index = plan.paths[number][skipped:]
    return key.index_select(2, index), value.index_select(2, index), skipped


def _attend(  # noqa: PLR0913, PLR0917
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    causal: bool,  # noqa: FBT001
    scaling: float | None,
    softcap: float | None,
) -> Tensor:
    import torch

    if softcap is None:
        return torch.nn.functional.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=mask,
            is_causal=causal,
            scale=scaling,
            enable_gqa=key.shape[1] != query.shape[1],
        )
    repeats = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(repeats, 1), value.repeat_interleave(repeats, 1)
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    scores = torch.tanh(query @ key.transpose(2, 3) * scale / softcap) * softcap
    if mask is None:
        mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
    scores = scores.masked_fill(~mask, float("-inf"))
    return torch.softmax(scores.float(), dim=-1).to(query.dtype) @ value


def _flex(
    plan: Plan,
    tensors: tuple[Tensor, Tensor, Tensor],
    sliding_window: int | None,
    scaling: float | None,
    softcap: float | None,
) -> Tensor:
    import torch

    query, key, _ = tensors

    def capped(score: Tensor, *_where: Tensor) -> Tensor:
        return score if softcap is None else torch.tanh(score / softcap) * softcap

    attended: Tensor = _flex_kernel(query.is_cuda)(
        *tensors,
        score_mod=None if softcap is None else capped,
        block_mask=plan.blocks(sliding_window),
        scale=scaling,
        enable_gqa=key.shape[1] != query.shape[1],
    )
    return attended.transpose(1, 2).contiguous()


@cache
def _flex_kernel(compiled: bool) -> Any:  # noqa: FBT001 - CUDA's way or the plain one
    import torch
    from torch.nn.attention.flex_attention import flex_attention

    return torch.compile(flex_attention, dynamic=True) if compiled else flex_attention
