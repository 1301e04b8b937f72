"""`prm:MODEL`: a process reward model; each step gets a score, and their aggregate is the reward.

``prm:ORG/NAME?layout=qwen&steps=paragraphs&aggregate=min``; `layouts` says what each layout
reads, `steps` how a response is split and how scores are put together. Layouts are recognised from
the model's configuration where that is safe (``qwen``, ``trl``). ``prm:likelihood:MODEL`` makes a
process reward of any language model: how likely it finds each step.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lcbrb import models
from lcbrb.config import build
from lcbrb.errors import ModelLoadError, UsageError
from lcbrb.protocols.reward import Item, Prepared
from lcbrb.registry import Spec
from lcbrb.rewards.base import ItemScore
from lcbrb.rewards.forward import accounting, heads
from lcbrb.rewards.forward.batching import Tokens
from lcbrb.rewards.forward.hidden_states import hidden_at
from lcbrb.rewards.forward.options import ModelOptions
from lcbrb.rewards.forward.transformer import TransformerModel
from lcbrb.rewards.forward.vocabulary import logit_head, token_log_likelihoods
from lcbrb.rewards.prms import layouts
from lcbrb.rewards.prms.layouts import LABELLED, STEP_ENDS, Layout
from lcbrb.rewards.prms.steps import Aggregate, Splitting, aggregate, bounds, split
from lcbrb.types import JsonValue

if TYPE_CHECKING:
    from torch import Tensor

_LIKELIHOOD = "likelihood:"
_PAIR = 2  # labels: bad and good


@dataclass(frozen=True, slots=True, kw_only=True)
class PrmOptions(ModelOptions):
    r"""What ``prm:…?…`` takes beside the options of every model.

    `layout`: what the model reads. `steps`: how a response is split, at `marker` with
    ``steps=marker``. `step_end`: what is put behind a step, if not what the layout has. `good` and
    `bad`: the words that a ``shepherd`` or ``rlhflow`` model says. `aggregate`: how steps
    become one score. In `marker` and `step_end`, ``\n`` is a line's end and ``\t`` a tab.
    """

    layout: Layout = Layout.AUTO
    steps: Splitting = Splitting.AUTO
    marker: str = ""
    step_end: str = ""
    good: str = "+"
    bad: str = "-"
    aggregate: Aggregate = Aggregate.MIN


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
        raise UsageError(f"steps=marker and marker=TEXT must be used together, found {spec.text}")
    asked = Layout.LIKELIHOOD if likely else options.layout
    for name, readers in layouts.READ_BY.items():
        # what `auto` tells from a configuration is never one of the labelled
        if name in spec.options and asked not in readers:
            raise UsageError(
                f"{name} can be used with layout={', '.join(sorted(readers - {Layout.AUTO}))}, "
                f"and not with {asked}: leave it out of {spec.text}, or name the layout"
            )
    return Prm(id=spec.text, weights=options.locate(target), options=options, asked=asked)


@dataclass(frozen=True, kw_only=True)
class Prm(TransformerModel):
    """A process reward model; `asked` is the layout in the spec."""

    options: PrmOptions
    asked: Layout

    @property
    def bounds(self) -> tuple[float, float]:
        """0 and 1, or of the logarithm of a product."""
        return bounds(self.options.aggregate)

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
            named["marker"] = _unescaped(self.options.marker)
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
            f"{self.weights.name} ({named or 'of no named class'}) does not show in which layout "
            "it scores steps: set ?layout=qwen, shepherd, rlhflow, trl or likelihood"
        )

    @property
    def _step_end(self) -> str:
        return _unescaped(self.options.step_end) or STEP_ENDS[self.layout]

    @property
    def _on_logits(self) -> bool:
        """Whether the model is a language model, without a head of its own."""
        return self.layout in {*LABELLED, Layout.LIKELIHOOD}

    @cached_property
    def _head(self) -> heads.Head:
        head = heads.load_steps(self.weights, self.options.dtype, self.options.device)
        if head.reads is heads.Reads.FORWARD:
            kind = type(head.model).__name__
            raise ModelLoadError(f"{self.weights.name} is a {kind}; prm takes only causal models")
        if head.reads is heads.Reads.OWN_CODE:
            self.refuse_packing(head.model)
        if head.labels > _PAIR and head.reads is heads.Reads.STATES:
            raise ModelLoadError(
                f"{self.weights.name} has {head.labels} labels per step; a process reward model "
                "has two (bad, good) or one"
            )
        return head

    @property
    def model(self) -> Any:
        """A language model, or one with a head for steps."""
        return super().model if self._on_logits else self._head.model

    def tokens(self, items: Sequence[Item]) -> list[Tokens]:
        """Prompt and steps, as the layout has them."""
        marker = _unescaped(self.options.marker)
        if any(item.turns for item in items):
            raise UsageError(f"{self.id} reads one question, but a prompt here has several turns")
        return [
            layouts.lay_out(
                self.tokenizer,
                item.prompt,
                split(item.response, self.options.steps, marker),
                self.layout,
                self._step_end,
            )
            for item in items
        ]

    def score_prepared(self, prepared: Prepared) -> list[float]:
        """The aggregate of each response's steps; NaN where there is no step."""
        return [aggregate(steps, self.options.aggregate) for steps in self.step_scores(prepared)]

    def _item_scores(self, items: Sequence[Item], prepared: Prepared) -> dict[Item, ItemScore]:
        """With the probability that each step is right, where that is what a step's score is."""
        steps = self.step_scores(prepared)
        scores = [aggregate(values, self.options.aggregate) for values in steps]
        item_scores = self._as_items(items, prepared, scores)
        if self.layout is Layout.LIKELIHOOD:
            return item_scores
        return {
            item: replace(item_scores[item], steps=tuple(map(math.exp, values)))
            for item, values in zip(items, steps, strict=True)
        }

    def step_scores(self, prepared: Prepared) -> list[list[float]]:
        """The log-probability that each step of each item is good, in nats.

        Steps that a cut took away are left out (`truncated` says of which items).
        """
        tokens: list[Tokens] = prepared.inputs
        wanted = [index for index, token in enumerate(tokens) if token.parts_left]
        by_item: list[list[float]] = [[] for _ in tokens]
        read = self._read_places
        if self.layout is Layout.LIKELIHOOD:
            read = self._read_likelihoods
        elif not self._on_logits and self._head.reads is heads.Reads.OWN_CODE:
            read = self._read_whole
        for at, scores in read([tokens[index] for index in wanted]):
            by_item[wanted[at]] = scores
        scored = sum(map(len, by_item))
        accounting.count(steps=scored, steps_cut=sum(token.parts for token in tokens) - scored)
        return by_item

    def _read_places(self, tokens: Sequence[Tokens]) -> Iterable[tuple[int, list[float]]]:
        """The head, or the logits of two words, at the end of each step."""
        if self._on_logits:
            asked = self.layout, self.options.good, self.options.bad
            good, bad = layouts.label_tokens(self.tokenizer, *asked)
            head, labels = logit_head(self.model), [bad, good]
        else:
            head, labels = self.model.score, None

        def read(_index: int, hidden_S_D: Tensor) -> list[float]:
            logits_S_L = head(hidden_S_D)
            return _good(logits_S_L[:, labels] if labels else logits_S_L)

        ids, places = [token.ids for token in tokens], [token.places for token in tokens]
        return hidden_at(self.model, ids, places, self.options, read)

    def _read_whole(self, tokens: Sequence[Tokens]) -> Iterable[tuple[int, list[float]]]:
        """A model with code of its own: one input at a time, and nothing is padded."""
        import torch

        def run(batch: list[int]) -> list[list[float]]:
            (text,) = (tokens[i] for i in batch)
            ids_1_T = torch.tensor([text.ids], device=self.model.device)
            output = self.model(input_ids=ids_1_T, attention_mask=torch.ones_like(ids_1_T))
            logits_T_L = heads.numbers_at_tokens(self.weights.name, output, len(text.ids))
            return [_good(logits_T_L[text.places])]

        return self.in_batches(tokens, lambda lengths, _: ([i] for i in range(len(lengths))), run)

    def _read_likelihoods(self, tokens: Sequence[Tokens]) -> Iterable[tuple[int, list[float]]]:
        """Mean log-probability of each step's tokens."""
        ids, firsts = [token.ids for token in tokens], [token.first for token in tokens]
        for index, rated_R in token_log_likelihoods(self.model, ids, firsts, self.options):
            marks, means = tokens[index].marks[firsts[index] :], []
            for step in sorted(set(marks) - {0}):
                its = [place for place, mark in enumerate(marks) if mark == step]
                means.append(float(rated_R[its].double().mean()))
            yield index, means


def _good(logits_S_L: Tensor) -> list[float]:
    """Log-probability of the good label: the second of two, or the one there is."""
    from torch.nn import functional

    logits_S_L = logits_S_L.double()
    if logits_S_L.shape[1] == 1:
        logprobs_S = functional.logsigmoid(logits_S_L[:, 0])
    else:
        logprobs_S = logits_S_L.log_softmax(1)[:, 1]
    return [float(score) for score in logprobs_S.cpu()]


def _unescaped(text: str) -> str:
    r"""A text of a spec with ``\n`` and ``\t`` as a line's end and a tab."""
    return text.replace("\\n", "\n").replace("\\t", "\t")
