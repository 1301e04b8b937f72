"""`likelihood:`: how likely a language model finds the reasoning, as a reward.

The score is the mean log-probability of the response's tokens given the prompt, in nats a token
(length-normalised, so a long text does not lose for its length alone). Prompt and response are laid
out by the model's chat template, or joined with a blank line where it has none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from lcbrb import models
from lcbrb.config import build
from lcbrb.errors import UsageError
from lcbrb.protocols.reward import Item, Prepared
from lcbrb.registry import Spec
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.forward import options as hf
from lcbrb.rewards.forward.language import LanguageModel, Rated, prompt_ids, responses_cut, text_ids
from lcbrb.rewards.forward.vocabulary import token_log_likelihoods


def from_spec(spec: Spec) -> Likelihood:
    """``likelihood:smollm2``, ``likelihood:hf:ORG/NAME`` or ``likelihood:hf:FOLDER``."""
    if not spec.target:
        raise UsageError("likelihood needs a language model: likelihood:smollm2 or likelihood:hf:…")
    options = build(hf.ModelOptions, spec.options, spec.kind)
    return Likelihood(id=spec.text, weights=hf.locate(spec.target, options), options=options)


@dataclass(frozen=True, kw_only=True)
class Likelihood(RewardModel):
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
        _ = self._language.tokenizer, self._model

    @cached_property
    def _language(self) -> LanguageModel:
        return LanguageModel(weights=self.weights, options=self.options)

    @property
    def _model(self) -> Any:
        return self._language.model

    @property
    def flips(self) -> int:
        """How many pairs are scored in float32 too."""
        return self.options.flips_wanted

    def in_float32(self) -> Self | None:
        """The same model in float32; None where it is that already, or flips are not wanted."""
        options = hf.in_float32(self._model, self.options)
        return dataclasses.replace(self, options=options) if options else None

    def truncated(self, items: Sequence[Item]) -> list[bool]:
        """Whether each item is longer than the model takes."""
        return hf.truncated(self, self.options, items)

    def prepare(self, items: Sequence[Item]) -> Prepared:
        """Ids, and how many at their end are the response.

        Raises:
            UsageError: an item is too long and `truncation` is ``refuse``, or the cut leaves
                nothing of a response.
        """
        tokenizer, limit = self._language.tokenizer, self._language.limit
        prompts = prompt_ids(tokenizer, [item.prompt for item in items])
        responses = text_ids(tokenizer, [item.response for item in items])
        whole = [([*p, *r], len(r)) for p, r in zip(prompts, responses, strict=True)]
        return responses_cut(items, whole, tokenizer, limit, self.options.truncation)

    def score(self, items: Sequence[Item]) -> list[float]:
        """Mean log-probability of each response, nats a token; NaN for an empty response.

        Raises:
            UsageError: an item is too long and `truncation` is ``refuse``.
            ModelLoadError: the model does not load.
        """
        return self.score_prepared(self.prepare(items))

    def score_prepared(self, prepared: Prepared) -> list[float]:
        """As `score`."""
        tokens: list[Rated] = prepared.inputs
        scores = [float("nan")] * len(tokens)
        sequences = [ids for ids, _ in tokens]
        firsts = [len(ids) - length for ids, length in tokens]
        rated = token_log_likelihoods(self._model, sequences, firsts, self.options)
        for index, log_likelihood_R in rated:
            scores[index] = float(log_likelihood_R.mean())
        return scores
