"""One request to a server, and what its failures mean."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
from pydantic import PositiveFloat, PositiveInt

from lcbrb.errors import SetupError
from lcbrb.policies.openai.bodies import ACCEPTED, Bounds, beginning
from lcbrb.policies.openai.replies import Choice, Reply, message_of
from lcbrb.policies.openai.retries import Failures, Retry, retry_after
from lcbrb.policies.rendering import chat_messages, raw_text, sample_seed, stops
from lcbrb.protocols.policy import Ask, Sampled
from lcbrb.types import Generation, JsonValue, PromptForm, Sampling, StopReason

_CONNECT_S = 20.0
_SHOWN = 300
_PASSING = frozenset({408, 409, 425, 429})
_DENIED = frozenset({401, 403})
_MAY_GO = ("stream_options", "seed")  # of a request, where a server does not know them
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
class Options:
    """What ``openai:…?…`` takes.

    `form` is ``chat`` or ``raw`` (the completions endpoint, for base models). `concurrency` is the
    most requests at a time, `rpm` the most a minute. `choices` samples are asked for in one request
    (with one seed; a server that gives fewer is asked again). `timeout_s` is how long a server may
    be silent within an answer, `patience_s` how long it may answer nothing before the run stops.
    `key_env` names the variable that holds the key. `revision` tells one set of weights from
    another under the same name. `thinking` goes to chat templates that have such a switch.
    """

    form: PromptForm = PromptForm.CHAT
    concurrency: PositiveInt = 16
    rpm: PositiveFloat | None = None
    choices: PositiveInt = 1
    timeout_s: PositiveFloat = 300.0
    patience_s: PositiveFloat = 600.0
    key_env: str = "OPENAI_API_KEY"
    revision: str = ""
    thinking: bool | None = None

    @property
    def key(self) -> str:
        """From the environment; it goes into the header of requests and nowhere else."""
        return os.environ.get(self.key_env, "")


class Refused(Exception):  # noqa: N818 - said to the user only where nothing else works
    """The server will not answer this request, however often it is sent."""


@dataclass(slots=True)
class Wanted:
    """Samples of one prompt that are still to come; `unbounded` sets their tokens no limit."""

    ask: Ask
    indices: list[int]
    failures: Failures = field(default_factory=Failures)
    unbounded: bool = False


class Client:
    """Sends requests; many threads may use it. It remembers what the server turned out to take.

    Raises:
        SetupError: by any request, where the server denies access or does not have the model.
    """

    def __init__(self, model: str, base_url: str, options: Options) -> None:
        self.model, self.base_url, self.options = model, base_url, options
        key = {"Authorization": f"Bearer {options.key}"} if options.key else {}
        self.http = httpx.Client(
            headers={"Accept-Encoding": ACCEPTED, **key},
            timeout=httpx.Timeout(options.timeout_s, connect=_CONNECT_S, pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
        )
        self._choices = options.choices
        self._tokens_field = "max_tokens"
        self._left_out: set[str] = set()

    def root(self) -> str | None:
        """Where the server says that the model's weights come from, if it says so.

        Raises:
            SetupError: nothing answers there, or access is denied.
        """
        try:
            with self.http.stream("GET", f"{self.base_url}/models", timeout=_CONNECT_S) as response:
                if response.status_code in _DENIED:
                    raise self._denied()
                listed = beginning(response) if response.is_success else b""
            entries = json.loads(listed)["data"]
            roots = [entry.get("root") for entry in entries if entry.get("id") == self.model]
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            raise SetupError(f"no server answers at {self.base_url} ({why})") from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, Retry):
            return None
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
            if not _is_too_long(str(refusal)):
                raise
            reply = Reply({at: Choice(stop_reason=StopReason.LENGTH) for at in range(len(indices))})
        finished = reply.finished()[: len(indices)]
        if not finished:
            raise Retry("an answer without a reply in it")
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
        prompt, form, thinking = wanted.ask.prompt, self.options.form, self.options.thinking
        is_raw = form is PromptForm.RAW
        body: dict[str, JsonValue] = {
            "model": self.model,
            "prompt": raw_text(prompt) if is_raw else None,
            "messages": None if is_raw else chat_messages(prompt, sampling),
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": seed,
            "stop": list(stops(prompt, sampling, form)) or None,
            "n": count if count > 1 else None,
            "chat_template_kwargs": None if thinking is None else {"enable_thinking": thinking},
            self._tokens_field: None if wanted.unbounded else sampling.max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        left_out = self._left_out
        return {name: v for name, v in body.items() if v is not None and name not in left_out}

    def _bounds(self, wanted: Wanted, sampling: Sampling, count: int) -> Bounds:
        tokens = None if wanted.unbounded else sampling.max_tokens
        timeout_s, patience_s = self.options.timeout_s, self.options.patience_s
        return Bounds.of(count, tokens, timeout_s=timeout_s, patience_s=patience_s)

    def _send(self, body: dict[str, JsonValue], bounds: Bounds) -> Reply:
        """The reply, or as much of it as came, if a choice of it is whole."""
        path = "completions" if self.options.form is PromptForm.RAW else "chat/completions"
        reply = Reply()
        try:
            with self.http.stream("POST", f"{self.base_url}/{path}", json=body) as response:
                if not response.is_success:
                    raise self._failure(response)
                reply.read(response, bounds)
        except httpx.RequestError as error:
            if not reply.finished():
                raise Retry(str(error) or type(error).__name__) from error
        except Retry:
            if not reply.finished():
                raise
        return reply

    def _failure(self, response: httpx.Response) -> Exception:
        status = response.status_code
        if response.has_redirect_location:
            return SetupError(
                f"{self.base_url} sends requests on to {response.headers['location'][:_SHOWN]}: "
                "if that is the server, name its address after @"
            )
        text = self._said(response)
        if status in _DENIED:
            return self._denied()
        if status == httpx.codes.NOT_FOUND:
            return SetupError(
                f"{self.base_url} has no model '{self.model}' or no such page: {text}"
            )
        if status in _PASSING or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            return Retry(f"HTTP {status}: {text}", retry_after(response.headers))
        return Refused(f"HTTP {status}: {text}")

    def _said(self, response: httpx.Response) -> str:
        """What an error says, short, and without the key that some servers repeat."""
        text = beginning(response).decode(errors="replace")
        with suppress(ValueError, RecursionError):  # a proxy's page, say
            text = message_of(json.loads(text))
        text = " ".join(text.split())
        key = self.options.key
        return (text.replace(key, "***") if key else text)[:_SHOWN]

    def _denied(self) -> SetupError:
        how = "refuses the key in" if self.options.key else "wants a key; put it into"
        return SetupError(f"{self.base_url} {how} the environment variable {self.options.key_env}")

    def _adapted(self, wanted: Wanted, body: dict[str, JsonValue], text: str) -> bool:
        """Whether the next request will be another one, made as the server wants it."""
        if _is_too_long(text):
            bounded, wanted.unbounded = not wanted.unbounded, True
            return bounded  # too little left for so many tokens: as many as there is
        if "max_completion_tokens" in text and "max_tokens" in body:
            self._tokens_field = "max_completion_tokens"
            return True
        for name in _MAY_GO:
            if name in body and name in text:
                self._left_out.add(name)
                return True
        if body.get("n", 1) > 1:
            self._choices = min(self._choices, max(1, body["n"] // 2))
            return True
        return False


def _is_too_long(text: str) -> bool:
    words = text.lower()
    return any(one in words for one in _TOO_LONG)
