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
from lcbrb.models.batching import batches
from lcbrb.policies.decoding import Decoder, Row
from lcbrb.policies.language_model import LanguageModel, LanguageModelOptions, SampleRequest
from lcbrb.policies.likelihood import likelihoods
from lcbrb.protocols.policy import Likelihood, Sampled, Text
from lcbrb.registry import Spec
from lcbrb.types import Sampling

_MOST_ROWS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(LanguageModelOptions):
    """What ``hf:…?…`` takes.

    `device` is a torch device or ``auto``. `batch_tokens` is the most tokens in a batch, prompts
    and replies together, with padding. `base` is an adapter's base model, where it is not the one
    that the adapter names; `trust_remote_code` lets code that comes with a model run here.
    """

    device: str = "auto"
    batch_tokens: PositiveInt = 32768
    base: str | None = None
    trust_remote_code: bool = False


def from_spec(spec: Spec) -> HfPolicy:
    """The policy that a spec names; its weights are loaded when first needed.

    Raises:
        UsageError, SetupError: unknown options, no model, the extra is missing.
    """
    options = build(Options, spec.options, spec.kind)
    if spec.kind != models.SMOLLM2 and not spec.target:
        raise UsageError("hf needs a model: hf:ORG/NAME@REVISION or hf:FOLDER")
    if spec.kind == models.SMOLLM2 and spec.target:
        raise UsageError(f"smollm2 takes no name after it, found {spec.text}")
    weights = models.locate(
        spec.target or models.SMOLLM2,
        base=options.base,
        trust_remote_code=options.trust_remote_code,
    )
    return HfPolicy(id=spec.text, weights=weights, options=options)


@dataclass(frozen=True, kw_only=True)
class HfPolicy(LanguageModel):
    """A causal language model of transformers."""

    kind = "hf"

    options: Options

    @cached_property
    def tokenizer(self) -> Any:
        """The model's, or its adapter's own."""
        return models.load_tokenizer(self.weights)

    @property
    def length_limit(self) -> int:
        """Of the model's positions."""
        return models.own_limit(self._model)

    def load(self) -> None:
        """Load the weights now."""
        _ = self._model

    @cached_property
    def _model(self) -> Any:
        from transformers import GenerationConfig

        model = models.load_causal(self.weights, self.options.dtype, self.options.device)
        own = model.generation_config.eos_token_id
        ends = [] if own is None else own if isinstance(own, list) else [own]
        # a model's own defaults (a repetition penalty, say) are in no record: none is applied
        model.generation_config = GenerationConfig(eos_token_id=ends or None)
        return model

    def loglikelihood(self, texts: Sequence[Text]) -> list[Likelihood]:
        """How likely each continuation is, given its context; no chat template is applied."""
        return likelihoods(self._model, self.tokenizer, texts, self.options.batch_tokens)

    def draw(self, requests: Sequence[SampleRequest], sampling: Sampling) -> Iterator[Sampled]:
        """Samples in batches of prompts of like length, longest first, each as it ends."""
        longest_reply = max((request.max_tokens for request in requests), default=0)
        lengths = [len(request.rendered.ids) + longest_reply for request in requests]
        for batch in batches(lengths, self.options.batch_tokens, _MOST_ROWS):
            yield from self._batch([requests[index] for index in batch], sampling)

    def _batch(self, batch: Sequence[SampleRequest], sampling: Sampling) -> Iterator[Sampled]:
        """One batch, decoded in a thread of its own so that what ends early is out early."""
        prompts = {id(request.rendered): request.rendered.ids for request in batch}
        places = {name: place for place, name in enumerate(prompts)}
        rows = [
            Row(
                prompt=places[id(request.rendered)],
                seed=request.seed,
                max_tokens=request.max_tokens,
                stop=request.stop,
            )
            for request in batch
        ]
        requests = {id(row): request for row, request in zip(rows, batch, strict=True)}
        ended: SimpleQueue[Row | Exception | None] = SimpleQueue()
        stopped = threading.Event()
        decoder = self._decoder(sampling)

        def work() -> None:
            try:
                decoder.decode(list(prompts.values()), rows, ended.put, stopped.is_set)
                ended.put(None)
            except Exception as error:  # noqa: BLE001 - raised again where the reader is
                ended.put(error)

        thread = threading.Thread(target=work, name="lcbrb-decode", daemon=True)
        thread.start()
        try:
            while (row := ended.get()) is not None:
                if isinstance(row, Exception):
                    raise _named(row, self.options.batch_tokens) from row
                yield requests[id(row)].sampled(
                    row.text, row.stop_reason, len(row.tokens), row.latency_s
                )
        finally:
            stopped.set()
            thread.join()

    def _decoder(self, sampling: Sampling) -> Decoder:
        ends = {*(self._model.generation_config.eos_token_id or ()), self.tokenizer.eos_token_id}
        return Decoder(
            model=self._model,
            tokenizer=self.tokenizer,
            ends=frozenset(end for end in ends if end is not None),
            temperature=sampling.temperature,
            top_p=sampling.top_p,
        )


def _named(error: Exception, batch_tokens: int) -> Exception:
    import torch

    if isinstance(error, torch.OutOfMemoryError):
        return SetupError(
            f"out of memory with {batch_tokens} tokens per batch: lower it with ?batch_tokens=…"
        )
    return error if isinstance(error, LcbrbError) else SetupError(f"sampling failed: {error}")
