"""One request to a server, and what its failures mean."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType
from typing import Any, Self

import httpx

from lcbrb.errors import SetupError
from lcbrb.policies._pacing import Retry, Tries, retry_after
from lcbrb.policies._replies import Choice, Habits, Reply, body_of, events, message_of
from lcbrb.policies.rendering import sample_seed
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


class Refused(Exception):  # noqa: N818 - said to the user only where nothing else works
    """The server will not answer this request, however often it is sent."""


@dataclass(slots=True)
class Work:
    """Samples of one prompt that are still wanted. `unbounded` leaves the room to the server."""

    ask: Ask
    indices: list[int]
    tries: Tries = field(default_factory=Tries)
    unbounded: bool = False


@dataclass(kw_only=True)
class Client:
    """Sends requests; many threads may use it. The key is in its headers and nowhere else."""

    model: str
    base_url: str
    key: str = field(repr=False)
    key_env: str
    form: PromptForm
    thinking: bool | None
    timeout_s: float
    choices: int

    def __post_init__(self) -> None:
        self._habits = Habits(choices=self.choices)

    @cached_property
    def _http(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return httpx.Client(
            headers=headers,
            timeout=httpx.Timeout(self.timeout_s, connect=_CONNECT_S, pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
        )

    def __enter__(self) -> Self:
        """Enter a `with` block."""
        _ = self._http  # made once, before threads share it
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hang up."""
        self._http.close()

    def root(self, model: str) -> str | None:
        """Where the server says that the model's weights come from, if it says so.

        Raises:
            SetupError: nothing answers there, or access is denied.
        """
        try:
            response = self._http.get(f"{self.base_url}/models", timeout=_CONNECT_S)
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            raise SetupError(f"no server answers at {self.base_url} ({why})") from error
        if response.status_code in _DENIED:
            raise self._denied()
        try:
            entries = response.json()["data"] if response.is_success else []
            roots = [entry.get("root") for entry in entries if entry.get("id") == model]
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        return roots[0] if roots and isinstance(roots[0], str) and roots[0] != model else None

    # ------------------------------------------------------------------------------ a request

    def request(self, work: Work, sampling: Sampling) -> list[Sampled]:
        """Ask once for samples of a work, and take those that came off its list.

        Raises:
            Retry: nothing came, but may yet.
            Refused: nothing will.
            SetupError: no access, or no such model.
        """
        indices = work.indices[: self._habits.choices]
        seed = sample_seed(sampling, work.ask.prompt, indices[0])
        body = self._body(work, sampling, len(indices), seed)
        began = time.perf_counter()
        try:
            reply = self._send(body)
        except _BadRequest as bad:
            if self._adapted(work, body, bad.text):
                return []
            if _is_too_long(bad.text):
                return self._taken(work, [Choice(stop_reason=StopReason.LENGTH)] * len(indices))
            raise Refused(bad.text) from bad
        latency_s = round(time.perf_counter() - began, 3)
        finished = reply.finished()[: len(indices)]
        if not finished:
            raise Retry("an answer without a reply in it")
        return self._taken(work, finished, reply, latency_s, seed)

    def _taken(
        self,
        work: Work,
        finished: list[Choice],
        reply: Reply | None = None,
        latency_s: float | None = None,
        seed: int | None = None,
    ) -> list[Sampled]:
        reply = reply or Reply()
        alone = len(reply.choices) <= 1  # else the server counted all choices together
        given = []
        for choice in finished:
            generation = Generation(
                text=choice.text,
                reasoning=choice.reasoning,
                form=self.form,
                stop_reason=choice.stop_reason or StopReason.UNKNOWN,
                prompt_tokens=reply.prompt_tokens,
                completion_tokens=reply.completion_tokens if alone else None,
                latency_s=latency_s,
                seed=seed,
            )
            index = work.indices.pop(0)
            given.append(Sampled(key=work.ask.key, sample_index=index, generation=generation))
        return given

    def _body(self, work: Work, sampling: Sampling, count: int, seed: int) -> dict[str, JsonValue]:
        body = body_of(self.model, work.ask.prompt, sampling, self.form, self._habits)
        body["seed"] = seed
        if count > 1:
            body["n"] = count
        if self.thinking is not None:
            body["chat_template_kwargs"] = {"enable_thinking": self.thinking}
        if work.unbounded:
            body.pop(self._habits.tokens_field)
        return {name: value for name, value in body.items() if name not in self._habits.refused}

    def _send(self, body: dict[str, JsonValue]) -> Reply:
        """The reply, or as much of it as came, if a choice of it is whole."""
        path = "completions" if self.form is PromptForm.RAW else "chat/completions"
        reply = Reply()
        try:
            with self._http.stream("POST", f"{self.base_url}/{path}", json=body) as response:
                if not response.is_success:
                    self._raise_for(response)
                for event in _read(response):
                    if event is None:
                        reply.ended = True
                    else:
                        reply.take(event)
        except httpx.RequestError as error:
            if not reply.finished():
                raise Retry(str(error) or type(error).__name__) from error
        except Retry:
            if not reply.finished():
                raise
        return reply

    def _raise_for(self, response: httpx.Response) -> None:
        status = response.status_code
        text = self._said(response)
        if status in _DENIED:
            raise self._denied()
        if status == httpx.codes.NOT_FOUND:
            raise SetupError(f"{self.base_url} has no model '{self.model}' or no such page: {text}")
        if status in _PASSING or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Retry(f"HTTP {status}: {text}", retry_after(response.headers))
        raise _BadRequest(f"HTTP {status}: {text}")

    def _said(self, response: httpx.Response) -> str:
        """What an error says, short, and without the key that some servers repeat."""
        raw = response.read().decode(errors="replace")
        try:
            text = message_of(json.loads(raw))
        except ValueError:
            text = raw
        text = " ".join(text.split())
        return (text.replace(self.key, "***") if self.key else text)[:_SHOWN]

    def _denied(self) -> SetupError:
        how = "refuses the key in" if self.key else "wants a key; put it into"
        return SetupError(f"{self.base_url} {how} the environment variable {self.key_env}")

    def _adapted(self, work: Work, body: dict[str, JsonValue], text: str) -> bool:
        """Whether the next request will be another one, made as the server wants it."""
        habits = self._habits
        if _is_too_long(text):
            bounded, work.unbounded = not work.unbounded, True
            return bounded  # no room for so many tokens: as many as there is room for
        if "max_completion_tokens" in text and "max_tokens" in body:
            habits.tokens_field = "max_completion_tokens"
            return True
        for name in _MAY_GO:
            if name in body and name in text:
                habits.refused.add(name)
                return True
        if body.get("n", 1) > 1:
            habits.choices = min(habits.choices, max(1, body["n"] // 2))
            return True
        return False


class _BadRequest(Exception):  # noqa: N818 - see Refused
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def _is_too_long(text: str) -> bool:
    words = text.lower()
    return any(one in words for one in _TOO_LONG)


def _read(response: httpx.Response) -> Iterator[Any]:
    """A stream's events, or the whole answer of a server that does not stream."""
    if "event-stream" in response.headers.get("content-type", ""):
        yield from events(response.iter_lines())
        return
    try:
        yield json.loads(response.read())
    except ValueError as error:
        raise Retry("an answer that is no JSON") from error
    yield None
