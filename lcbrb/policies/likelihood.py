"""How likely a causal language model finds a continuation: for tasks that compare choices.

Context and continuation are split as lm-evaluation-harness 0.4.13 does it
(``lm_eval.api.model.TemplateLM``): trailing spaces of the context belong to the continuation, both
are tokenized as one text, an empty context is the BOS (else EOS) token, and what is too long for
the model loses its beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lcbrb import models
from lcbrb.models.batching import batches, pad
from lcbrb.protocols.policy import Likelihood, Text


@dataclass(frozen=True, slots=True)
class _Tokens:
    ids: list[int]
    length: int  # of the continuation, at the end


def likelihoods(
    model: Any, tokenizer: Any, texts: Sequence[Text], batch_tokens: int
) -> list[Likelihood]:
    """Of each continuation, given its context.

    Args:
        model: a causal language model of transformers'.
        tokenizer: its own.
        texts: context and continuation; the latter is not empty.
        batch_tokens: the most tokens in a batch, with padding.
    """
    limit = models.own_limit(model) + 1  # the last token is predicted and never read
    tokens = []
    for context, continuation in texts:
        tokenised = _split(tokenizer, context, continuation)
        tokens.append(_Tokens(tokenised.ids[-limit:], min(tokenised.length, limit - 1)))
    by_index: dict[int, Likelihood] = {}
    for batch in batches([len(token.ids) for token in tokens], batch_tokens):
        by_index |= zip(batch, _batch(model, [tokens[index] for index in batch]), strict=True)
    return [by_index[index] for index in range(len(texts))]


def _split(tokenizer: Any, context: str, continuation: str) -> _Tokens:
    if not context:
        first = tokenizer.bos_token_id
        first = tokenizer.eos_token_id if first is None else first
        ids = tokenizer.encode(continuation, add_special_tokens=False)
        if ids[0] == first:
            return _Tokens(ids, len(ids) - 1)
        return _Tokens([first, *ids], len(ids))
    bare = context.rstrip()
    # a text that begins with the BOS token has it already
    bos = tokenizer.bos_token
    special = {"add_special_tokens": False} if bos and context.startswith(bos) else {}
    whole = tokenizer.encode(context + continuation, **special)
    return _Tokens(whole, len(whole) - len(tokenizer.encode(bare, **special)))


def _batch(model: Any, batch: Sequence[_Tokens]) -> list[Likelihood]:
    """Padded on the right: a causal model's earlier places do not see it."""
    import torch

    place = model.device
    ids_B_T, mask_B_T = pad([text.ids[:-1] for text in batch], place, 0)
    rows = []
    with torch.inference_mode():
        logits_B_T_V = model(input_ids=ids_B_T, attention_mask=mask_B_T).logits
        for row, text in enumerate(batch):
            end = len(text.ids) - 1
            logits_R_V = logits_B_T_V[row, end - text.length : end].float()
            targets_R = torch.tensor(text.ids[len(text.ids) - text.length :], device=place)
            chosen_R = logits_R_V.gather(1, targets_R[:, None])[:, 0] - logits_R_V.logsumexp(1)
            greedy = bool((logits_R_V.argmax(1) == targets_R).all())
            rows.append(Likelihood(float(chosen_R.sum()), greedy))
    return rows
