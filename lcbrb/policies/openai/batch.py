"""Requests written to a file and their results read back: OpenAI's batch format.

``lcbrb pairs build --emit-batch FILE`` writes what it would ask, one request a line; OpenAI's batch
service takes such a file, and so does ``vllm run-batch``. ``--collect FILE`` reads the results. A
request's ``custom_id`` is a hash of all that is asked, so results are found by content: rows of
another prompt, model or setting match nothing, and the order of the file says nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from lcbrb.codec import read_json_lines, sha256_text
from lcbrb.errors import BadInputError, UsageError
from lcbrb.policies.openai.client import endpoint, is_too_long, request_body
from lcbrb.policies.openai.policy import OpenAIPolicy
from lcbrb.policies.openai.replies import Choice, Reply
from lcbrb.policies.rendering import sample_seed
from lcbrb.policies.wrapped import WrappedPolicy
from lcbrb.protocols.policy import Ask, Policy, Sampled
from lcbrb.servers.bodies import message_of
from lcbrb.servers.retries import Retry
from lcbrb.types import Generation, JsonValue, Sampling, StopReason

_ID_DIGITS = 40
_SUCCESS = range(200, 300)
_HOME = "api.openai.com"


@dataclass(slots=True)
class Batch:
    """The results that one command collects, and the requests that it writes.

    `unused` are results that answered none of its requests so far.
    """

    results: dict[str, JsonValue] = field(default_factory=dict)
    doubled: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    used: set[str] = field(default_factory=set)
    collected: bool = False
    _waiting: set[str] = field(default_factory=set)
    _file: _Requests | None = None

    @classmethod
    def open(cls, emit: Path | None, collect: Iterable[Path]) -> Batch:
        """A batch whose results are those of some files, and whose requests go to another.

        Raises:
            DataUnavailableError, BadInputError: a file of results can't be read, or holds a line
                that is none; file and line are named.
        """
        batch = cls()
        for path in collect:
            batch._collect(path)
            batch.collected = True
        if emit is not None:
            batch._file = _Requests(emit)
        return batch

    def _collect(self, path: Path) -> None:
        for number, row in read_json_lines(path):
            name = row.get("custom_id") if isinstance(row, dict) else None
            if not isinstance(name, str) or not ({"response", "error"} & row.keys()):
                hint = ""
                if isinstance(row, dict) and "body" in row:
                    hint = (
                        " (this is a request: collect the results that the batch service returned)"
                    )
                raise BadInputError(
                    f"no result of a batch: it has no custom_id with a response or an error{hint}",
                    path=path,
                    line=number,
                )
            self.doubled += name in self.results
            if name not in self.results or _failure(self.results[name]):
                self.results[name] = row  # of two rows for one request, one that succeeded

    def answer(self, name: str) -> Generation | None:
        """What a result holds for a request; None where it has none, or it failed."""
        row = self.results.get(name)
        if row is None:
            return None
        self.used.add(name)
        reason = _failure(row)
        if reason and is_too_long(reason):
            return Generation(text="", stop_reason=StopReason.LENGTH)
        if not reason:
            reply = Reply()
            try:
                reply.read_whole(row["response"].get("body"))
            except Retry as error:
                reason = error.reason
            else:
                if choices := reply.finished():
                    return _generation(choices[0], reply)
                reason = reply.filtered or "a response that contains no reply"
        self.failed[reason] += 1
        return None

    def wait_for(self, name: str, request: JsonValue) -> None:
        """Keep a request for the file, once."""
        if name in self._waiting:
            return
        self._waiting.add(name)
        if self._file is not None:
            self._file.add({"custom_id": name, "method": "POST", **request})

    @property
    def is_used(self) -> bool:
        """Whether servers are asked by files at all."""
        return self._file is not None or self.collected

    @property
    def waiting(self) -> int:
        """How many requests wait for a result."""
        return len(self._waiting)

    def finish(self) -> Path | None:
        """Put the file of requests into its place; None where nothing waits, or none is asked for.

        Raises:
            UsageError: no row of the results answers any request.
        """
        if self.results and not self.used and self.waiting:
            raise UsageError(
                f"none of the {len(self.results)} results answers one of the {self.waiting} "
                "requests of this command: use the options with which the requests were written"
            )
        return self._file.commit() if self._file is not None and self.waiting else None

    @property
    def notes(self) -> list[str]:
        """What is to be said of the files."""
        strange = len(self.results) - len(self.used)
        sentences = []
        if self.doubled:
            sentences.append(
                f"{self.doubled} results came for a request that had one: the first is used"
            )
        if strange:
            sentences.append(f"{strange} results answer no request of this command")
        for reason, count in self.failed.most_common(2):
            sentences.append(f"{count} requests failed in the batch: {reason[:200]}")
        return sentences

    def __enter__(self) -> Self:
        """Enter a `with` block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave nothing half written."""
        if self._file is not None:
            self._file.close()


def _failure(row: JsonValue) -> str:
    """Why a result holds no reply, empty where it does."""
    response = row.get("response")
    if row.get("error") or not isinstance(response, dict):
        return message_of(row.get("error") or "no response") or "no response"
    status = response.get("status_code", 200)
    if status not in _SUCCESS:
        return f"status {status}: {message_of(response.get('body'))}"
    return ""


def _generation(choice: Choice, reply: Reply) -> Generation:
    return Generation(
        text=choice.text,
        reasoning=choice.reasoning,
        stop_reason=choice.stop_reason or StopReason.UNKNOWN,
        prompt_tokens=reply.prompt_tokens,
        completion_tokens=reply.completion_tokens,
    )


class _Requests:
    """A file of requests that is there whole or not at all."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        self._file: IO[str] | None = None

    def add(self, request: JsonValue) -> None:
        if self._file is None:
            self._file = self._part.open("x", encoding="utf-8")
        self._file.write(json.dumps(request, ensure_ascii=False, allow_nan=False) + "\n")

    def commit(self) -> Path | None:
        if self._file is None:
            return None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._part.replace(self.path)
        return self.path

    def close(self) -> None:
        try:
            if self._file is not None:
                self._file.close()
        finally:
            with contextlib.suppress(FileNotFoundError):
                self._part.unlink()


