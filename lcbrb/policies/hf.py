"""`hf:`: a transformers language model on this machine, and `smollm2`, which needs no hub.

``hf:ORG/NAME@REVISION``, ``hf:FOLDER``, ``smollm2``. A model with a chat template is asked by it, a
base model is given the text to continue; ``?form=chat`` or ``raw`` decides otherwise.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from queue import SimpleQueue
from typing import Any

from pydantic import PositiveInt

from lcbrb import models
from lcbrb.config import build
from lcbrb.errors import LcbrbError, SetupError, UsageError
from lcbrb.policies.decoding import Decoder, Row
from lcbrb.policies.likelihood import Likelihood, Text, likelihoods
from lcbrb.policies.rendering import Rendered, form_for, no_room, render, sample_seed, stops
from lcbrb.protocols.policy import Ask, Sampled
from lcbrb.registry import Spec
from lcbrb.types import Generation, JsonValue, PromptForm, Sampling

_MOST_ROWS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What ``hf:…?…`` takes.

    `dtype` is a torch dtype or ``auto`` (as the weights are stored), `device` a torch device or
    ``auto``. `batch_tokens` is the most tokens in a batch, prompts and replies together, with
    padding. `thinking` goes to chat templates that have such a switch (``enable_thinking``). `base`
    is an adapter's base model, where it is not the one that the adapter names; `trust_remote_code`
    lets code that comes with a model run here.
    """

    dtype: str = "auto"
    device: str = "auto"
    batch_tokens: PositiveInt = 32768
    form: PromptForm | None = None
    thinking: bool | None = None
    base: str | None = None
    trust_remote_code: bool = False

    @property
    def template(self) -> dict[str, Any]:
        """What goes to the chat template."""
        return {} if self.thinking is None else {"enable_thinking": self.thinking}


def from_spec(spec: Spec) -> HfPolicy:
    """The policy that a spec names; its weights are loaded when first needed.

    Raises:
        UsageError, SetupError: unknown options, no model, the extra is missing.
    """
    options = build(Options, spec.options, spec.kind)
    if spec.kind != models.SMOLLM2 and not spec.target:
        raise UsageError("hf needs a model: hf:ORG/NAME@REVISION or hf:FOLDER")
    if spec.kind == models.SMOLLM2 and spec.target:
        raise UsageError(f"smollm2 is one model, found {spec.text}")
    weights = models.locate(
        spec.target or models.SMOLLM2,
        base=options.base,
        trust_remote_code=options.trust_remote_code,
    )
    return HfPolicy(id=spec.text, weights=weights, options=options)


