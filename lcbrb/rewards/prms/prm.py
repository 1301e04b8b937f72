"""`prm:MODEL`: a process reward model; each step gets a score, and their aggregate is the reward.

``prm:ORG/NAME?layout=qwen&steps=paragraphs&aggregate=min``; `layouts` says what each layout
reads, `steps` how a response is split and how scores are put together. Layouts are recognised from
the model's configuration where that is safe (``qwen``, ``trl``). ``prm:likelihood:MODEL`` makes a
process reward of any language model: how likely it finds each step.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from lcbrb import models
from lcbrb.config import build
from lcbrb.errors import ModelLoadError, UsageError
from lcbrb.protocols.reward import Item, Prepared
from lcbrb.registry import Spec
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.forward import accounting, heads, hidden_states
from lcbrb.rewards.forward import options as hf
from lcbrb.rewards.forward.layout import leading
from lcbrb.rewards.forward.vocabulary import logit_head, token_log_likelihoods
from lcbrb.rewards.prms import layouts
from lcbrb.rewards.prms.layouts import LABELLED, STEP_ENDS, Laid, Layout
from lcbrb.rewards.prms.options import PrmOptions, unescaped
from lcbrb.rewards.prms.steps import Splitting, aggregate, bounds, split
from lcbrb.types import JsonValue

if TYPE_CHECKING:
    from torch import Tensor

_LIKELIHOOD = "likelihood:"
_PAIR = 2  # labels: bad and good


def from_spec(spec: Spec) -> Prm:
    """``prm:MODEL`` or ``prm:likelihood:MODEL``, with the options of `PrmOptions`.

    Raises:
        UsageError, SetupError: no model, options that do not fit, a model that is not there.
    """
    options = build(PrmOptions, spec.options, spec.kind)
    likely = spec.target.startswith(_LIKELIHOOD)
    target = spec.target.removeprefix(_LIKELIHOOD)
    if not target:
        raise UsageError("prm needs a model: prm:ORG/NAME, prm:FOLDER or prm:likelihood:smollm2")
    if likely and options.layout not in {Layout.AUTO, Layout.LIKELIHOOD}:
        raise UsageError(f"{spec.text} asks for two layouts, likelihood and {options.layout}")
    if (options.steps is Splitting.MARKER) != bool(options.marker):
        raise UsageError(f"steps=marker and marker=TEXT belong together, found {spec.text}")
    asked = Layout.LIKELIHOOD if likely else options.layout
    for name, readers in layouts.READ_BY.items():
        # what `auto` tells from a configuration is never one of the labelled
        if name in spec.options and asked not in readers:
            raise UsageError(
                f"{name} is read with layout={', '.join(sorted(readers - {Layout.AUTO}))}, "
                f"and not with {asked}: leave it out of {spec.text}, or name the layout"
            )
    return Prm(id=spec.text, weights=hf.locate(target, options), options=options, asked=asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Steps:
    """Items laid out, after cutting; `whole` is how many steps there were before."""

    laid: list[Laid]
    whole: int


@dataclass(frozen=True, kw_only=True)
class Prm(RewardModel):
    """A process reward model; loaded when first needed. `asked` is the layout in the spec."""

    id: str
    weights: models.Weights
    options: PrmOptions
    asked: Layout

    @property
    def bounds(self) -> tuple[float, float]:
        """0 and 1, or of the logarithm of a product."""
        return bounds(self.options.aggregate)

    @property
    def revision(self) -> str | None:
        """The commit or fingerprint of the weights."""
        return self.weights.revision

    @property
    def identity(self) -> dict[str, JsonValue]:
        """Layout, splitting and aggregation, for the record."""
        named: dict[str, JsonValue] = {
            "layout": self.layout.value,
            "steps": self.options.steps.value,
            "step_end": self._step_end,
            "aggregate": self.options.aggregate.value,
        }
        if self.options.steps is Splitting.MARKER:
            named["marker"] = unescaped(self.options.marker)
        if self.layout in LABELLED:
            named |= {"good": self.options.good, "bad": self.options.bad}
        return named

    @cached_property
    def layout(self) -> Layout:
        """The layout asked for, or the one that the model's configuration tells.

        Raises:
            ModelLoadError: it does not tell.
        """
        if self.asked is not Layout.AUTO:
            return self.asked
        config = models.config_of(self.weights)
        named = (config.get("architectures") or [""])[0]
        if named == "Qwen2ForProcessRewardModel":
            return Layout.QWEN
        if named.endswith("ForTokenClassification") and self.weights.base is None:
            return Layout.TRL
        raise ModelLoadError(
            f"{self.weights.name} ({named or 'of no named class'}) does not say how its steps are "
            "read: say ?layout=qwen, shepherd, rlhflow, trl or likelihood"
        )

    @property
    def _step_end(self) -> str:
        return unescaped(self.options.step_end) or STEP_ENDS[self.layout]

    @property
    def _on_logits(self) -> bool:
        """Whether the model is a language model, without a head of its own."""
        return self.layout in {*LABELLED, Layout.LIKELIHOOD}

    def load(self) -> None:
        """Load now, so that the time to load is not counted as scoring."""
        _ = self._tokenizer, self._model

    @cached_property
    def _tokenizer(self) -> Any:
        return models.load_tokenizer(self.weights)

    @cached_property
    def _head(self) -> heads.Head:
        head = heads.load_steps(self.weights, self.options.dtype, self.options.device)
        if head.reads is heads.Reads.FORWARD:
            kind = type(head.model).__name__
            raise ModelLoadError(f"{self.weights.name} is a {kind}; prm takes causal models")
        if head.reads is heads.Reads.OWN_CODE:
            hf.check_attention(head.model, self.options)
        if head.labels > _PAIR and head.reads is heads.Reads.STATES:
            raise ModelLoadError(
                f"{self.weights.name} has {head.labels} labels a step; a process reward model has "
                "two (bad, good) or one"
            )
        return head

    @cached_property
    def _model(self) -> Any:
        if self._on_logits:
            return models.load_causal(self.weights, self.options.dtype, self.options.device)
        return self._head.model

    @property
    def flips(self) -> int:
        """How many pairs are scored in float32 too."""
        return self.options.flips_wanted

    def in_float32(self) -> Self | None:
        """The same model in float32; None where it is that already, or flips are not wanted."""
        if hf.in_float32(self._model, self.options) is None:
            return None
        options = dataclasses.replace(self.options, dtype="float32")
        return dataclasses.replace(self, options=options)

    def truncated(self, items: Sequence[Item]) -> list[bool]:
        """Whether each item is longer than the model takes."""
        return hf.truncated(self, self.options, items)

    def prepare(self, items: Sequence[Item]) -> Prepared:
        """Steps as tokens, and where each is read; `truncated` steps are counted.

        Raises:
            UsageError: an item is too long and `truncation` is ``refuse``, or the cut leaves no
                step of it.
        """
        limit, how = hf.token_limit(self._model, self.options), self.options.truncation
        whole = [self._laid(item) for item in items]
        laid = [layouts.cut(one, limit, how, leading(self._tokenizer, one.ids)) for one in whole]
        hf.check_left(items, [one.steps for one in whole], [one.steps for one in laid], limit)
        return Prepared(
            lengths=tuple(len(one.ids) for one in laid),
            truncated=tuple(len(one.ids) > limit for one in whole),
            inputs=_Steps(laid=laid, whole=sum(one.steps for one in whole)),
        )

    def score(self, items: Sequence[Item]) -> list[float]:
        """The aggregate of each response's steps; NaN where there is no step.

        Raises:
            UsageError: an item is too long and `truncation` is ``refuse``.
            ModelLoadError: the model does not load or is none of its layout.
        """
        return self.score_prepared(self.prepare(items))

    def score_prepared(self, prepared: Prepared) -> list[float]:
        """As `score`."""
        return [aggregate(steps, self.options.aggregate) for steps in self._read(prepared)]

    def step_scores(self, items: Sequence[Item]) -> list[list[float]]:
        """The log-probability that each step of each item is good, in nats.

        Steps that a cut took away are left out (`truncated` says of which items).

        Raises:
            UsageError, ModelLoadError: as `score`.
        """
        return self._read(self.prepare(items))

    def _read(self, prepared: Prepared) -> list[list[float]]:
        laid: list[Laid] = prepared.inputs.laid
        kept = sum(one.steps for one in laid)
        accounting.counted(steps=kept, steps_cut=prepared.inputs.whole - kept)
        wanted = [index for index, one in enumerate(laid) if one.steps]
        found: list[list[float]] = [[] for _ in laid]
        read = self._read_places
        if self.layout is Layout.LIKELIHOOD:
            read = self._read_likelihoods
        elif not self._on_logits and self._head.reads is heads.Reads.OWN_CODE:
            read = self._read_whole
        for at, scores in read([laid[index] for index in wanted]):
            found[wanted[at]] = scores
        return found

    def _laid(self, item: Item) -> Laid:
        steps = split(item.response, self.options.steps, unescaped(self.options.marker))
        return layouts.lay_out(self._tokenizer, item.prompt, steps, self.layout, self._step_end)

    def _read_places(self, laid: Sequence[Laid]) -> Iterator[tuple[int, list[float]]]:
        """The head, or the logits of two words, at the end of each step."""
        import torch

        words: list[int] = []
        head = self._model.score if not self._on_logits else logit_head(self._model)
        if self._on_logits:
            asked = self.layout, self.options.good, self.options.bad
            words = [*reversed(layouts.label_tokens(self._tokenizer, *asked))]
        ids, places = [one.ids for one in laid], [one.places for one in laid]
        for index, hidden_S_D in hidden_states.hidden_at(self._model, ids, places, self.options):
            with torch.inference_mode():
                logits_S_L = head(hidden_S_D)
                scores = _good(logits_S_L[:, words] if words else logits_S_L)
            yield index, scores

    def _read_whole(self, laid: Sequence[Laid]) -> Iterator[tuple[int, list[float]]]:
        """A model with code of its own: one input at a time, and nothing is padded."""
        import torch

        for index, one in enumerate(laid):
            with torch.inference_mode(), hf.memory_named(self.options):
                ids_1_T = torch.tensor([one.ids], device=self._model.device)
                output = self._model(input_ids=ids_1_T, attention_mask=torch.ones_like(ids_1_T))
                logits_T_L = heads.numbers_at_tokens(self.weights.name, output, len(one.ids))
                scores = _good(logits_T_L[one.places])
            length = len(one.ids)
            accounting.spent(real=length, shared=length, computed=length)
            yield index, scores

    def _read_likelihoods(self, laid: Sequence[Laid]) -> Iterator[tuple[int, list[float]]]:
        """Mean log-probability of each step's tokens."""
        # the first token has nothing to follow, so it is not rated
        firsts = [max(1, one.places[0]) for one in laid]
        ids = [one.ids for one in laid]
        for index, rated_R in token_log_likelihoods(self._model, ids, firsts, self.options):
            marks, means = laid[index].marks[firsts[index] :], []
            for step in sorted(set(marks) - {0}):
                its = [place for place, mark in enumerate(marks) if mark == step]
                means.append(float(rated_R[its].double().mean()))
            yield index, means


def _good(logits_S_L: Tensor) -> list[float]:
    """Log-probability of the good label: the second of two, or the one there is."""
    from torch.nn import functional

    logits_S_L = logits_S_L.double()
    if logits_S_L.shape[1] == 1:
        found_S = functional.logsigmoid(logits_S_L[:, 0])
    else:
        found_S = logits_S_L.log_softmax(1)[:, 1]
    return [float(score) for score in found_S.cpu()]
