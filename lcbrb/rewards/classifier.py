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

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lcbrb import models
from lcbrb.config import build
from lcbrb.errors import ModelLoadError, UsageError
from lcbrb.protocols import Item
from lcbrb.registry import Spec
from lcbrb.rewards import hf
from lcbrb.rewards.batching import Truncation, batches, fit

_Tokens = dict[str, list[list[int]]]  # a model's input names, and what each item gives for them


def from_spec(spec: Spec) -> Classifier:
    """``hf:ORG/NAME@REVISION`` or ``hf:FOLDER``, with the options of `hf.ModelOptions`."""
    if not spec.target:
        raise UsageError("hf needs a model: hf:ORG/NAME or hf:FOLDER")
    options = build(hf.ModelOptions, spec.options, spec.kind)
    return Classifier(id=spec.text, weights=models.locate(spec.target), options=options)


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """A reward model with a scalar head; loaded at the first call that needs it."""

    id: str
    weights: models.Weights
    options: hf.ModelOptions
    bounds: tuple[float, float] = (float("-inf"), float("inf"))

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
        from transformers import AutoModelForSequenceClassification

        dtype, device = models.dtype_of(self.options.dtype), models.device_of(self.options.device)
        model, info = models.load(
            self.weights,
            lambda: AutoModelForSequenceClassification.from_pretrained(
                self.weights.path, dtype=dtype, output_loading_info=True, **self.weights.arguments
            ),
        )
        _check_head(self.weights.name, model, info)
        return models.load(self.weights, lambda: model.eval().to(device))

    def truncated(self, items: Sequence[Item]) -> list[bool]:
        """Whether each item is longer than the model takes."""
        if self.options.truncation is Truncation.REFUSE:
            return [False] * len(items)
        limit = hf.token_limit(self._model, self.options)
        return [len(ids) > limit for ids in self._tokens(items)["input_ids"]]

    def score(self, items: Sequence[Item]) -> list[float]:
        """The head's output for each item.

        Raises:
            UsageError: an item is too long and `truncation` is ``refuse``.
            ModelLoadError: the model does not load or has no trained head.
        """
        import torch

        limit, how = hf.token_limit(self._model, self.options), self.options.truncation
        tokens = {
            name: [fit(sequence, limit, how) for sequence in sequences]
            for name, sequences in self._tokens(items).items()
        }
        lengths = [len(ids) for ids in tokens["input_ids"]]
        scores = [0.0] * len(items)
        with torch.inference_mode(), hf.memory_named(self.options):
            for batch in batches(lengths, self.options.batch_tokens):
                rows = {name: [sequences[i] for i in batch] for name, sequences in tokens.items()}
                for index, score in zip(batch, self._batch(rows), strict=True):
                    scores[index] = score
        return scores

    def _tokens(self, items: Sequence[Item]) -> _Tokens:
        tokenizer = self._tokenizer
        if tokenizer.chat_template:
            texts = [
                tokenizer.apply_chat_template(
                    [
                        {"role": "user", "content": item.prompt},
                        {"role": "assistant", "content": item.response},
                    ],
                    tokenize=False,
                )
                for item in items
            ]
            found = tokenizer(texts, add_special_tokens=False, verbose=False)
        elif tokenizer.sep_token is not None:
            sides = [item.prompt for item in items], [item.response for item in items]
            found = tokenizer(*sides, verbose=False)
        else:
            found = tokenizer([f"{i.prompt}\n\n{i.response}" for i in items], verbose=False)
        return {name: found[name] for name in ("input_ids", "token_type_ids") if name in found}

    def _batch(self, tokens: _Tokens) -> list[float]:
        model, pad_id = self._model, self._tokenizer.pad_token_id
        ids_B_T, mask_B_T = hf.pad(tokens["input_ids"], model.device, pad_id or 0)
        if not _reads_last_token(model):
            inputs = {"input_ids": ids_B_T, "attention_mask": mask_B_T}
            if "token_type_ids" in tokens:
                inputs["token_type_ids"], _ = hf.pad(tokens["token_type_ids"], model.device, 0)
            return _floats(model(**inputs).logits)
        hidden_B_T_D = model.base_model(
            input_ids=ids_B_T, attention_mask=mask_B_T, use_cache=False
        ).last_hidden_state
        rows_B = mask_B_T.new_tensor(range(len(mask_B_T)))
        return _floats(model.score(hidden_B_T_D[rows_B, mask_B_T.sum(1) - 1]))


def _floats(scores_B_1: Any) -> list[float]:
    return [float(score) for score in scores_B_1[:, 0].float().cpu()]


def _reads_last_token(model: Any) -> bool:
    """Whether this is the library's decoder with a linear head `score` on one token."""
    import torch

    head = getattr(model, "score", None)
    return isinstance(head, torch.nn.Linear) and not model.config.is_encoder_decoder


def _check_head(name: str, model: Any, info: Any) -> None:
    labels = getattr(model.config, "num_labels", 1)
    missing = sorted(info["missing_keys"])
    if missing:
        raise ModelLoadError(
            f"{name} has no trained reward head: {', '.join(missing[:3])} would be made up"
        )
    if labels != 1:
        raise ModelLoadError(f"{name} has {labels} outputs; a reward model has one")
