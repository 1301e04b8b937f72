"""`likelihood:`: how likely a language model finds the reasoning, as a reward.

The score is the mean log-probability of the response's tokens given the prompt, in nats a token
(length-normalised, so a long text does not lose for its length alone). Prompt and response are laid
out by the model's chat template, or joined with a blank line where it has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lcbrb import models
from lcbrb.config import build
from lcbrb.errors import UsageError
from lcbrb.protocols import Item
from lcbrb.registry import Spec
from lcbrb.rewards import hf
from lcbrb.rewards.batching import Truncation, batches, fit

_Tokens = tuple[list[int], int]  # the ids, and how many at the end are the response


def from_spec(spec: Spec) -> Likelihood:
    """``likelihood:smollm2``, ``likelihood:hf:ORG/NAME`` or ``likelihood:hf:FOLDER``."""
    if not spec.target:
        raise UsageError("likelihood needs a language model: likelihood:smollm2 or likelihood:hf:…")
    options = build(hf.ModelOptions, spec.options, spec.kind)
    weights = models.locate(spec.target.removeprefix("hf:"))
    return Likelihood(id=spec.text, weights=weights, options=options)


@dataclass(frozen=True, kw_only=True)
class Likelihood:
    """Mean token log-likelihood under a causal language model; loaded when first needed."""

    id: str
    weights: models.Weights
    options: hf.ModelOptions
    bounds: tuple[float, float] = (float("-inf"), 0.0)

    @property
    def revision(self) -> str | None:
        """The commit or fingerprint of the weights."""
        return self.weights.revision

    def load(self) -> None:
        """Load now, so that the time to load is not counted as scoring."""
        _ = self._tokenizer, self._model

    @cached_property
    def _tokenizer(self) -> Any:
        return models.load_tokenizer(self.weights)

    @cached_property
    def _model(self) -> Any:
        return models.load_causal(self.weights, self.options.dtype, self.options.device)

    def truncated(self, items: Sequence[Item]) -> list[bool]:
        """Whether each item is longer than the model takes."""
        if self.options.truncation is Truncation.REFUSE:
            return [False] * len(items)
        limit = hf.token_limit(self._model, self.options)
        return [len(ids) > limit for ids, _ in self._tokens(items)]

    def score(self, items: Sequence[Item]) -> list[float]:
        """Mean log-probability of each response, nats a token; NaN for an empty response.

        Raises:
            UsageError: an item is too long and `truncation` is ``refuse``.
            ModelLoadError: the model does not load.
        """
        import torch

        limit = hf.token_limit(self._model, self.options)
        tokens = [_cut(one, limit, self.options.truncation) for one in self._tokens(items)]
        scores = [float("nan")] * len(items)
        filled = [index for index, (_, length) in enumerate(tokens) if length]
        with torch.inference_mode(), hf.memory_named(self.options):
            for batch in batches([len(tokens[i][0]) for i in filled], self.options.batch_tokens):
                indices = [filled[i] for i in batch]
                found = self._batch([tokens[i] for i in indices])
                for index, score in zip(indices, found, strict=True):
                    scores[index] = score
        return scores

    def _tokens(self, items: Sequence[Item]) -> list[_Tokens]:
        tokenizer = self._tokenizer
        if tokenizer.chat_template:
            heads = [
                tokenizer.apply_chat_template(
                    [{"role": "user", "content": item.prompt}],
                    add_generation_prompt=True,
                    tokenize=False,
                )
                for item in items
            ]
            prompts = tokenizer(heads, add_special_tokens=False, verbose=False)["input_ids"]
        else:
            heads = [f"{item.prompt}\n\n" for item in items]
            prompts = tokenizer(heads, verbose=False)["input_ids"]
        texts = [item.response for item in items]
        responses = tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]
        return [([*p, *r], len(r)) for p, r in zip(prompts, responses, strict=True)]

    def _batch(self, tokens: list[_Tokens]) -> list[float]:
        model = self._model
        ids_B_T, mask_B_T = hf.pad([ids for ids, _ in tokens], model.device, 0)
        width = ids_B_T.shape[1]
        # the logits that predict a response begin one place before it
        keep = min(width, max(width - len(ids) + length for ids, length in tokens) + 1)
        kept = {"logits_to_keep": keep} if models.keeps_logits(model) else {}
        logits_B_K_V = model(input_ids=ids_B_T, attention_mask=mask_B_T, **kept).logits
        first = width - logits_B_K_V.shape[1]
        scores = []
        for row, (ids, length) in enumerate(tokens):
            start = len(ids) - length
            logits_R_V = logits_B_K_V[row, start - 1 - first : len(ids) - 1 - first].float()
            targets_R_1 = ids_B_T[row, start : len(ids), None]
            log_likelihood_R = logits_R_V.gather(1, targets_R_1)[:, 0] - logits_R_V.logsumexp(1)
            scores.append(float(log_likelihood_R.mean()))
        return scores


def _cut(tokens: _Tokens, limit: int, how: Truncation) -> _Tokens:
    """The tokens within the limit; only what is left of the response counts as such."""
    ids, length = tokens
    marks = [0] * (len(ids) - length) + [1] * length
    kept, marks = fit(ids, limit, how), fit(marks, limit, how)
    # one token at least must stand before the response, else its first has nothing to follow
    return kept, max(0, min(sum(marks), len(kept) - 1))
