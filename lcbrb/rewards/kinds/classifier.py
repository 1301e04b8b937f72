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

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

from lcbrb import models
from lcbrb.config import build
from lcbrb.errors import UsageError
from lcbrb.models.batching import batches
from lcbrb.protocols.reward import Item, Prepared
from lcbrb.registry import Spec
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.forward import accounting, heads, hidden_states, layout
from lcbrb.rewards.forward import options as hf
from lcbrb.rewards.forward.batching import fit
from lcbrb.rewards.forward.budget import Budget, adaptive

_Tokens = dict[str, list[list[int]]]  # a model's input names, and what each item gives for them


def from_spec(spec: Spec) -> Classifier:
    """``hf:ORG/NAME@REVISION`` or ``hf:FOLDER``, with the options of `hf.ModelOptions`."""
    if not spec.target:
        raise UsageError("hf needs a model: hf:ORG/NAME or hf:FOLDER")
    options = build(hf.ModelOptions, spec.options, spec.kind)
    return Classifier(id=spec.text, weights=hf.locate(spec.target, options), options=options)


@dataclass(frozen=True, kw_only=True)
class Classifier(RewardModel):
    """A reward model with a scalar head; loaded at the first call that needs it."""

    id: str
    weights: models.Weights
    options: hf.ModelOptions
    logits: ClassVar[bool] = True  # as Bradley & Terry have it

    @property
    def revision(self) -> str | None:
        """The commit or fingerprint of the weights."""
        return self.weights.revision

    def load(self) -> None:
        """Load now, so that the time to load is not counted as scoring."""
        _ = self._tokenizer, self._head

    @cached_property
    def _tokenizer(self) -> Any:
        return models.load_tokenizer(self.weights)

    @cached_property
    def _head(self) -> heads.Head:
        head = heads.load_scalar(self.weights, self.options.dtype, self.options.device)
        if head.reads is not heads.Reads.STATES:
            hf.check_attention(head.model, self.options)
        return head

    @property
    def _model(self) -> Any:
        return self._head.model

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
        """The model's inputs, cut to its limit.

        Raises:
            UsageError: an item is too long and `truncation` is ``refuse``.
        """
        limit, how = hf.token_limit(self._model, self.options), self.options.truncation
        whole = self._tokens(items)
        marks = [layout.leading(self._tokenizer, ids) for ids in whole["input_ids"]]
        tokens = {
            name: [fit(one, limit, how, mark) for one, mark in zip(many, marks, strict=True)]
            for name, many in whole.items()
        }
        return Prepared(
            lengths=tuple(map(len, tokens["input_ids"])),
            truncated=tuple(len(ids) > limit for ids in whole["input_ids"]),
            inputs=tokens,
        )

    def score(self, items: Sequence[Item]) -> list[float]:
        """The head's output for each item.

        Raises:
            UsageError: an item is too long and `truncation` is ``refuse``.
            ModelLoadError: the model does not load or has no trained head.
        """
        return self.score_prepared(self.prepare(items))

    def score_prepared(self, prepared: Prepared) -> list[float]:
        """As `score`."""
        scores = [0.0] * len(prepared.lengths)
        read = {
            heads.Reads.STATES: self._read_last,
            heads.Reads.FORWARD: self._read_whole,
            heads.Reads.OWN_CODE: self._read_unpadded,
        }
        for index, score in read[self._head.reads](prepared.inputs):
            scores[index] = score
        return scores

    def _tokens(self, items: Sequence[Item]) -> _Tokens:
        tokenizer = self._tokenizer
        if tokenizer.chat_template:
            chats = [
                [
                    {"role": "user", "content": item.prompt},
                    {"role": "assistant", "content": item.response},
                ]
                for item in items
            ]
            return {"input_ids": layout.chat_ids(tokenizer, chats)}
        if tokenizer.sep_token is not None:
            prompts, responses = [item.prompt for item in items], [item.response for item in items]
            found = layout.text_ids(tokenizer, prompts, responses)
        else:
            found = layout.text_ids(tokenizer, [f"{i.prompt}\n\n{i.response}" for i in items])
        return {name: found[name] for name in ("input_ids", "token_type_ids") if name in found}

    def _read_last(self, tokens: _Tokens) -> Iterator[tuple[int, float]]:
        """A decoder: the head on each sequence's last token."""
        import torch

        ids = tokens["input_ids"]
        last = [[len(one) - 1] for one in ids]
        for index, hidden_1_D in hidden_states.hidden_at(self._model, ids, last, self.options):
            with torch.inference_mode():
                score = float(self._model.score(hidden_1_D)[0, 0])
            yield index, score

    def _read_whole(self, tokens: _Tokens) -> Iterator[tuple[int, float]]:
        """Any other model: its own forward pass on padded batches of like length."""
        pad_id = self._tokenizer.pad_token_id or 0

        def run(batch: list[int]) -> list[float]:
            rows = {name: [sequences[i] for i in batch] for name, sequences in tokens.items()}
            ids_B_T, mask_B_T = hf.pad(rows["input_ids"], self._model.device, pad_id)
            inputs = {"input_ids": ids_B_T, "attention_mask": mask_B_T}
            if "token_type_ids" in rows:
                inputs["token_type_ids"], _ = hf.pad(rows["token_type_ids"], self._model.device, 0)
            accounting.spent(computed=ids_B_T.numel())
            return _floats(self._model(**inputs).logits[:, 0])

        return self._in_batches(tokens, batches, run)

    def _read_unpadded(self, tokens: _Tokens) -> Iterator[tuple[int, float]]:
        """A model with code of its own, which may read padding in its own way: it is given none."""
        import torch

        def run(batch: list[int]) -> list[float]:
            ids_B_T = torch.tensor([tokens["input_ids"][i] for i in batch])
            ids_B_T = ids_B_T.to(self._model.device)
            accounting.spent(computed=ids_B_T.numel())
            output = self._model(input_ids=ids_B_T, attention_mask=torch.ones_like(ids_B_T))
            return _floats(heads.one_number(self.weights.name, output, len(batch)))

        return self._in_batches(tokens, heads.even_batches, run)

    def _in_batches(
        self,
        tokens: _Tokens,
        shape: Callable[[Sequence[int], int], Iterator[list[int]]],
        run: Callable[[list[int]], list[float]],
    ) -> Iterator[tuple[int, float]]:
        """Scores by index, of batches that shrink where memory runs out."""
        import torch

        lengths = [len(ids) for ids in tokens["input_ids"]]
        accounting.spent(real=sum(lengths), shared=sum(lengths))  # two-way attention shares nothing

        def cut(indices: Sequence[int], budget: int) -> list[list[int]]:
            found = shape([lengths[i] for i in indices], budget)
            return [[indices[i] for i in batch] for batch in found]

        before = self._budget.halvings
        with torch.inference_mode():
            found = list(adaptive(lengths, cut, run, self._budget))
        accounting.out_of_memory(self._budget.halvings - before)
        for batch, scores in found:
            yield from zip(batch, scores, strict=True)

    @cached_property
    def _budget(self) -> Budget:
        return Budget(tokens=self.options.batch_tokens)


def _floats(scores_B: Any) -> list[float]:
    return [float(score) for score in scores_B.float().cpu()]
