"""What the two kinds of judges share: whom they ask, and what the record says of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lcbrb.judges.asking import Panel
from lcbrb.rewards.scoring import ScoresPortions
from lcbrb.types import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge(ScoresPortions):
    """A language model that is asked; what it says of one text depends on no other."""

    each_alone: ClassVar[bool] = True

    id: str
    panel: Panel

    @property
    def revision(self) -> str | None:
        """The policy's."""
        return self.panel.policy.revision

    @property
    def identity(self) -> dict[str, JsonValue]:
        """What the record says of it."""
        return self.panel.identity

    def load(self) -> None:
        """Load now, so that the time to load is not counted as scoring."""
        self.panel.load()
