"""`openai:MODEL@BASE_URL`: any server that speaks OpenAI's HTTP interface.

vLLM, SGLang, llama.cpp, `transformers serve`, hosted ones. Requests are streamed, so that a slow
answer is told from a dead server, and sent by several threads. A request that fails in a way that
may pass is sent again, with growing pauses or the one that the server asks for; choices of it that
were whole are kept. The key comes from the environment and goes into the header of requests alone.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from queue import Full, Queue

import httpx
from pydantic import PositiveFloat, PositiveInt

from lcbrb.config import build
from lcbrb.errors import LcbrbError, SetupError, UsageError
from lcbrb.policies._pacing import Pacer, Retry, Stopped
from lcbrb.policies._requests import Client, Refused, Work
from lcbrb.protocols.policy import Ask, Sampled
from lcbrb.registry import Spec
from lcbrb.types import JsonValue, PromptForm, Sampling

_HOME = "https://api.openai.com/v1"
_HOME_VARIABLE = "OPENAI_BASE_URL"
_PATIENCE_S = 1.0
_REFUSALS = 8  # requests refused before any was answered: then the run is wrong, not the prompts


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
class OpenAIPolicy:
    """A model behind an address."""

    id: str
    model: str
    base_url: str
    options: Options

    @property
    def _key(self) -> str:
        return os.environ.get(self.options.key_env, "")

    @cached_property
    def revision(self) -> str | None:
        """What the options say, else where the server says that its weights come from.

        Raises:
            SetupError: nothing answers at the address.
        """
        if self.options.revision:
            return self.options.revision
        with self._client() as client:
            return client.root(self.model)

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

    def _client(self) -> Client:
        return Client(
            model=self.model,
            base_url=self.base_url,
            key=self._key,
            key_env=self.options.key_env,
            form=self.options.form,
            thinking=self.options.thinking,
            timeout_s=self.options.timeout_s,
            choices=self.options.choices,
        )

    def sample(self, asks: Sequence[Ask], sampling: Sampling) -> Iterator[Sampled]:
        """Samples as their requests are answered.

        A prompt that leaves the model no room has a generation without text, cut at its length; one
        that the server refuses for another reason has none, but an error.

        Raises:
            SetupError: no access, no such model, every request is refused.
            IncompleteRunError: the server stopped answering.
        """
        size = self.options.choices
        works = deque(
            Work(ask=ask, indices=list(ask.samples[start : start + size]))
            for ask in asks
            for start in range(0, len(ask.samples), size)
        )
        left = sum(len(ask.samples) for ask in asks)
        if not left:
            return
        pacer = Pacer(
            server=self.base_url, patience_s=self.options.patience_s, per_minute=self.options.rpm
        )
        count = min(self.options.concurrency, len(works))
        crew = _Crew(works, sampling, pacer, count)
        with self._client() as client:
            crew.start(client, count)
            try:
                while left:
                    got = crew.done.get()
                    if isinstance(got, Exception):
                        raise got
                    left -= 1
                    yield got
            finally:
                pacer.stopped.set()
                crew.leave()


class _Crew:
    """Threads that send requests until there is nothing left to ask for."""

    def __init__(self, works: deque[Work], sampling: Sampling, pacer: Pacer, ahead: int) -> None:
        self._works, self._sampling, self._pacer = works, sampling, pacer
        self.done: Queue[Sampled | Exception] = Queue(2 * ahead)
        self._refused = 0
        self._threads: list[threading.Thread] = []

    def start(self, client: Client, count: int) -> None:
        for _ in range(count):
            thread = threading.Thread(target=self._run, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def leave(self) -> None:
        """Give requests under way a moment to end; what has not ended by then is hung up on."""
        deadline = time.monotonic() + _PATIENCE_S
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self, client: Client) -> None:
        try:
            while self._works and not self._pacer.stopped.is_set():
                try:
                    work = self._works.popleft()
                except IndexError:  # another took the last one
                    break
                self._do(client, work)
        except Stopped:
            pass
        except LcbrbError as error:
            self._put(error)
        except Exception as error:  # noqa: BLE001 - raised again where the samples are read
            if not self._pacer.stopped.is_set():
                self._put(error)

    def _do(self, client: Client, work: Work) -> None:
        """Ask until every sample of the work is there, or will not be."""
        while work.indices:
            self._pacer.wait()
            try:
                given = client.request(work, self._sampling)
            except Refused as refusal:
                self._refuse(work, refusal)
            except Retry as problem:
                if not self._pacer.failed(work.tries, problem):
                    self._give_up(work, problem.reason)
            else:
                self._pacer.succeeded()
                for sampled in given:
                    self._put(sampled)

    def _refuse(self, work: Work, refusal: Refused) -> None:
        self._refused += 1
        if self._refused >= _REFUSALS and not self._pacer.successes:
            raise SetupError(f"{self._pacer.server} refuses every request: {refusal}")
        self._give_up(work, str(refusal))

    def _give_up(self, work: Work, reason: str) -> None:
        indices, work.indices = work.indices, []
        for index in indices:
            error = Sampled(key=work.ask.key, sample_index=index, generation=None, error=reason)
            self._put(error)

    def _put(self, item: Sampled | Exception) -> None:
        while not self._pacer.stopped.is_set():
            try:
                self.done.put(item, timeout=0.1)
            except Full:
                continue
            return
