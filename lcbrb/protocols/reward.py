"""What reward models read: a text with its prompt, and pairs of such texts under a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lcbrb.types import Message, PreferencePair
from lcbrb.types.short_repr import ShortRepr


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a reward model reads: a prompt and one response to it (here: the reasoning).

    `turns` are the prompt's messages where it is more than one user's message; `prompt` is then
    their text, for whoever reads no turns.
    """

    prompt: str
    response: str
    turns: tuple[Message, ...] = ()

    @property
    def spoken(self) -> str:
        """The prompt as one text, in which each of several turns begins with who speaks."""
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

    `lengths` are in tokens, after cutting; `truncated` says which were cut; both are empty where
    that is not known before items are scored. `inputs` is what the model that made them reads.
    """

    lengths: tuple[int, ...] = ()
    truncated: tuple[bool, ...] = ()
    inputs: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSet(ShortRepr):
    """Preference pairs under a name.

    `notes` are for people: what was left out and why, what is synthetic. `counts` are for the
    record of whoever is judged by them.
    """

    name: str
    version: str
    pairs: Sequence[PreferencePair]
    notes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
