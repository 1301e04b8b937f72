"""`hf:`: a scalar head on a transformer (``AutoModelForSequenceClassification`` with one label).

How an item becomes a number, and why so:

- The chat template renders prompt and response as text, which is tokenised once without special
  tokens of its own, so a template's BOS is not doubled. Without a template the tokenizer joins the
  two as it joins text pairs (with token types, where it has them), or with a blank line where it
  has no separator.
- Inputs are padded on the right with an explicit mask, whatever the tokenizer's own habit.
- In a causal model the head reads the mask's last real token. The library looks for the last token
  that is not the pad token instead, which is another one where pad and end of text are the same.
- A batch changes no score in float32 beyond rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from lcbrb.config import build
from lcbrb.errors import UsageError
from lcbrb.models.batching import batches, pad
from lcbrb.protocols.reward import Item, Prepared
from lcbrb.registry import Spec
from lcbrb.rewards.forward import heads
from lcbrb.rewards.forward.batching import Tokens
from lcbrb.rewards.forward.hidden_states import hidden_at
from lcbrb.rewards.forward.layout import head_tokens
from lcbrb.rewards.forward.options import ModelOptions
from lcbrb.rewards.forward.transformer import TransformerModel

if TYPE_CHECKING:
    from torch import Tensor


def from_spec(spec: Spec) -> Classifier:
    """``hf:ORG/NAME@REVISION`` or ``hf:FOLDER``, with the options of `ModelOptions`."""
    if not spec.target:
        raise UsageError("hf needs a model: hf:ORG/NAME or hf:FOLDER")
    options = build(ModelOptions, spec.options, spec.kind)
    return Classifier(id=spec.text, weights=options.locate(spec.target), options=options)


@dataclass(frozen=True, kw_only=True)
class Classifier(TransformerModel):
    """A reward model with a scalar head."""

    logits: ClassVar[bool] = True  # as Bradley & Terry have it

    @cached_property
    def _head(self) -> heads.Head:
        head = heads.load_scalar(self.weights, self.options.dtype, self.options.device)
        if head.reads is not heads.Reads.STATES:
            self.refuse_packing(head.model)
        return head

    @property
    def model(self) -> Any:
        """With its head."""
        return self._head.model

    def tokens(self, items: Sequence[Item]) -> list[Tokens]:
        """By the chat template, else as a text pair, else with a blank line; marked by type."""
        return head_tokens(self.tokenizer, items)

    def score_prepared(self, prepared: Prepared) -> list[float]:
        """The head's output for each item."""
        read = {
            heads.Reads.STATES: self._read_last,
            heads.Reads.FORWARD: self._read_whole,
            heads.Reads.OWN_CODE: self._read_unpadded,
        }[self._head.reads]
        return [score for _, score in sorted(read(prepared.inputs))]

    def _read_last(self, tokens: Sequence[Tokens]) -> Iterable[tuple[int, float]]:
        """A decoder: the head on each sequence's last token."""

        def read(_index: int, hidden_1_D: Tensor) -> float:
            return float(self.model.score(hidden_1_D)[0, 0])

        ids, last = [token.ids for token in tokens], [[len(token.ids) - 1] for token in tokens]
        return hidden_at(self.model, ids, last, self.options, read)

    def _read_whole(self, tokens: Sequence[Tokens]) -> Iterable[tuple[int, float]]:
        """Any other model: its own forward pass on padded batches of like length."""
        device, pad_id = self.model.device, self.tokenizer.pad_token_id or 0

        def run(batch: list[int]) -> list[float]:
            ids_B_T, mask_B_T = pad([tokens[i].ids for i in batch], device, pad_id)
            inputs = {"input_ids": ids_B_T, "attention_mask": mask_B_T}
            if types := [tokens[i].marks for i in batch if tokens[i].marks]:
                inputs["token_type_ids"], _ = pad(types, device, 0)
            return _floats(self.model(**inputs).logits[:, 0])

        return self.in_batches(tokens, batches, run)

    def _read_unpadded(self, tokens: Sequence[Tokens]) -> Iterable[tuple[int, float]]:
        """A model with code of its own, which may read padding in its own way: it is given none."""
        import torch

        def run(batch: list[int]) -> list[float]:
            ids_B_T = torch.tensor([tokens[i].ids for i in batch], device=self.model.device)
            output = self.model(input_ids=ids_B_T, attention_mask=torch.ones_like(ids_B_T))
            return _floats(heads.one_number(self.weights.name, output, len(batch)))

        return self.in_batches(tokens, heads.even_batches, run)


def _floats(scores_B: Tensor) -> list[float]:
    return [float(score) for score in scores_B.float().cpu()]
