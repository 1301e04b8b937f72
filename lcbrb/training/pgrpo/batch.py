"""Replies under way: what is asked, what came back, and what is made of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from lcbrb.policies.rendering import Rendered, drops_special
from lcbrb.training.pgrpo.assessing import Assessment, Assessor, Pending, Reply
from lcbrb.training.pgrpo.rollouts import Judged
from lcbrb.training.pgrpo.tasks import Task


@dataclass(frozen=True, slots=True)
class Asked:
    """A task as a policy is asked it."""

    task: Task
    rendered: Rendered


@dataclass(frozen=True, slots=True)
class Reader:
    """Tokens to replies, as `lcbrb bench` reads them. `ends` are tokens that end a reply."""

    tokenizer: Any
    ends: Collection[int]

    def reply(self, ids: Sequence[int], asked: Rendered) -> Reply:
        """The text, behind the marker that the chat template has opened, if it has."""
        ended = bool(ids) and ids[-1] in self.ends
        text = self.tokenizer.decode(
            ids[:-1] if ended else ids, skip_special_tokens=drops_special(self.tokenizer)
        )
        return Reply(text=asked.lead + text, tokens=len(ids), truncated=not ended)


class Batch:
    """A reply to each thing asked; graded from when it is taken, and scored where it is paid."""

    def __init__(
        self, asked: Sequence[Asked], reader: Reader, assessor: Assessor, *, paid: bool = True
    ) -> None:
        self.paid = paid
        self.asked, self._reader, self._assessor = asked, reader, assessor
        self._replies: dict[int, Reply] = {}
        self._pending: dict[int, Pending] = {}
        self._assessed: dict[int, Assessment] = {}

    def take(self, rows: Sequence[int], ids: Sequence[Sequence[int]]) -> None:
        """Replies to these rows, in place of earlier ones."""
        asked = [self.asked[row] for row in rows]
        replies = [
            self._reader.reply(tokens, of.rendered) for tokens, of in zip(ids, asked, strict=True)
        ]
        pending = self._assessor.begin([row.task for row in asked], replies, paid=self.paid)
        self._replies |= zip(rows, replies, strict=True)
        self._pending |= zip(rows, pending, strict=True)
        for row in rows:
            self._assessed.pop(row, None)

    def judged(self) -> list[Judged]:
        """Every reply with what it is worth, in the order of what was asked; waits for graders."""
        missing = [row for row in self._pending if row not in self._assessed]
        assessed = self._assessor.finish([self._pending[row] for row in missing], paid=self.paid)
        self._assessed |= zip(missing, assessed, strict=True)
        return [
            (asked.task.problem.id, self._replies[row], self._assessed[row])
            for row, asked in enumerate(self.asked)
        ]
