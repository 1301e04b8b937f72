"""What the two kinds of judges share: whom they ask, and what the record says of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lcbrb.judges.asking import Judge
from lcbrb.rewards.base import Ranker
from lcbrb.types import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeModel(Ranker):
    """A reward model that asks a judge; what that says of one text depends on no other."""

    each_alone: ClassVar[bool] = True
    asks_judges: ClassVar[bool] = True

    id: str
    judge: Judge

    @property
    def revision(self) -> str | None:
        """The policy's."""
        return self.judge.policy.revision

    @property
    def identity(self) -> dict[str, JsonValue]:
        """What the record says of it."""
        return self.judge.identity

    def load(self) -> None:
        """Load now, so that the time to load is not counted as scoring."""
        self.judge.policy.load()