@dataclass(frozen=True, kw_only=True)
class HfPolicy:
    """A causal language model in this process."""

    id: str
    weights: models.Weights
    options: Options

    @cached_property
    def revision(self) -> str | None:
        """The commit or fingerprint of the weights; a branch's name is resolved to its commit."""
        return models.commit_of(self.weights) or self.weights.revision

    @property
    def identity(self) -> dict[str, JsonValue]:
        """Model, revision, precision and form."""
        options = self.options
        form = options.form.value if options.form else None
        named = {"model": self.weights.name, "revision": self.revision, "dtype": options.dtype}
        return {"kind": "hf", **named, "form": form, "thinking": options.thinking}

    @cached_property
    def _tokenizer(self) -> Any:
        return models.load_tokenizer(self.weights)

    @cached_property
    def _model(self) -> Any:
        from transformers import GenerationConfig

        model = models.load_causal(self.weights, self.options.dtype, self.options.device)
        own = model.generation_config.eos_token_id
        ends = [] if own is None else own if isinstance(own, list) else [own]
        # a model's own defaults (a repetition penalty, say) are in no record: none is applied
        model.generation_config = GenerationConfig(eos_token_id=ends or None)
        return model

    def sample(self, asks: Sequence[Ask], sampling: Sampling) -> Iterator[Sampled]:
        """Samples in batches of prompts of like length, longest first, each as it ends.

        A prompt that leaves the model no room has a generation without text, cut at its length.

        Raises:
            UsageError, SetupError: no chat template, no device, out of memory, a broken model.
        """
        if not asks:
            return
        form = form_for(self._tokenizer, self.options.form)
        prompts = [ask.prompt for ask in asks]
        rendered = render(self._tokenizer, prompts, sampling, form, self.options.template)
        limit = models.own_limit(self._model)
        fitting: list[_Wanted] = []
        for ask, one in zip(asks, rendered, strict=True):
            room = min(sampling.max_tokens, limit - len(one.ids))
            if room >= 1 and one.ids:
                fitting += [_Wanted(ask, index, one, room) for index in ask.samples]
                continue
            yield from (no_room(ask, index, one) for index in ask.samples)
        for batch in _batches(fitting, self.options.batch_tokens):
            yield from self._batch(batch, sampling)

    def loglikelihood(self, texts: Sequence[Text]) -> list[Likelihood]:
        """How likely each continuation is, given its context; no chat template is applied."""
        return likelihoods(self._model, self._tokenizer, texts, self.options.batch_tokens)

    def _batch(self, batch: Sequence[_Wanted], sampling: Sampling) -> Iterator[Sampled]:
        """One batch, decoded in a thread of its own so that what ends early is out early."""
        distinct = {id(one.rendered): one.rendered for one in batch}
        places = {name: place for place, name in enumerate(distinct)}
        rows = [
            Row(
                prompt=places[id(one.rendered)],
                seed=sample_seed(sampling, one.ask.prompt, one.index),
                room=one.room,
                stop=stops(one.ask.prompt, sampling, one.rendered.form),
            )
            for one in batch
        ]
        wanted = {id(row): one for row, one in zip(rows, batch, strict=True)}
        found: SimpleQueue[Row | Exception | None] = SimpleQueue()
        stopped = threading.Event()
        decoder = self._decoder(sampling)

        def work() -> None:
            try:
                prompts = [one.ids for one in distinct.values()]
                decoder.decode(prompts, rows, found.put, stopped.is_set)
                found.put(None)
            except Exception as error:  # noqa: BLE001 - raised again where the reader is
                found.put(error)

        thread = threading.Thread(target=work, name="lcbrb-decode", daemon=True)
        thread.start()
        try:
            while (item := found.get()) is not None:
                if isinstance(item, Exception):
                    raise _named(item, self.options.batch_tokens) from item
                one = wanted[id(item)]
                yield _sampled(one, item)
        finally:
            stopped.set()
            thread.join()

    def _decoder(self, sampling: Sampling) -> Decoder:
        ends = {*(self._model.generation_config.eos_token_id or ()), self._tokenizer.eos_token_id}
        return Decoder(
            model=self._model,
            tokenizer=self._tokenizer,
            ends=frozenset(one for one in ends if one is not None),
            temperature=sampling.temperature,
            top_p=sampling.top_p,
        )


@dataclass(frozen=True, slots=True)
class _Wanted:
    ask: Ask
    index: int
    rendered: Rendered
    room: int


def _batches(wanted: Sequence[_Wanted], budget: int) -> Iterator[list[_Wanted]]:
    """Longest prompts first: a batch that does not fit fails at once and not after an hour."""
    batch: list[_Wanted] = []
    for one in sorted(wanted, key=lambda one: -len(one.rendered.ids)):
        first = batch[0] if batch else one
        tokens = (len(first.rendered.ids) + max(first.room, one.room)) * (len(batch) + 1)
        if batch and (tokens > budget or len(batch) == _MOST_ROWS):
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


def _sampled(one: _Wanted, row: Row) -> Sampled:
    generation = Generation(
        text=one.rendered.lead + row.text,
        form=one.rendered.form,
        stop_reason=row.stop_reason,
        prompt_tokens=len(one.rendered.ids),
        completion_tokens=len(row.tokens),
        latency_s=round(row.latency_s, 3),
        seed=row.seed,
    )
    return Sampled(key=one.ask.key, sample_index=one.index, generation=generation)


def _named(error: Exception, batch_tokens: int) -> Exception:
    import torch

    if isinstance(error, torch.OutOfMemoryError):
        return SetupError(
            f"out of memory with {batch_tokens} tokens a batch: ask for fewer with ?batch_tokens=…"
        )
    return error if isinstance(error, LcbrbError) else SetupError(f"sampling failed: {error}")
