"""What all reward models share that run a transformers model in this process."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, TypeVar

from lcbrb import models
from lcbrb.errors import NothingLeftError, UsageError
from lcbrb.models.trained_on import trained_on
from lcbrb.protocols.reward import Item, Prepared
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.forward import accounting
from lcbrb.rewards.forward.batching import Tokens, Truncation
from lcbrb.rewards.forward.budget import Budget, adaptive
from lcbrb.rewards.forward.layout import leading
from lcbrb.rewards.forward.options import ModelOptions
from lcbrb.rewards.forward.tree_attention import Attention
from lcbrb.types import TrainedProblem

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class TransformerModel(RewardModel):
    """A reward model that is run here; it is loaded once, when first needed.

    A kind says how items become tokens (`tokens`), and how a model of its class (by default a
    causal language model) scores these (`score_prepared`).
    """

    id: str
    weights: models.Weights
    options: ModelOptions

    @property
    def revision(self) -> str | None:
        """The commit or fingerprint of the weights."""
        return self.weights.revision

    @property
    def trained_on(self) -> Sequence[TrainedProblem]:
        """What its folder names, and its base's."""
        return trained_on(self.weights)

    @cached_property
    def tokenizer(self) -> Any:
        """The model's own, or its adapter's."""
        return models.load_tokenizer(self.weights)

    @cached_property
    def model(self) -> Any:
        """In evaluation mode, on its device.

        Raises:
            ModelLoadError: it does not load, or is none of this kind.
        """
        return models.load_causal(self.weights, self.options.dtype, self.options.device)

    @property
    def limit(self) -> int:
        """The most tokens of one input: the model's limit, or the lower one asked for."""
        own = models.own_limit(self.model)
        return min(own, self.options.max_length or own)

    @property
    def flips(self) -> int:
        """How many pairs are scored in float32 too: none where all are."""
        return 0 if self.options.dtype == "float32" else self.options.flips

    def load(self) -> None:
        """Load tokenizer and weights now."""
        _ = self.tokenizer, self.model

    def in_float32(self) -> Self | None:
        """The same weights, loaded anew; None where they are that, or flips are not wanted."""
        if not self.options.flips or str(next(self.model.parameters()).dtype) == "torch.float32":
            return None
        options = dataclasses.replace(self.options, dtype="float32")
        return dataclasses.replace(self, options=options)

    @abstractmethod
    def tokens(self, items: Sequence[Item]) -> list[Tokens]:
        """Each item as this kind reads it, uncut."""

    def truncated(self, items: Sequence[Item]) -> list[bool]:
        """Whether each item is longer than the model takes; what is refused is never cut."""
        if self.options.truncation is Truncation.REFUSE:
            return [False] * len(items)
        return list(self.prepare(items).truncated)

    def prepare(self, items: Sequence[Item]) -> Prepared:
        """Items as `Tokens`, cut to the model's limit.

        Raises:
            UsageError: an item is too long and `truncation` is ``refuse``.
            NothingLeftError: a cut leaves nothing to score of a response.
        """
        limit, how = self.limit, self.options.truncation
        whole = self.tokens(items)
        kept = [text.cut(limit, how, leading(self.tokenizer, text.ids)) for text in whole]
        for item, tokens in zip(items, kept, strict=True):
            if tokens.parts and not tokens.parts_left:
                raise NothingLeftError(
                    f"cut to {limit} tokens, nothing is left to score of the response that begins "
                    f"'{item.response[:30]}': raise ?max_length, or keep the response's end with "
                    "?truncation=left",
                    item,
                )
        return Prepared(
            lengths=tuple(len(text.ids) for text in kept),
            truncated=tuple(len(text.ids) > limit for text in whole),
            inputs=kept,
        )

    def score(self, items: Sequence[Item]) -> list[float]:
        """One number for each item; NaN where there is nothing to score.

        Raises:
            UsageError, NothingLeftError: as `prepare`.
            ModelLoadError: the model does not load, or is none of this kind.
        """
        return self.score_prepared(self.prepare(items))

    @abstractmethod
    def score_prepared(self, prepared: Prepared) -> list[float]:
        """The scores of what `prepare` gave."""

    def in_batches(
        self,
        tokens: Sequence[Tokens],
        shape: Callable[[Sequence[int], int], Iterator[list[int]]],
        run: Callable[[list[int]], Sequence[T]],
    ) -> list[tuple[int, T]]:
        """What the model's own forward pass gives, with the index of each input.

        Nothing is shared between inputs; batches shrink where memory runs out.

        Args:
            tokens: the inputs.
            shape: makes batches of indices, from lengths and a budget of tokens.
            run: a batch, by its indices, to something for each of its inputs.
        """
        import torch

        lengths = [len(token.ids) for token in tokens]
        accounting.count(tokens_real=sum(lengths), tokens_shared=sum(lengths))

        def cut(indices: Sequence[int], budget: int) -> Iterator[list[int]]:
            return shape([lengths[i] for i in indices], budget)

        indexed: list[tuple[int, T]] = []
        with torch.inference_mode():
            for batch, results in adaptive(range(len(lengths)), lengths, cut, run, self._budget):
                accounting.count(tokens_computed=len(batch) * max(lengths[i] for i in batch))
                indexed += zip(batch, results, strict=True)
        return indexed

    @cached_property
    def _budget(self) -> Budget:
        return Budget(tokens=self.options.batch_tokens)

    def refuse_packing(self, model: Any) -> None:
        """Hold that no packing is asked of a model that is run by its own forward pass.

        Raises:
            UsageError: it is.
        """
        if self.options.attention not in {None, Attention.PADDED}:
            raise UsageError(
                f"attention={self.options.attention} has no effect on a {type(model).__name__}, "
                "which runs its own forward pass and shares no text: leave it out"
            )
