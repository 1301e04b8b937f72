"""What a server answers, streamed or whole, as replies under way."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import httpx

from lcbrb.policies.openai.retries import Retry
from lcbrb.policies.rendering import stop_reason
from lcbrb.types import JsonValue, StopReason

_BROKEN = frozenset({"abort", "error"})


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

    def finished(self) -> list[Choice]:
        """Those that came to their end, in order."""
        ordered = (self.choices[index] for index in sorted(self.choices))
        return [choice for choice in ordered if choice.stop_reason is not None]

    def read(self, response: httpx.Response) -> None:
        """Take in an answer: a stream's events, or the whole of a server that does not stream.

        Raises:
            Retry: it says that something broke, or is no answer at all.
            httpx.RequestError: the connection broke. What came before it is here.
        """
        try:
            if "event-stream" in response.headers.get("content-type", ""):
                for line in response.iter_lines():
                    if line.startswith("data:"):
                        data = line.removeprefix("data:").strip()
                        if data == "[DONE]":
                            break
                        self._take(json.loads(data))
                else:
                    return  # nobody said that it was whole
            else:
                self._take(json.loads(response.read()))
        except (AttributeError, TypeError, KeyError, ValueError) as error:
            raise Retry(f"an answer that is none ({type(error).__name__}: {error})") from error
        for choice in self.choices.values():
            choice.stop_reason = choice.stop_reason or StopReason.UNKNOWN

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
                choice.stop_reason = stop_reason(reason)


def message_of(body: JsonValue) -> str:
    """What an error's body says."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail") or error
    return str(error)
