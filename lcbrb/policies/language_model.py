"""What `hf:` and `vllm:` share: a language model in this process, asked in its own tokens."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from lcbrb import models
from lcbrb.models.trained_on import trained_on
from lcbrb.policies.rendering import Rendered, form_for, render, sample_seed, stops
from lcbrb.protocols.policy import Ask, Policy, Sampled
from lcbrb.types import Generation, JsonValue, PromptForm, Sampling, StopReason, TrainedProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageModelOptions:
    """What both take behind the ``?``.

    `dtype` is a torch dtype or ``auto`` (as the weights are stored). A model with a chat template
    is asked by it, a base model is given the text to continue, unless `form` decides otherwise.
    `thinking` goes to chat templates that have such a switch (``enable_thinking``).
    """

    dtype: str = "auto"
    form: PromptForm | None = None
    thinking: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRequest:
    """One sample of a prompt; it may have `max_tokens`, below 1 for none."""

    ask: Ask
    index: int
    rendered: Rendered
    max_tokens: int
    seed: int
    stop: tuple[str, ...]

    def sampled(
        self, text: str, stop_reason: StopReason, completion_tokens: int, latency_s: float
    ) -> Sampled:
        """The sample, given the reply."""
        generation = Generation(
            text=self.rendered.lead + text,
            form=self.rendered.form,
            stop_reason=stop_reason,
            prompt_tokens=len(self.rendered.ids),
            completion_tokens=completion_tokens,
            latency_s=round(latency_s, 3),
            seed=self.seed,
        )
        return Sampled(key=self.ask.key, sample_index=self.index, generation=generation)

    def no_room(self) -> Sampled:
        """The sample of a prompt that fills the model's context: nothing, cut at its length."""
        generation = Generation(
            text="",
            form=self.rendered.form,
            stop_reason=StopReason.LENGTH,
            prompt_tokens=len(self.rendered.ids),
            completion_tokens=0,
        )
        return Sampled(key=self.ask.key, sample_index=self.index, generation=generation)


@dataclass(frozen=True, kw_only=True)
class LanguageModel(Policy):
    """A causal language model in this process; its weights are loaded when first needed."""

    kind: ClassVar[str]

    id: str
    weights: models.Weights
    options: LanguageModelOptions

    @cached_property
    def revision(self) -> str | None:
        """The commit or fingerprint of the weights; a branch's name is resolved to its commit."""
        return models.commit_of(self.weights) or self.weights.revision

    @property
    def identity(self) -> dict[str, JsonValue]:
        """Model, revision, precision and form."""
        options = self.options
        return {
            "kind": self.kind,
            "model": self.weights.name,
            "revision": self.revision,
            "dtype": options.dtype,
            "form": options.form.value if options.form else None,
            "thinking": options.thinking,
        }

    @property
    def trained_on(self) -> Sequence[TrainedProblem]:
        """What its folder names, and its base's."""
        return trained_on(self.weights)

    @property
    @abstractmethod
    def tokenizer(self) -> Any:
        """The model's."""

    @property
    @abstractmethod
    def length_limit(self) -> int:
        """The most tokens that a prompt and its reply may have together."""

    @abstractmethod
    def draw(self, requests: Sequence[SampleRequest], sampling: Sampling) -> Iterator[Sampled]:
        """A sample for each request, all of which have room."""

    def sample(self, asks: Sequence[Ask], sampling: Sampling) -> Iterator[Sampled]:
        """Samples, each as it ends.

        A prompt that leaves the model no room has a generation without text, cut at its length.

        Raises:
            UsageError, SetupError: no chat template, no device, out of memory, a broken model.
        """
        if not asks:
            return
        tokenizer, options = self.tokenizer, self.options
        form = form_for(tokenizer, options.form)
        switches = {} if options.thinking is None else {"enable_thinking": options.thinking}
        prompts = [ask.prompt for ask in asks]
        rendered = render(tokenizer, prompts, sampling, form, switches)
        limit = self.length_limit
        requests = [
            SampleRequest(
                ask=ask,
                index=index,
                rendered=prompt,
                max_tokens=min(sampling.max_tokens, limit - len(prompt.ids)),
                seed=sample_seed(sampling, ask.prompt, index),
                stop=stops(ask.prompt, sampling, form),
            )
            for ask, prompt in zip(asks, rendered, strict=True)
            for index in ask.samples
        ]
        fitting = [
            request for request in requests if request.max_tokens >= 1 and request.rendered.ids
        ]
        there = set(map(id, fitting))
        yield from (request.no_room() for request in requests if id(request) not in there)
        yield from self.draw(fitting, sampling)
