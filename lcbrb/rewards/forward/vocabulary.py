"""The vocabulary head on a few hidden states: log-probabilities of given tokens.

Asking a model for all its logits costs (tokens x vocabulary) numbers; only those of the responses
are read, a few hundred rows at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lcbrb.errors import ModelLoadError
from lcbrb.rewards.forward import hidden_states
from lcbrb.rewards.forward.options import ModelOptions

if TYPE_CHECKING:
    from torch import Tensor

ROWS = 256  # rows of logits at a time: 150 MiB with a vocabulary of 150 thousand, in float32
_PROBE = 4  # tokens
_CLOSE = 1e-3


def token_log_likelihoods(
    model: Any,
    sequences: Sequence[Sequence[int]],
    firsts: Sequence[int],
    options: ModelOptions,
) -> Iterator[tuple[int, Tensor]]:
    """How likely a causal language model finds each sequence's tokens from a place on.

    Args:
        model: a causal language model of the library.
        sequences: token ids.
        firsts: for each sequence the place of the first token to be rated, from 1 on: something
            stands before it. A sequence with none left to rate is left out.
        options: as in `hidden_states.hidden_at`.

    Returns:
        For each sequence its index and log-probabilities in nats, shape (tokens rated,), float32,
        in any order.

    Raises:
        ModelLoadError: the head is none that is known.
        SetupError: out of memory on the device.
    """
    import torch

    wanted = [i for i, sequence in enumerate(sequences) if firsts[i] < len(sequence)]
    asked = [sequences[i] for i in wanted]
    places = [range(firsts[i] - 1, len(sequences[i]) - 1) for i in wanted]
    head = logit_head(model)

    def read(at: int, hidden_R_D: Tensor) -> Tensor:
        index = wanted[at]
        targets_R = torch.tensor(list(sequences[index][firsts[index] :]), device=hidden_R_D.device)
        parts = []
        for start in range(0, len(hidden_R_D), ROWS):
            logits_R_V = head(hidden_R_D[start : start + ROWS]).float()
            targets_R_1 = targets_R[start : start + ROWS, None]
            chosen_R = logits_R_V.gather(1, targets_R_1)[:, 0]
            parts.append(chosen_R - logits_R_V.logsumexp(1))
        return torch.cat(parts)

    for at, rated_R in hidden_states.hidden_at(model, asked, places, options, read):
        yield wanted[at], rated_R


def logit_head(model: Any) -> Callable[[Tensor], Tensor]:
    """From hidden states (R, D) to logits (R, V), as the model itself goes.

    Some families scale or cap their logits (Gemma 2, Granite, Cohere); what is found in the
    configuration is held against the model's own logits of a few tokens.

    Raises:
        ModelLoadError: the model makes its logits in another way.
    """
    import torch

    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    head = inner.get_output_embeddings()
    text = inner.config.get_text_config()
    cap = getattr(text, "final_logit_softcapping", None)
    factor = getattr(text, "logit_scale", None) or 1.0
    divisor = getattr(text, "logits_scaling", None) or 1.0

    def logits(hidden_R_D: Tensor) -> Tensor:
        values: Tensor = head(hidden_R_D)
        if factor != 1.0 or divisor != 1.0:
            values = values * (factor / divisor)
        return torch.tanh(values / cap) * cap if cap else values

    with torch.no_grad():
        ids_1_T = torch.arange(_PROBE, device=model.device)[None]
        theirs = model(input_ids=ids_1_T, use_cache=False).logits[0].float()
        hidden = hidden_states.base_of(model)(input_ids=ids_1_T, use_cache=False).last_hidden_state[
            0
        ]
        ours = logits(hidden).float()
    if float((ours - theirs).abs().max()) > _CLOSE * max(1.0, float(theirs.abs().max())):
        raise ModelLoadError(
            f"{type(inner).__name__} computes its logits in a way that lcbrb does not know, so "
            "it has no likelihoods here: use another model"
        )
    return logits
