"""One forward pass for every transformer kind: a head on the hidden states of some places.

Causal models only. What several sequences begin with is computed once (`trees`, `tree_attention`).
Whether a model takes packed rows is found out once, on a tiny made-up tree computed packed and
alone; where not, it gets right-padded batches, and `note` says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from lcbrb.errors import first_line
from lcbrb.models.batching import batches, pad
from lcbrb.rewards.forward import accounting, rope, trees
from lcbrb.rewards.forward.budget import Budget, adaptive, out_of_memory
from lcbrb.rewards.forward.options import ModelOptions
from lcbrb.rewards.forward.tree_attention import Attention, Plan, attending

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")

OVERHEAD = 64  # tokens; what a batch costs beside its tokens, as far as cutting goes
COMFORT = 1536  # tokens in a batch from which on a CPU takes longer for each (measured: 10%)
_CLOSE = {"float32": 1e-3, "float64": 1e-6}  # relative; coarser types: `_COARSE`
_COARSE = 0.08


@dataclass(slots=True, eq=False)
class Pass:
    """How a loaded model is run; `note` is for the user, where that is not the fast way."""

    attention: Attention
    budget: Budget
    note: str = ""


_PASSES: WeakKeyDictionary[Any, Pass] = WeakKeyDictionary()


def hidden_at(
    model: Any,
    sequences: Sequence[Sequence[int]],
    places: Sequence[Sequence[int]],
    options: ModelOptions,
    read: Callable[[int, Tensor], T],
) -> Iterator[tuple[int, T]]:
    """What a head reads from the base model's last hidden states at some places of each sequence.

    Args:
        model: a causal model of the library, with or without a head on its base model.
        sequences: token ids; of any lengths, none empty, prefixes may be shared.
        places: for each sequence the wanted places, counted from 0; each below its length.
        options: how many tokens a batch may have, and the like.
        read: the head: from a sequence's index and rows of shape (places, D), on the model's
            device, to what is given of it.

    Returns:
        For each sequence its index and what was read, in any order. A batch changes no value beyond
        rounding in float32.

    Raises:
        SetupError: one sequence alone runs out of the device's memory.
    """
    import torch

    state = pass_of(model, options)
    base, lengths = base_of(model), [len(sequence) for sequence in sequences]
    accounting.count(state.note, tokens_real=sum(lengths))

    def cut(indices: Sequence[int], budget: int) -> Iterable[list[int]]:
        if state.attention is Attention.PADDED:
            return batches([lengths[i] for i in indices], budget)
        arranged = trees.arrange([sequences[i] for i in indices])
        comfort = COMFORT if base.device.type == "cpu" else None
        return trees.split(arranged, budget, OVERHEAD, comfort)

    def run(batch: list[int]) -> tuple[int, list[T]]:
        chosen, wanted = [sequences[i] for i in batch], [places[i] for i in batch]
        rope.forget(model)
        if state.attention is Attention.PADDED:
            computed, rows = _padded(base, chosen, wanted)
        else:
            computed, rows, _ = _packed(base, chosen, wanted, state.attention)
        with torch.no_grad():
            return computed, [read(i, row) for i, row in zip(batch, rows, strict=True)]

    for group in rope.regimes(model, lengths):
        shared = trees.arrange([sequences[i] for i in group]).shared
        accounting.count(tokens_shared=sum(lengths[i] for i in group) - sum(shared))
        for batch, (computed, hidden) in adaptive(group, lengths, cut, run, state.budget):
            accounting.count(tokens_computed=computed)
            yield from zip(batch, hidden, strict=True)


def _padded(
    base: Any, sequences: Sequence[Sequence[int]], places: Sequence[Sequence[int]]
) -> tuple[int, list[Tensor]]:
    import torch

    with torch.no_grad():
        ids_B_T, mask_B_T = pad(sequences, base.device, 0)
        hidden_B_T_D = base(
            input_ids=ids_B_T, attention_mask=mask_B_T, use_cache=False
        ).last_hidden_state
        rows = [hidden_T_D[list(at)] for hidden_T_D, at in zip(hidden_B_T_D, places, strict=True)]
    return ids_B_T.numel(), rows


def _packed(
    base: Any,
    sequences: Sequence[Sequence[int]],
    places: Sequence[Sequence[int]],
    how: Attention,
) -> tuple[int, list[Tensor], Plan]:
    import torch

    row = trees.pack(sequences)
    plan = Plan(row=row, how=how, device=base.device)
    with torch.no_grad(), attending(base, plan):
        hidden_T_D = base(
            input_ids=torch.from_numpy(row.tokens)[None].to(base.device),
            position_ids=torch.from_numpy(row.positions)[None].to(base.device),
            use_cache=False,
        ).last_hidden_state[0]
        rows = [
            hidden_T_D[torch.from_numpy(path[list(at)]).to(base.device)]
            for path, at in zip(row.paths, places, strict=True)
        ]
    return len(row.tokens), rows, plan


def base_of(model: Any) -> Any:
    """The module that gives hidden states: without heads, and inside an adapter if there is one."""
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    return inner.base_model


# --------------------------------------------------------------------------- what a model takes


def pass_of(model: Any, options: ModelOptions) -> Pass:
    """How a model is run; found out at the first call, kept as long as the model."""
    if model not in _PASSES:
        attention, note = _choose(base_of(model), options)
        budget = Budget(tokens=options.batch_tokens)
        _PASSES[model] = Pass(attention=attention, budget=budget, note=note)
    state = _PASSES[model]
    state.budget.tokens = min(state.budget.tokens, options.batch_tokens)
    return state


def _choose(base: Any, options: ModelOptions) -> tuple[Attention, str]:
    """The first way of packing that gives this model's own numbers, else none, and why."""
    if options.attention is not None:
        ways = [options.attention]
    else:
        ways = [Attention.PATHS]
        if base.device.type == "cuda":
            ways = [Attention.FLEX, Attention.PATHS]
    why = ""
    for way in ways:
        if way is Attention.PADDED:
            return way, ""
        why = _objection(base, way)
        if not why:
            return way, ""
    return Attention.PADDED, (
        f"{type(base).__name__} can't process packed sequences ({why}): shared text is computed "
        "again for each sequence, in padded batches"
    )


