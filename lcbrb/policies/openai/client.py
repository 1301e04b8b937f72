"""One request to a server, and what its failures mean."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
from pydantic import PositiveInt

from lcbrb.policies.openai.replies import Choice, Reply
from lcbrb.policies.rendering import chat_messages, raw_text, sample_seed, stops
from lcbrb.protocols.policy import Ask, Sampled
from lcbrb.servers.bodies import Bounds
from lcbrb.servers.connection import Connection, Refused, ServerOptions
from lcbrb.servers.retries import Failures, Retry
from lcbrb.types import Generation, JsonValue, Prompt, PromptForm, Sampling, StopReason

_MAY_GO = ("stream_options", "seed")  # of a request, where a server does not know them
#: likewise, where it says that it does not take them: they change what is sampled, so it is noted
_SAMPLING_MAY_GO = ("top_p", "temperature")
_NOT_TAKEN = re.compile(
    r"(?i)unsupported|not support|unknown|unrecognized|unexpected|extra (?:inputs|fields)"
    r"|deprecated|not (?:be )?(?:permitted|allowed|accepted|available|specified)|cannot both"
    r"|does not accept"
)
_TOO_LONG = (
    "context length",
    "context_length",
    "maximum context",
    "context size",
    "context window",
    "max_model_len",
    "too many tokens",
    "prompt is too long",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(ServerOptions):
    """What ``openai:…?…`` takes beside the options of every server.

    `form` is ``chat`` or ``raw`` (the completions endpoint, for base models). `choices` samples are
    asked for in one request (with one seed; a server that gives fewer is asked again). `thinking`
    goes to chat templates that have such a switch.
    """

    form: PromptForm = PromptForm.CHAT
    choices: PositiveInt = 1
    thinking: bool | None = None


@dataclass(slots=True)
class Wanted:
    """Samples of one prompt that are still to come; `unbounded` sets their tokens no limit."""

    ask: Ask
    indices: list[int]
    failures: Failures = field(default_factory=Failures)
    unbounded: bool = False

    @property
    def is_open(self) -> bool:
        """Whether some are."""
        return bool(self.indices)


class Client(Connection):
    """Asks for samples; many threads may use it. It remembers what the server turned out to take.

    Raises:
        SetupError: by any request, where the server denies access or does not have the model.
    """

    def __init__(
        self, model: str, base_url: str, options: Options, notes: list[str] | None = None
    ) -> None:
        super().__init__(model, base_url, options)
        self.options = options
        self._choices = options.choices
        self._tokens_field = "max_tokens"
        self._left_out: set[str] = set()
        self.notes = [] if notes is None else notes

    def root(self) -> str | None:
        """Where the server says that the model's weights come from, if it says so.

        Raises:
            SetupError: nothing answers there, or access is denied.
        """
        roots = [entry.get("root") for entry in self.listed() if entry["id"] == self.model]
        return roots[0] if roots and isinstance(roots[0], str) and roots[0] != self.model else None

    def request(self, wanted: Wanted, sampling: Sampling) -> list[Sampled]:
        """Ask once for samples, and take those that came off the list of wanted ones.

        Raises:
            Retry: nothing came, but may yet.
            Refused: nothing will.
            SetupError: no access, or no such model.
        """
        indices = wanted.indices[: self._choices]
        seed = sample_seed(sampling, wanted.ask.prompt, indices[0])
        body = self._body(wanted, sampling, len(indices), seed)
        began = time.perf_counter()
        try:
            reply = self._send(body, self._bounds(wanted, sampling, len(indices)))
        except Refused as refusal:
            if self._adapted(wanted, body, str(refusal)):
                return []
            if not is_too_long(str(refusal)):
                raise
            reply = Reply({at: Choice(stop_reason=StopReason.LENGTH) for at in range(len(indices))})
        finished = reply.finished()[: len(indices)]
        if not finished and reply.filtered:
            raise Refused(f"the server's content filter removed the reply ({reply.filtered})")
        if not finished:
            raise Retry("a response that contains no reply")
        latency_s = round(time.perf_counter() - began, 3)
        alone = len(reply.choices) == 1  # else the server counted all choices together
        given = []
        for choice in finished:
            generation = Generation(
                text=choice.text,
                reasoning=choice.reasoning,
                form=self.options.form,
                stop_reason=choice.stop_reason or StopReason.UNKNOWN,
                prompt_tokens=reply.prompt_tokens,
                completion_tokens=reply.completion_tokens if alone else None,
                latency_s=latency_s,
                seed=seed,
            )
            index = wanted.indices.pop(0)
            given.append(Sampled(key=wanted.ask.key, sample_index=index, generation=generation))
        return given

    def _body(
        self, wanted: Wanted, sampling: Sampling, count: int, seed: int
    ) -> dict[str, JsonValue]:
        body = request_body(
            self.model,
            self.options,
            wanted.ask.prompt,
            sampling,
            {
                "seed": seed,
                "n": count if count > 1 else None,
                self._tokens_field: None if wanted.unbounded else sampling.max_tokens,
                "stream": True,
                "stream_options": {"include_usage": True},
            },
        )
        return {name: value for name, value in body.items() if name not in self._left_out}

    def _bounds(self, wanted: Wanted, sampling: Sampling, count: int) -> Bounds:
        tokens = None if wanted.unbounded else sampling.max_tokens
        timeout_s, patience_s = self.options.timeout_s, self.options.patience_s
        return Bounds.of(count, tokens, timeout_s=timeout_s, patience_s=patience_s)

    def _send(self, body: dict[str, JsonValue], bounds: Bounds) -> Reply:
        """The reply, or as much of it as came, if a choice of it is whole."""
        url = f"{self.base_url}/{endpoint(self.options.form)}"
        reply = Reply()
        try:
            with self.http.stream("POST", url, json=body) as response:
                if not response.is_success:
                    raise self.failure(response)
                reply.read(response, bounds)
        except httpx.RequestError as error:
            if not reply.finished():
                raise Retry(str(error) or type(error).__name__, silent=True) from error
        except Retry:
            if not reply.finished():
                raise
        return reply

    def _adapted(self, wanted: Wanted, body: dict[str, JsonValue], text: str) -> bool:
        """Whether the next request will be another one, made as the server wants it."""
        if is_too_long(text):
            bounded, wanted.unbounded = not wanted.unbounded, True
            return bounded  # too little left for so many tokens: as many as there is
        if "max_completion_tokens" in text and "max_tokens" in body:
            self._tokens_field = "max_completion_tokens"
            return True
        for name in _MAY_GO:
            if name in body and name in text:
                self._left_out.add(name)
                return True
        for name in _SAMPLING_MAY_GO:
            if name in body and name in text and _NOT_TAKEN.search(text):
                self._left_out.add(name)
                self.notes.append(
                    f"{self.model}: the server does not accept {name}, so its own default was used"
                )
                return True
        if body.get("n", 1) > 1:
            self._choices = min(self._choices, max(1, body["n"] // 2))
            return True
        return False


def endpoint(form: PromptForm) -> str:
    """Where a prompt of such a form is sent, below a server's base address."""
    return "completions" if form is PromptForm.RAW else "chat/completions"


def request_body(
    model: str,
    options: Options,
    prompt: Prompt,
    sampling: Sampling,
    more: Mapping[str, JsonValue],
) -> dict[str, JsonValue]:
    """The body of a request, without what is None; `more` is what depends on how it is sent.

    Its fields stand in one order, so the same request is the same text.
    """
    is_raw, thinking = options.form is PromptForm.RAW, options.thinking
    body: dict[str, JsonValue] = {
        "model": model,
        "prompt": raw_text(prompt) if is_raw else None,
        "messages": None if is_raw else chat_messages(prompt, sampling),
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "stop": list(stops(prompt, sampling, options.form)) or None,
        "chat_template_kwargs": None if thinking is None else {"enable_thinking": thinking},
        **more,
    }
    return {name: value for name, value in body.items() if value is not None}


def is_too_long(text: str) -> bool:
    """Whether a server's refusal says that the prompt leaves the model no room."""
    words = text.lower()
    return any(phrase in words for phrase in _TOO_LONG)
