"""Prompts, sampling settings, and a policy's replies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lcbrb.types.base import Record
from lcbrb.types.completions import StopReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Record):
    """One turn of a conversation; `role` is ``system``, ``user`` or ``assistant``."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt(Record):
    """A prompt for a problem in two forms, chat and raw; a policy uses the one that fits it.

    `messages` are for chat models. `raw` is the text that a base model continues, examples and all,
    and `stop` the strings at which its continuation ends; None where the benchmark has no such
    form. `template` is a name and version, such as ``code-complete@1``: other words, other version.
    """

    messages: tuple[Message, ...]
    raw: str | None = None
    stop: tuple[str, ...] = ()
    template: str


class PromptForm(StrEnum):
    """Which form of a prompt a policy was given."""

    CHAT = "chat"
    RAW = "raw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling(Record):
    """How to sample.

    Temperature 0 is greedy decoding, with one sample a prompt. `max_tokens` bounds a reply with its
    reasoning. `stop` adds to the prompt's own strings. `system_prompt` takes the place of the
    prompt's system message in the chat form. `template` takes the place of the benchmark's: its
    ``{prompt}`` becomes what the benchmark would ask and its ``{problem}`` the bare statement.
    """

    temperature: float = 0.8
    top_p: float = 0.95
    n: int = 1
    max_tokens: int = 2048
    stop: tuple[str, ...] = ()
    seed: int = 0
    system_prompt: str | None = None
    template: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation(Record):
    """One reply of a policy, before anything is looked for in it.

    `reasoning` is set where the policy gives it apart from the text. `latency_s` runs from the
    request to the reply's end, others of its batch included.
    """

    text: str
    reasoning: str | None = None
    form: PromptForm = PromptForm.CHAT
    stop_reason: StopReason = StopReason.UNKNOWN
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    latency_s: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptGeneration(Record):
    """A generation as the cache keeps it; `key` is a hash of all that it depends on."""

    key: str
    generation: Generation
