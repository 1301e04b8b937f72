"""What reward models read: a text with its prompt, and pairs of such texts under a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lcbrb.types import PreferencePair


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a reward model reads: a prompt and one response to it (here: the reasoning)."""

    prompt: str
    response: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Items made ready to be scored.

    `lengths` are in tokens, after cutting; `truncated` says which were cut; both are empty where
    that is not known before items are scored. `inputs` is what the model that made them reads.
    """

    lengths: tuple[int, ...] = ()
    truncated: tuple[bool, ...] = ()
    inputs: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSet:
    """Preference pairs under a name.

    `notes` are for people: what was left out and why, what is synthetic. `counts` are for the
    record of whoever is judged by them.
    """

    name: str
    version: str
    pairs: Sequence[PreferencePair]
    notes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
