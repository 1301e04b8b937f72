"""Models with a reward head: which class loads one, and how its number is read.

- ``AutoModelForSequenceClassification`` with one label, as trainers save it, whole or as an adapter
  whose head is among the adapter's tensors.
- Qwen's reward models (Qwen2.5-Math-RM, Qwen2.5-Math-PRM): a Qwen2 with two linear layers as its
  head. They come with code that was written for another release of the library; it is not needed,
  since all it adds is that head.
- Models that need code of their own, where the user allowed it. How their head reads a batch can't
  be known, so they are given inputs of one length at a time, without any padding.

A head whose tensors are in no file would be made up by the library; it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from lcbrb import models
from lcbrb.errors import ModelLoadError
from lcbrb.models.batching import batches

if TYPE_CHECKING:
    from torch import Tensor

_CLASSIFIER = "AutoModelForSequenceClassification"
_TAGGER = "AutoModelForTokenClassification"
#: class names of Qwen's reward models, and how many numbers each gives
_QWEN = {"Qwen2ForRewardModel": 1, "Qwen2ForProcessRewardModel": 2}
#: where models of one's own put the number, the most telling name first
_OUTPUTS = ("score", "scores", "reward", "rewards", "end_scores", "logits")


class Reads(StrEnum):
    """How a head's output is had."""

    STATES = "states"  # `model.score` on the hidden states of a causal base model
    FORWARD = "forward"  # the model's own forward pass, on padded batches with a mask
    OWN_CODE = "own_code"  # the same of a model with code of its own, without padding


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A loaded model with a reward head, how to read it, and the numbers that it gives a place."""

    model: Any
    reads: Reads
    labels: int


def load_scalar(weights: models.Weights, dtype: str, device: str) -> Head:
    """A model that gives one number an input.

    With `Reads.STATES` the number is ``model.score`` on the last hidden state; with the others it
    is what `one_number` finds in the output of the forward pass.

    Raises:
        ModelLoadError: it does not load, its head was never trained, it has several outputs, or it
            needs code of its own that may not run.
        UsageError, SetupError: no such dtype or device.
    """
    head = _load(weights, _CLASSIFIER, dtype, device)
    if head.reads is not Reads.OWN_CODE and head.labels != 1:
        raise ModelLoadError(
            f"{weights.name} has {head.labels} outputs, but a reward model has one"
        )
    return head


def load_steps(weights: models.Weights, dtype: str, device: str) -> Head:
    """A model that gives one or more numbers a token: a process reward model.

    Raises:
        ModelLoadError, UsageError, SetupError: as `load_scalar`.
    """
    return _load(weights, _TAGGER, dtype, device)


def _load(weights: models.Weights, auto: str, dtype: str, device: str) -> Head:
    import transformers

    config = models.config_of(weights)
    own_code = _own_class(config, auto)
    named = (config.get("architectures") or [""])[0]
    if own_code and weights.arguments.get("trust_remote_code"):
        maker = getattr(transformers, own_code)
    elif named in _QWEN:
        own_code, maker = None, _qwen(_QWEN[named])
    elif own_code and not hasattr(transformers, named):
        raise models.needs_code(weights)
    else:
        own_code, maker = None, getattr(transformers, auto)
    loaded = models.load_with(maker, weights, dtype, device)
    models.check_trained(weights.name, loaded, "reward head")
    model = loaded.model
    reads = Reads.OWN_CODE if own_code else reads_of(model)
    return Head(model=model, reads=reads, labels=getattr(model.config, "num_labels", 1))


def _own_class(config: Mapping[str, Any], auto: str) -> str | None:
    """The library's automatic class for which a model brings code, if it is one for heads."""
    brought = config.get("auto_map") or {}
    return next((name for name in (auto, "AutoModel") if name in brought), None)


def _qwen(labels: int) -> Any:
    """Qwen2 with Qwen's head of two linear layers, for so many labels."""
    from torch import nn
    from transformers import Qwen2Model, Qwen2PreTrainedModel

    class Qwen2WithRewardHead(Qwen2PreTrainedModel):  # type: ignore[misc]  # untyped upstream
        """What ``modeling_qwen2_rm.py`` of Qwen2.5-Math-RM and -PRM defines."""

        def __init__(self, config: Any) -> None:
            config.num_labels = labels
            super().__init__(config)
            self.model = Qwen2Model(config)
            width = config.hidden_size
            self.score = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, labels))
            self.post_init()

    return Qwen2WithRewardHead


def reads_of(model: Any) -> Reads:
    """A causal model of the library with its head on single tokens, or another one."""
    from torch import nn

    on_states = isinstance(getattr(model, "score", None), nn.Linear | nn.Sequential)
    return Reads.STATES if on_states and not model.config.is_encoder_decoder else Reads.FORWARD


def even_batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices in batches of one length each, of at most `budget` tokens: nothing is padded."""
    for batch in batches(lengths, budget):
        for length in sorted({lengths[i] for i in batch}, reverse=True):
            yield [i for i in batch if lengths[i] == length]


def one_number(name: str, output: Any, rows: int) -> Tensor:
    """The number for each row in what a model of one's own gave, shape (rows,).

    Args:
        name: the model's, for the error.
        output: a tensor, or an object with some of the names ``score``, ``scores``, ``reward``,
            ``rewards``, ``end_scores``, ``logits``; of several that fit the first is taken.
        rows: how many inputs there were.

    Raises:
        ModelLoadError: nothing there has one number a row; what there is instead is named.
    """
    shapes = {(rows,), (rows, 1)}
    why = f"{name} does not give one number per input: for {rows}"
    return _shaped(output, shapes, why).reshape(rows)


def numbers_at_tokens(name: str, output: Any, tokens: int) -> Tensor:
    """One or two numbers for each token of a single input, shape (tokens, 1 or 2).

    Raises:
        ModelLoadError: nothing there has them; what there is instead is named.
    """
    shapes = {(1, tokens), (1, tokens, 1), (1, tokens, 2)}
    why = f"{name} does not give one or two numbers per token: for {tokens} tokens"
    return _shaped(output, shapes, why).reshape(tokens, -1)


def _shaped(output: Any, shapes: set[tuple[int, ...]], why: str) -> Tensor:
    """The first tensor of one of these shapes; what there is instead is named after `why`."""
    tensors = _tensors(output)
    for key in ("", *_OUTPUTS):
        if key in tensors and tuple(tensors[key].shape) in shapes:
            return tensors[key]
    given = ", ".join(
        f"{key or 'a tensor'} {tuple(tensor.shape)}" for key, tensor in tensors.items()
    )
    wanted = " or ".join(map(str, sorted(shapes)))
    raise ModelLoadError(
        f"{why} it gave {given or type(output)}; expected a tensor of shape {wanted}, by itself "
        f"or as {', '.join(_OUTPUTS)}"
    )


def _tensors(output: Any) -> dict[str, Tensor]:
    """The tensors of an output by their names; a plain one has the empty name."""
    import torch

    if isinstance(output, list | tuple) and len(output) == 1 and not hasattr(output, "keys"):
        output = output[0]
    if isinstance(output, torch.Tensor):
        return {"": output}
    named = output if isinstance(output, Mapping) else getattr(output, "__dict__", {})
    return {str(key): tensor for key, tensor in named.items() if isinstance(tensor, torch.Tensor)}
