"""A causal language model as reward models use it: its tokenizer, its weights, texts laid out.

Shared by the kinds that read log-probabilities (`likelihood`, `dpo`, and layouts of `prm`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lcbrb import models
from lcbrb.protocols.reward import Item, Prepared
from lcbrb.rewards.forward import layout
from lcbrb.rewards.forward import options as hf
from lcbrb.rewards.forward.batching import Truncation, fit

#: the ids of a prompt and a response, and how many at their end are the response
Rated = tuple[list[int], int]


@dataclass(frozen=True, kw_only=True)
class LanguageModel:
    """Weights, and how they are loaded: once, when first needed."""

    weights: models.Weights
    options: hf.ModelOptions

    @cached_property
    def tokenizer(self) -> Any:
        """The model's own, or its adapter's."""
        return models.load_tokenizer(self.weights)

    @cached_property
    def model(self) -> Any:
        """In evaluation mode, on its device."""
        return models.load_causal(self.weights, self.options.dtype, self.options.device)

    @property
    def limit(self) -> int:
        """The most tokens of one input."""
        return hf.token_limit(self.model, self.options)


def prompt_ids(tokenizer: Any, prompts: Sequence[str]) -> list[list[int]]:
    """Each prompt up to where the reply begins: by the chat template, else before a blank line."""
    if tokenizer.chat_template:
        chats = [[{"role": "user", "content": prompt}] for prompt in prompts]
        return layout.chat_ids(tokenizer, chats, add_generation_prompt=True)
    return list(layout.text_ids(tokenizer, [f"{prompt}\n\n" for prompt in prompts])["input_ids"])


def text_ids(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Texts that stand inside an input; one that spells a control token out is text still."""
    if not texts:
        return []
    found = tokenizer(
        list(texts), add_special_tokens=False, split_special_tokens=True, verbose=False
    )
    return list(found["input_ids"])


def responses_cut(
    items: Sequence[Item], whole: Sequence[Rated], tokenizer: Any, limit: int, how: Truncation
) -> Prepared:
    """Inputs for models that rate responses, within the limit: `Rated` each.

    Args:
        items: the texts.
        whole: each as ids, uncut.
        tokenizer: that they come from.
        limit: the most tokens.
        how: what becomes of one that is longer.

    Raises:
        UsageError: an item is too long and the rule is to refuse, or the cut leaves nothing of a
            response.
    """
    tokens = [cut(ids, n, limit, how, layout.leading(tokenizer, ids)) for ids, n in whole]
    hf.check_left(items, [n for _, n in whole], [n for _, n in tokens], limit)
    return Prepared(
        lengths=tuple(len(ids) for ids, _ in tokens),
        truncated=tuple(len(ids) > limit for ids, _ in whole),
        inputs=tokens,
    )


def cut(ids: Sequence[int], length: int, limit: int, how: Truncation, leading: int = 0) -> Rated:
    """Ids within the limit, and how many of them at the end are the response.

    Args:
        ids: prompt and response.
        length: of the response, at the end.
        limit: the most tokens.
        how: what becomes of one that is longer.
        leading: so many tokens mark the beginning and stay (`layout.leading`).

    Raises:
        UsageError: too long, and the rule is to refuse.
    """
    marks = [0] * (len(ids) - length) + [1] * length
    kept, marks = fit(ids, limit, how, leading), fit(marks, limit, how, leading)
    # one token at least must stand before the response, else its first has nothing to follow
    return kept, max(0, min(sum(marks), len(kept) - 1))