@dataclass(frozen=True, kw_only=True)
class BatchPolicy(WrappedPolicy):
    """A server's policy that answers from a batch; its address is never called."""

    policy: OpenAIPolicy
    batch: Batch

    def sample(self, asks: Sequence[Ask], sampling: Sampling) -> Iterator[Sampled]:
        """What the results hold; of the rest the requests are kept, and no sample is given."""
        options = self.policy.options
        limit = "max_completion_tokens" if _HOME in self.policy.base_url else "max_tokens"
        for ask in asks:
            for index in ask.samples:
                body = request_body(
                    self.policy.model,
                    options,
                    ask.prompt,
                    sampling,
                    {
                        "seed": sample_seed(sampling, ask.prompt, index),
                        limit: sampling.max_tokens,
                    },
                )
                named = json.dumps([body, index], sort_keys=True, ensure_ascii=True)
                name = f"lcbrb-{sha256_text(named)[:_ID_DIGITS]}"
                generation = self.batch.answer(name)
                if generation is None:
                    url = f"/v1/{endpoint(options.form)}"
                    self.batch.wait_for(name, {"url": url, "body": body})
                else:
                    made = dataclasses.replace(generation, form=options.form, seed=body["seed"])
                    yield Sampled(key=ask.key, sample_index=index, generation=made)


def in_batches(policy: Policy, batch: Batch) -> BatchPolicy:
    """The policy, asked by files.

    Raises:
        UsageError: it is no ``openai:`` policy.
    """
    if not isinstance(policy, OpenAIPolicy):
        raise UsageError(
            f"{policy.id} runs on this machine: batch files are only for openai:MODEL@URL, whose "
            "server is then not called"
        )
    options = policy.options
    known = dataclasses.replace(options, revision=options.revision or "batch")
    return BatchPolicy(policy=dataclasses.replace(policy, options=known), batch=batch)
