"""The policy: a spec's model and address, and its requests, several at a time.

Requests are streamed, so that a slow answer is told from a dead server. A request that fails in a
way that may pass is sent again, with growing pauses or the one that the server asks for; choices of
it that were whole are kept.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import httpx

from lcbrb.config import build
from lcbrb.engine.local import read_in_threads
from lcbrb.errors import SetupError, UsageError
from lcbrb.policies.openai.client import Client, Options, Refused, Wanted
from lcbrb.policies.openai.retries import Pacer, Retry
from lcbrb.protocols.policy import Ask, Policy, Sampled
from lcbrb.registry import Spec
from lcbrb.types import JsonValue, Sampling

_HOME = "https://api.openai.com/v1"
_HOME_VARIABLE = "OPENAI_BASE_URL"
_REFUSALS = 8  # requests refused before any was answered: then the run is wrong, not the prompts


def from_spec(spec: Spec) -> OpenAIPolicy:
    """The policy that a spec names; nothing is sent yet.

    Raises:
        UsageError: no model, no usable address, unknown options.
        SetupError: the options name a variable for the key, and it is not set.
    """
    options = build(Options, spec.options, spec.kind)
    if "key_env" in spec.options and not os.environ.get(options.key_env):
        raise SetupError(
            f"{spec.text}: key_env names the environment variable {options.key_env}, "
            "which is not set"
        )
    found = re.fullmatch(r"(?P<model>.+?)(?:@(?P<url>https?://.+))?", spec.target)
    if not found:
        raise UsageError("openai needs a model: openai:MODEL@BASE_URL")
    if not found["url"] and "@" in found["model"][1:]:  # never on to another server, with the key
        raise UsageError(
            f"{spec.text}: what follows @ must be an address that starts with http:// or https://"
        )
    address = found["url"] or os.environ.get(_HOME_VARIABLE) or _HOME
    try:
        url = httpx.URL(address.rstrip("/"))
    except httpx.InvalidURL as error:
        raise UsageError(f"{spec.text}: no usable address ({error})") from error
    if url.userinfo or url.query:
        raise UsageError(
            f"{url.host}: keys don't belong into an address; put the key into the environment "
            f"variable {options.key_env}"
        )
    if url.path in {"", "/"}:
        url = url.copy_with(path="/v1")
    return OpenAIPolicy(id=spec.text, model=found["model"], base_url=str(url), options=options)


@dataclass(frozen=True, kw_only=True)
class OpenAIPolicy(Policy):
    """A model behind an address."""

    id: str
    model: str
    base_url: str
    options: Options

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
        waiting = deque(
            Wanted(ask, list(ask.samples[start : start + size]))
            for ask in asks
            for start in range(0, len(ask.samples), size)
        )
        count = min(self.options.concurrency, len(waiting))
        if not count:
            return
        pacer = Pacer(
            server=self.base_url, patience_s=self.options.patience_s, per_minute=self.options.rpm
        )
        client = Client(self.model, self.base_url, self.options)
        requests = _Requests(client, waiting, sampling, pacer)
        sources = [requests.samples() for _ in range(count)]
        with client.http, read_in_threads(sources, 2 * count, stopped=pacer.stopped) as buffer:
            yield from buffer.taken()


class _Requests:
    """What several threads send until there is nothing left to ask for."""

    def __init__(
        self, client: Client, waiting: deque[Wanted], sampling: Sampling, pacer: Pacer
    ) -> None:
        self._client, self._waiting, self._sampling = client, waiting, sampling
        self._pacer = pacer
        self._refused = 0

    def samples(self) -> Iterator[Sampled]:
        """What one thread gets."""
        while self._waiting:
            try:
                wanted = self._waiting.popleft()
            except IndexError:  # another took the last one
                return
            while wanted.indices:
                yield from self._once(wanted)

    def _once(self, wanted: Wanted) -> Iterator[Sampled]:
        self._pacer.wait()
        try:
            given = self._client.request(wanted, self._sampling)
        except Refused as refusal:
            self._refused += 1
            if self._refused >= _REFUSALS and not self._pacer.successes:
                raise SetupError(
                    f"{self._pacer.server} refuses every request: {refusal}"
                ) from refusal
            yield from _given_up(wanted, str(refusal))
        except Retry as problem:
            if not self._pacer.failed(wanted.failures, problem):
                yield from _given_up(wanted, problem.reason)
        else:
            self._pacer.succeeded()
            yield from given


def _given_up(wanted: Wanted, reason: str) -> list[Sampled]:
    indices, wanted.indices = wanted.indices, []
    return [
        Sampled(key=wanted.ask.key, sample_index=index, generation=None, error=reason)
        for index in indices
    ]
