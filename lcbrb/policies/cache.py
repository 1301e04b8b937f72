"""Generations kept by content: asking again costs nothing, a larger n samples what is missing.

A generation is kept under a hash of all that it depends on: the policy's identity (model, revision,
precision, …), the prompt, the sampling, and the number of the sample. ``$LCBRB_CACHE``, else the
user's cache folder, holds one folder a policy and sampling::

    generations/<hash>/about.json    whose they are, for people
    generations/<hash>/*.jsonl       generations; every process writes a file of its own

So processes do not wait for one another, and a kill costs at most the line that was being written.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lcbrb import codec
from lcbrb.errors import UsageError
from lcbrb.input_files import read_lines
from lcbrb.json_text import parse_json
from lcbrb.policies.wrapped import WrappedPolicy
from lcbrb.protocols.policy import Ask, Policy, Sampled
from lcbrb.runs.journal import Appender
from lcbrb.sources.hub import cache_folder
from lcbrb.types import Generation, KeptGeneration, Sampling

CACHE_VARIABLE = "LCBRB_CACHE"
_SHORT = 24  # hexadecimal digits of a folder's name
_NOT_OF_A_REPLY = ("n", "template")  # the first is the asker's, the second is in the prompt


def default_folder() -> Path:
    """``$LCBRB_CACHE``, else our folder in the user's cache."""
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named).expanduser() if named else cache_folder()


@dataclass(frozen=True, kw_only=True)
class Cached(WrappedPolicy):
    """A policy with a memory."""

    policy: Policy
    folder: Path = field(default_factory=default_folder)

    def sample(self, asks: Sequence[Ask], sampling: Sampling) -> Iterator[Sampled]:
        """What is kept first, then the rest as the policy gives it, each kept before it is given.

        Raises:
            UsageError: the cache can't be written.
        """
        about = _about(self.policy, sampling)
        folder = self.folder / "generations" / codec.sha256_text(about)[:_SHORT]
        keys = {(ask.key, index): _key(ask, index) for ask in asks for index in ask.samples}
        kept = _read(folder, frozenset(keys.values()))
        missing = []
        for ask in asks:
            absent = tuple(index for index in ask.samples if keys[ask.key, index] not in kept)
            if absent:
                missing.append(Ask(key=ask.key, prompt=ask.prompt, samples=absent))
        for (name, index), key in keys.items():
            if key in kept:
                yield Sampled(key=name, sample_index=index, generation=kept[key])
        if missing:
            with _writer(folder, about) as file:
                for sampled in self.policy.sample(missing, sampling):
                    if sampled.generation is not None:
                        key = keys[sampled.key, sampled.sample_index]
                        file.append(KeptGeneration(key=key, generation=sampled.generation))
                    yield sampled


def _about(policy: Policy, sampling: Sampling) -> str:
    """The policy and the sampling as text, the same for the same."""
    settings = codec.to_dict(sampling)
    for name in _NOT_OF_A_REPLY:
        settings.pop(name)
    named = {"policy": policy.identity, "sampling": settings}
    return json.dumps(named, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def _key(ask: Ask, index: int) -> str:
    """Of one sample within its folder: the prompt's words, and its number."""
    prompt = codec.to_dict(ask.prompt)
    prompt.pop("template")  # a name; the words are here
    text = json.dumps([prompt, index], sort_keys=True, ensure_ascii=False)
    return codec.sha256_text(text)


def _read(folder: Path, wanted: frozenset[str]) -> dict[str, Generation]:
    """The generations that are wanted; a line that is torn or of no use is passed over."""
    generations: dict[str, Generation] = {}
    for path in sorted(folder.glob("*.jsonl")) if wanted else ():
        for _, line in read_lines(path):
            with contextlib.suppress(UsageError, UnicodeDecodeError):
                row = parse_json(line.decode())
                if isinstance(row, dict) and row.get("key") in wanted:
                    kept = codec.from_dict(KeptGeneration, row)
                    generations.setdefault(kept.key, kept.generation)
    return generations


def _writer(folder: Path, about: str) -> Appender:
    try:
        if not (folder / "about.json").exists():
            codec.write_text(folder / "about.json", about)
        return Appender(folder / f"{secrets.token_hex(8)}.jsonl")
    except OSError as error:
        raise UsageError(
            f"completions can't be cached in {folder}: {error.strerror}; name another folder "
            f"with {CACHE_VARIABLE}, or turn the cache off (--config cache=false)"
        ) from error