def _objection(base: Any, how: Attention) -> str:
    """What speaks against packing; empty where a tiny tree gives what its branches give alone."""
    size = base.config.get_text_config().vocab_size
    stem = [3 + 7 * i % max(1, size - 3) for i in range(24)]
    made_up = [[*stem, *(5 + (11 * i + k) % max(1, size - 5) for i in range(9))] for k in (1, 2)]
    made_up = [[token % size for token in ids] for ids in (*made_up, stem[:20], stem[::-1])]
    everywhere = [range(len(ids)) for ids in made_up]
    try:
        _, packed, plan = _packed(base, made_up, everywhere, how)
    except Exception as error:  # whatever it is, the model can still be run padded
        if out_of_memory(error):
            raise
        return first_line(error)[:200]
    if Counter(plan.windows) != _windows(base):
        return "its attention layers work in a way that lcbrb does not know"
    limit = _CLOSE.get(str(packed[0].dtype).removeprefix("torch."), _COARSE)
    for ids, hidden in zip(made_up, packed, strict=True):
        _, (alone,) = _padded(base, [ids], [range(len(ids))])
        difference = (hidden.float() - alone.float()).norm() / alone.float().norm()
        if not float(difference) < limit:
            return f"a trial differed by {float(difference):.1g}"
    return ""


def _windows(base: Any) -> Counter[int | None]:
    """The sliding windows of a model's layers, from its configuration."""
    config = base.config.get_text_config()
    window = getattr(config, "sliding_window", None)
    if getattr(config, "use_sliding_window", True) is False:
        window = None
    kinds = getattr(config, "layer_types", None)
    if kinds is None:
        return Counter({window: config.num_hidden_layers})
    known: dict[str, int | None] = {"full_attention": None, "sliding_attention": window}
    return Counter(known.get(kind, -1) for kind in kinds)
