"""What a server answers, streamed or whole, as replies under way."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

from lcbrb.pair_identity import mend_text
from lcbrb.policies.rendering import is_filtered, stop_reason
from lcbrb.servers.bodies import Bounds, lines, message_of, pieces
from lcbrb.servers.retries import Retry
from lcbrb.types import JsonValue, StopReason

_BROKEN = frozenset({"abort", "error"})
_NO_ANSWER = (AttributeError, TypeError, KeyError, ValueError, ArithmeticError, RecursionError)
_MOST_TOKENS = 1 << 53


@dataclass(slots=True)
class Choice:
    """One reply under way."""

    texts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    stop_reason: StopReason | None = None
    filtered: str = ""

    @property
    def text(self) -> str:
        """What came of the reply, fit to be written as UTF-8.

        A reply that ended by itself and came as reasoning alone is taken for its text: a server's
        parser of reasoning does that to a model that did not mark where it stopped to reason.
        """
        return mend_text("".join(self.thoughts if self._is_all_thought else self.texts))

    @property
    def reasoning(self) -> str | None:
        """What came of the reasoning, where it comes apart."""
        apart = self.thoughts and not self._is_all_thought
        return mend_text("".join(self.thoughts)) if apart else None

    @property
    def _is_all_thought(self) -> bool:
        return self.stop_reason is StopReason.END and not "".join(self.texts).strip()

    def add(self, delta: JsonValue) -> bool:
        """Take in what came; whether there was any.

        Raises:
            TypeError: the reply is no text.
        """
        added = self._add_content(delta.get("content") or delta.get("text") or "")
        more = delta.get("reasoning_content") or delta.get("reasoning")
        if isinstance(more, str) and more:
            self.thoughts.append(more)
            added = True
        return added

    def _add_content(self, content: JsonValue) -> bool:
        """A text, or a list of parts: texts, and reasoning in parts of its own."""
        if isinstance(content, str):
            self.texts += [content] if content else []
            return bool(content)
        if not isinstance(content, list):
            raise TypeError("a reply that is not text")
        for part in content:
            kind, said = str(part.get("type", "text")), _said(part)
            (self.thoughts if "think" in kind or "reason" in kind else self.texts).append(said)
        return bool(content)


@dataclass(slots=True)
class Reply:
    """The choices of one request, by index, and the tokens that the server counted."""

    choices: dict[int, Choice] = field(default_factory=dict)
    prompt_tokens: int | None = None
    completion_tokens: int | None = None

    def finished(self) -> list[Choice]:
        """Those that came to their end, in order, without those that a filter took away."""
        ordered = (self.choices[index] for index in sorted(self.choices))
        return [
            choice for choice in ordered if choice.stop_reason is not None and not choice.filtered
        ]

    @property
    def filtered(self) -> str:
        """The server's word for why a filter took a reply away; empty where none did."""
        return next((choice.filtered for choice in self.choices.values() if choice.filtered), "")

    def read_whole(self, body: JsonValue) -> None:
        """Take in an answer that came as one object, as in a file of batch results.

        Raises:
            Retry: it is none.
        """
        try:
            self._take(body)
        except _NO_ANSWER as error:
            raise Retry(f"an invalid response ({type(error).__name__}: {error})") from error
        for choice in self.choices.values():
            choice.stop_reason = choice.stop_reason or StopReason.UNKNOWN

    def read(self, response: httpx.Response, bounds: Bounds) -> None:
        """Take in an answer: a stream's events, or the whole of a server that does not stream.

        Raises:
            Retry: it says that something broke, is no answer at all, or goes beyond its bounds.
            httpx.RequestError: the connection broke. What came before it is here.
        """
        came = pieces(response, bounds)
        try:
            if "event-stream" not in response.headers.get("content-type", ""):
                self._take(json.loads(b"".join(came)))
            elif not self._read_events(lines(came), bounds.silent_s):
                return  # nobody said that it was whole
        except _NO_ANSWER as error:
            raise Retry(f"an invalid response ({type(error).__name__}: {error})") from error
        for choice in self.choices.values():
            choice.stop_reason = choice.stop_reason or StopReason.UNKNOWN

    def _read_events(self, events: Iterator[str], silent_s: float) -> bool:
        """Take in a stream's events; whether its end was said."""
        heard = time.monotonic()
        for line in events:
            if line.startswith("data:"):
                data = line.removeprefix("data:").strip()
                if data == "[DONE]":
                    return True
                if self._take(json.loads(data)):
                    heard = time.monotonic()
            if time.monotonic() - heard > silent_s:
                raise Retry(f"a stream without any part of a reply for {silent_s:.0f} s")
        return False

    def _take(self, event: JsonValue) -> bool:
        """Take in an event; whether something of a reply was in it."""
        if event.get("error"):
            raise Retry(message_of(event))
        usage = event.get("usage")
        if usage:
            self.prompt_tokens = _count(usage.get("prompt_tokens"))
            self.completion_tokens = _count(usage.get("completion_tokens"))
        added = False
        for given in event.get("choices") or ():
            choice = self.choices.setdefault(int(given.get("index") or 0), Choice())
            added |= choice.add(given.get("delta") or given.get("message") or given)
            reason = given.get("finish_reason")
            if reason in _BROKEN:
                raise Retry(f"the server gave up on the reply ({reason})")
            if reason is not None:
                choice.stop_reason = stop_reason(reason)
                choice.filtered = str(reason) if is_filtered(reason) else ""
                added = True
        return added


def _said(part: JsonValue) -> str:
    """The text of a part of a reply; a part of reasoning may be a list of such parts again."""
    text = next((part[key] for key in ("text", "thinking", "reasoning") if part.get(key)), "")
    if isinstance(text, list):
        return "".join(part if isinstance(part, str) else _said(part) for part in text)
    if not isinstance(text, str) or part.get("image_url"):
        raise TypeError("a reply that is not text")
    return text


def _count(value: JsonValue) -> int | None:
    """A number of tokens; None for what is none."""
    return value if type(value) is int and 0 <= value < _MOST_TOKENS else None
