"""The input of reward models: a text with its prompt, and named sets of pairs of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lcbrb.types import Message, PreferencePair
from lcbrb.types.short_repr import ShortRepr


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """The input of a reward model: a prompt and one response to it (here: the reasoning).

    `turns` are the prompt's messages where it is more than one user's message; `prompt` is then
    their text, for whoever reads no turns.
    """

    prompt: str
    response: str
    turns: tuple[Message, ...] = ()

    @property
    def spoken(self) -> str:
        """The prompt as one text; with several turns, each begins with its speaker."""
        if not self.turns:
            return self.prompt
        return "\n\n".join(f"{turn.role}: {turn.content}" for turn in self.turns)

    @property
    def asked(self) -> list[dict[str, str]]:
        """The prompt as messages, as chat templates take them."""
        if not self.turns:
            return [{"role": "user", "content": self.prompt}]
        return [{"role": turn.role, "content": turn.content} for turn in self.turns]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Items made ready to be scored.

    `lengths` are in tokens, after cutting; `truncated` says which were cut; both are empty if that
    is unknown before scoring. `inputs` is for the model that prepared them.
    """

    lengths: tuple[int, ...] = ()
    truncated: tuple[bool, ...] = ()
    inputs: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSet(ShortRepr):
    """A named set of preference pairs.

    `notes` tell people what was left out and why, or what is synthetic. `counts` go into the
    records of models evaluated on the pairs.
    """

    name: str
    version: str
    pairs: Sequence[PreferencePair]
    notes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
