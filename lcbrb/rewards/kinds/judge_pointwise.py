"""One text at a time: a score within a declared range, the mean of the judge's votes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lcbrb.judges.asking import account
from lcbrb.judges.templates import fill
from lcbrb.judges.votes import mean, plain, read_vote, score
from lcbrb.protocols.reward import Item
from lcbrb.rewards.base import ItemScore, RewardModel
from lcbrb.rewards.kinds.judge_base import JudgeModel
from lcbrb.rewards.scoring import score_items
from lcbrb.types import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class PointwiseJudge(JudgeModel, RewardModel):
    """Scores a text within a declared range."""

    @property
    def bounds(self) -> tuple[float, float]:
        """The declared range."""
        return self.judge.options.low, self.judge.options.high

    @property
    def unread(self) -> float:
        """The middle of the range."""
        return sum(self.bounds) / 2

    def score(self, items: Sequence[Item]) -> list[float]:
        """The mean of the votes on each item; the middle of the range where none could be read.

        Raises:
            IncompleteRunError: the policy failed to give replies.
        """
        return [self.unread if one is None else one for one in score_items(self, items)]

    def score_portions(
        self, portions: Sequence[Sequence[Item]]
    ) -> Iterator[tuple[int, Mapping[Item, ItemScore]]]:
        """Each text, asked about once, when its last reply is there; no score if none can be read.

        Raises:
            IncompleteRunError: the policy failed to give replies; all other texts were given.
            LcbrbError: whatever the policy raises.
        """
        askers: dict[Item, list[int]] = defaultdict(list)
        for number, items in enumerate(portions):
            for item in items:
                askers[item].append(number)
        template = self.judge.template
        reader = score(template.words.marker, *self.bounds)
        wanted = ((item, {"": self._prompt(item)}) for item in askers)
        for item, replies in self.judge.replies(wanted, "texts"):
            votes = [read_vote(one, reader, template.lead) for one in replies[""]]
            found = mean(votes)
            told = ItemScore(
                score=None if found is None else float(found), votes=account(votes, orders=0)
            )
            for number in askers[item]:
                yield number, {item: told}

    def _prompt(self, item: Item) -> Prompt:
        low, high = (plain(bound) for bound in self.bounds)
        texts = {"prompt": item.prompt, "response": item.response}
        return fill(self.judge.template, texts, {"low": low, "high": high})
