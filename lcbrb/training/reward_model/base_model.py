"""A base model with a scalar head, in memory: what is trained, and the reward model that it is.

The head is new where the base is a language model or an encoder, drawn from the seed; a base that
is a reward model already is trained further. While it is trained it is scored as `lcbrb eval` will
score the checkpoint, by the same code.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcbrb import models
from lcbrb.errors import ModelLoadError
from lcbrb.models.batching import batches, pad
from lcbrb.models.loading import unmark_quantized
from lcbrb.rewards.forward import heads
from lcbrb.rewards.forward.batching import Tokens
from lcbrb.rewards.forward.hidden_states import hidden_at
from lcbrb.rewards.forward.options import ModelOptions
from lcbrb.rewards.kinds.classifier import Classifier

if TYPE_CHECKING:
    from torch import Tensor, nn

_AUTO = "AutoModelForSequenceClassification"
_HEADS = ("score", "classifier")  # what the library calls a head
_SPREAD = 0.02  # standard deviation of new weights, as in the library's models


@dataclass(frozen=True, kw_only=True)
class HeadedModel(Classifier):
    """A model with a scalar head that is in memory.

    `given` and `its_tokenizer` are what is loaded; `head_name` names the module that is the head,
    `fresh` says whether it is new.
    """

    given: heads.Head
    its_tokenizer: Any
    head_name: str
    fresh: bool

    @cached_property
    def _head(self) -> heads.Head:
        return self.given

    @cached_property
    def tokenizer(self) -> Any:
        """The base's, or its adapter's."""
        return self.its_tokenizer

    @property
    def head(self) -> nn.Module:
        """The module that is the head."""
        module: nn.Module = getattr(self.model, self.head_name)
        return module

    def in_float32(self) -> None:
        """No twin: these weights are in memory alone."""

    def saved_in(self, folder: Path) -> HeadedModel:
        """The same model under the name and revision of a folder that it was saved in."""
        weights = self.options.locate(str(folder))
        return dataclasses.replace(self, id=f"hf:{folder}", weights=weights)

    def draw_head(self, seed: int) -> None:
        """Give a new head its first weights; a head that was trained before keeps its own."""
        if self.fresh:
            draw_weights(self.head, seed)

    def head_inputs(self, tokens: Sequence[Tokens]) -> Iterable[tuple[int, Tensor]]:
        """What the head reads of each sequence, shape (D,), with its index, in any order."""
        if self.given.reads is heads.Reads.STATES:
            ids, last = [token.ids for token in tokens], [[len(token.ids) - 1] for token in tokens]
            return hidden_at(
                self.model, ids, last, self.options, lambda _, hidden_1_D: hidden_1_D[0]
            )
        return self.in_batches(tokens, batches, lambda batch: self._captured(tokens, batch))

    def scores(self, inputs_N_D: Tensor) -> Tensor:
        """The head on what it reads, shape (N,)."""
        from torch import nn

        plain = isinstance(self.head, nn.Linear | nn.Sequential)
        given = inputs_N_D if plain else inputs_N_D[:, None, :]  # a head that picks the first token
        scores_N: Tensor = self.head(given)[:, 0]
        return scores_N

    def _captured(self, tokens: Sequence[Tokens], batch: list[int]) -> list[Tensor]:
        """What the model's own forward pass hands to its head."""
        caught: list[Tensor] = []
        hook = self.head.register_forward_pre_hook(lambda _, given: caught.append(given[0]))
        try:
            device = self.model.device
            ids_B_T, mask_B_T = pad([tokens[i].ids for i in batch], device, 0)
            given = {"input_ids": ids_B_T, "attention_mask": mask_B_T}
            if types := [tokens[i].marks for i in batch if tokens[i].marks]:
                given["token_type_ids"], _ = pad(types, device, 0)
            self.model(**given)
        finally:
            hook.remove()
        (inputs,) = caught
        return list(inputs if inputs.dim() == 2 else inputs[:, 0, :])  # noqa: PLR2004 - (B, D)


def load_base(target: str, options: ModelOptions) -> HeadedModel:
    """A base model with a scalar head, in evaluation mode.

    Args:
        target: ``smollm2``, a folder or ``ORG/NAME@REVISION``; ``hf:`` may stand before it.
        options: precision, device, how much is computed at once.

    Raises:
        LcbrbError: as `models.locate` and `models.load_with`.
        ModelLoadError: more than the head is missing from its files, it needs code of its own, or
            it is no model that a head can be put on.
    """
    import transformers

    weights = models.at_hand(options.locate(target))
    loaded = models.load_with(
        getattr(transformers, _AUTO), weights, options.dtype, options.device, num_labels=1
    )
    name = next((name for name in _HEADS if hasattr(loaded.model, name)), None)
    if name is None or loaded.model.config.is_encoder_decoder:
        raise ModelLoadError(
            f"{weights.name} is a {type(loaded.model).__name__}, which has no head that can be "
            "trained here: use a decoder or an encoder"
        )
    other = [key for key in loaded.missing if key.partition(".")[0] != name]
    if other:
        raise ModelLoadError(f"{weights.name} lacks {', '.join(other[:3])}: these would be random")
    reads = heads.reads_of(loaded.model)
    loaded.model.requires_grad_(True)  # noqa: FBT003 - an adapter's base was fixed
    if "gguf_file" in weights.arguments:  # plain weights that the library calls quantized
        unmark_quantized(loaded.model)
    return HeadedModel(
        id=f"hf:{weights.name}",
        weights=weights,
        options=options,
        given=heads.Head(model=loaded.model, reads=reads, labels=1),
        its_tokenizer=models.load_tokenizer(weights),
        head_name=name,
        fresh=bool(loaded.missing),
    )


def draw_weights(head: nn.Module, seed: int) -> None:
    """Weights of a new head: normal, with the library's spread; biases 0."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in head.named_parameters():
            if name.endswith("bias"):
                weight.zero_()
            else:
                drawn = torch.randn(weight.shape, generator=generator) * _SPREAD
                weight.copy_(drawn)
