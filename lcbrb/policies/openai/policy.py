"""The policy: a spec's model and address, and its requests, several at a time.

Requests are streamed, so that a slow answer is told from a dead server. A request that fails in a
way that may pass is sent again, with growing pauses or the one that the server asks for; choices of
it that were whole are kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from lcbrb.config import build
from lcbrb.policies.openai.client import Client, Options, Wanted
from lcbrb.protocols.policy import Ask, Policy, Sampled
from lcbrb.registry import Spec
from lcbrb.servers.connection import named_server
from lcbrb.servers.requests import Requests
from lcbrb.servers.retries import Pacer
from lcbrb.types import JsonValue, Sampling

_HOME = "https://api.openai.com/v1"
_HOME_VARIABLE = "OPENAI_BASE_URL"


def from_spec(spec: Spec) -> OpenAIPolicy:
    """The policy that a spec names; nothing is sent yet.

    Raises:
        UsageError: no model, no usable address, unknown options.
        SetupError: the options name a variable for the key, and it is not set.
    """
    options = build(Options, spec.options, spec.kind)
    model, url = named_server(spec, options, os.environ.get(_HOME_VARIABLE) or _HOME)
    if url.path in {"", "/"}:
        url = url.copy_with(path="/v1")
    return OpenAIPolicy(id=spec.text, model=model, base_url=str(url), options=options)


@dataclass(frozen=True, kw_only=True)
class OpenAIPolicy(Policy):
    """A model behind an address."""

    id: str
    model: str
    base_url: str
    options: Options
    _notes: list[str] = field(default_factory=list, repr=False, compare=False)

    @property
    def notes(self) -> Sequence[str]:
        """What of the sampling the server did not take."""
        return tuple(dict.fromkeys(self._notes))

    @cached_property
    def revision(self) -> str | None:
        """What the options say, else where the server says that its weights come from.

        Raises:
            SetupError: nothing answers at the address.
        """
        if self.options.revision:
            return self.options.revision
        client = Client(self.model, self.base_url, self.options)
        with client.http:
            return client.root()

    @property
    def identity(self) -> dict[str, JsonValue]:
        """Model, address, revision and form."""
        options = self.options
        return {
            "kind": "openai",
            "model": self.model,
            "base_url": self.base_url,
            "revision": self.revision,
            "form": options.form.value,
            "thinking": options.thinking,
            "choices": options.choices,
        }

    def sample(self, asks: Sequence[Ask], sampling: Sampling) -> Iterator[Sampled]:
        """Samples as their requests are answered.

        A prompt that leaves the model no room has a generation without text, cut at its length; one
        that the server refuses for another reason has none, but an error. Requests under way when
        the reader goes away have a second to end before they are hung up on.

        Raises:
            SetupError: no access, no such model, every request is refused.
            IncompleteRunError: the server stopped answering.
        """
        size = self.options.choices
        waiting = [
            Wanted(ask, list(ask.samples[start : start + size]))
            for ask in asks
            for start in range(0, len(ask.samples), size)
        ]
        if not waiting:
            return
        pacer = Pacer(
            server=self.base_url, patience_s=self.options.patience_s, per_minute=self.options.rpm
        )
        client = Client(self.model, self.base_url, self.options, self._notes)
        requests = Requests(
            tasks=waiting,
            send=lambda wanted: client.request(wanted, sampling),
            give_up=_given_up,
            pacer=pacer,
        )
        count = min(self.options.concurrency, len(waiting))
        with client.http, requests.answers(count) as buffer:
            yield from buffer.taken()


def _given_up(wanted: Wanted, reason: str) -> list[Sampled]:
    indices, wanted.indices = wanted.indices, []
    return [
        Sampled(key=wanted.ask.key, sample_index=index, generation=None, error=reason)
        for index in indices
    ]
