"""`likelihood:`: how likely a language model finds the reasoning, as a reward.

The score is the mean log-probability of the response's tokens given the prompt, in nats a token
(length-normalised, so a long text does not lose for its length alone). Prompt and response are laid
out by the model's chat template, or joined with a blank line where it has none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lcbrb.config import build
from lcbrb.errors import UsageError
from lcbrb.protocols.reward import Item, Prepared
from lcbrb.registry import Spec
from lcbrb.rewards.forward.batching import Tokens
from lcbrb.rewards.forward.layout import prompt_ids, text_ids
from lcbrb.rewards.forward.options import ModelOptions
from lcbrb.rewards.forward.transformer import TransformerModel
from lcbrb.rewards.forward.vocabulary import token_log_likelihoods

if TYPE_CHECKING:
    from torch import Tensor


def from_spec(spec: Spec) -> Likelihood:
    """``likelihood:smollm2``, ``likelihood:hf:ORG/NAME`` or ``likelihood:hf:FOLDER``."""
    if not spec.target:
        raise UsageError("likelihood needs a language model: likelihood:smollm2 or likelihood:hf:…")
    options = build(ModelOptions, spec.options, spec.kind)
    return Likelihood(id=spec.text, weights=options.locate(spec.target), options=options)


@dataclass(frozen=True, kw_only=True)
class Likelihood(TransformerModel):
    """Mean token log-likelihood under a causal language model."""

    @property
    def bounds(self) -> tuple[float, float]:
        """Of the logarithm of a probability."""
        return -math.inf, 0.0

    def tokens(self, items: Sequence[Item]) -> list[Tokens]:
        """Prompt and response, which is the one part."""
        prompts = prompt_ids(self.tokenizer, items)
        responses = text_ids(self.tokenizer, [item.response for item in items])
        return [
            Tokens([*a, *b], [*[0] * len(a), *[1] * len(b)], parts=int(bool(b)))
            for a, b in zip(prompts, responses, strict=True)
        ]

    def score_prepared(self, prepared: Prepared) -> list[float]:
        """Mean log-probability of each response, nats a token; NaN for an empty response."""
        scores = [math.nan] * len(prepared.inputs)
        for index, log_likelihood_R in self.rated(prepared.inputs):
            scores[index] = float(log_likelihood_R.mean())
        return scores

    def rated(self, tokens: Sequence[Tokens]) -> Iterator[tuple[int, Tensor]]:
        """Log-probabilities of each response's tokens, in any order; none of an empty response."""
        ids, firsts = [token.ids for token in tokens], [token.first for token in tokens]
        return token_log_likelihoods(self.model, ids, firsts, self.options)
