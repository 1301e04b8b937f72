"""Requests to and replies from servers that speak OpenAI's HTTP interface, streamed or whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lcbrb.policies._pacing import Retry
from lcbrb.policies.rendering import chat_messages, raw_text, stops
from lcbrb.types import JsonValue, Prompt, PromptForm, Sampling, StopReason

_LENGTH = frozenset({"length", "max_tokens", "max_output_tokens"})
_END = frozenset({"stop", "eos", "end_turn", "stop_sequence", "tool_calls", "function_call"})
_BROKEN = frozenset({"abort", "error"})


@dataclass(slots=True, kw_only=True)
class Habits:
    """What a server turned out to take; every request to it is made accordingly."""

    tokens_field: str = "max_tokens"
    refused: set[str] = field(default_factory=set)
    choices: int = 1


@dataclass(slots=True)
class Choice:
    """One reply under way."""

    text: str = ""
    reasoning: str | None = None
    stop_reason: StopReason | None = None

    def add(self, delta: JsonValue) -> None:
        """Take in what came."""
        self.text += delta.get("content") or delta.get("text") or ""
        more = delta.get("reasoning_content") or delta.get("reasoning")
        if isinstance(more, str):
            self.reasoning = (self.reasoning or "") + more


@dataclass(slots=True)
class Reply:
    """The choices of one request, by index, and the tokens that the server counted."""

    choices: dict[int, Choice] = field(default_factory=dict)
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    ended: bool = False

    def finished(self) -> list[Choice]:
        """Those that came to their end, in order."""
        if self.ended:
            for choice in self.choices.values():
                choice.stop_reason = choice.stop_reason or StopReason.UNKNOWN
        ordered = (self.choices[index] for index in sorted(self.choices))
        return [choice for choice in ordered if choice.stop_reason is not None]

    def take(self, event: JsonValue) -> None:
        """Take one event of a stream, or a whole answer.

        Raises:
            Retry: it says that something broke, or is no answer at all.
        """
        try:
            self._take(event)
        except (AttributeError, TypeError, KeyError, ValueError) as error:
            raise Retry(f"an answer that is none ({type(error).__name__}: {error})") from error

    def _take(self, event: JsonValue) -> None:
        if event.get("error"):
            raise Retry(message_of(event))
        usage = event.get("usage")
        if usage:
            self.prompt_tokens = usage.get("prompt_tokens")
            self.completion_tokens = usage.get("completion_tokens")
        for given in event.get("choices") or ():
            choice = self.choices.setdefault(int(given.get("index") or 0), Choice())
            choice.add(given.get("delta") or given.get("message") or given)
            reason = given.get("finish_reason")
            if reason in _BROKEN:
                raise Retry(f"the server gave up on the reply ({reason})")
            if reason is not None:
                choice.stop_reason = _stop_reason(reason)


def _stop_reason(reason: str) -> StopReason:
    if reason in _LENGTH:
        return StopReason.LENGTH
    return StopReason.END if reason in _END else StopReason.UNKNOWN


def body_of(
    model: str, prompt: Prompt, sampling: Sampling, form: PromptForm, habits: Habits
) -> dict[str, JsonValue]:
    """The JSON of a request, without ``n`` and ``seed``."""
    body: dict[str, JsonValue] = {
        "model": model,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        habits.tokens_field: sampling.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if form is PromptForm.RAW:
        body["prompt"] = raw_text(prompt)
    else:
        body["messages"] = [
            {"role": one.role, "content": one.content} for one in chat_messages(prompt, sampling)
        ]
    ends = stops(prompt, sampling, form)
    if ends:
        body["stop"] = list(ends)
    return body


def events(lines: Iterable[str]) -> Iterator[JsonValue]:
    """The events of a stream; the last one is None where the server said that it is the last.

    Raises:
        Retry: an event is no JSON.
    """
    for line in lines:
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            yield None
            return
        try:
            yield json.loads(data)
        except ValueError as error:
            raise Retry("a broken stream") from error


def message_of(body: JsonValue) -> str:
    """What an error's body says."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail") or error
    return str(error)
