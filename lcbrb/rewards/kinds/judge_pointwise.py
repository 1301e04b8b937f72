"""One text at a time: a score within a declared range, the mean of the judge's votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lcbrb.judges.asking import Scores, account, complain, in_lots, together
from lcbrb.judges.templates import fill
from lcbrb.judges.votes import Vote, mean, plain, read_vote, score
from lcbrb.protocols.reward import Item
from lcbrb.rewards.kinds.judge_base import Judge
from lcbrb.rewards.scoring import Opines, Portion, outcome_of, sides_of
from lcbrb.types import Generation, PreferencePair, Prompt, ScoredPair

_CHOSEN, _REJECTED = "chosen", "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class PointwiseJudge(Judge, Opines):
    """Scores a text within a declared range."""

    @property
    def bounds(self) -> tuple[float, float]:
        """The declared range."""
        return self.panel.options.low, self.panel.options.high

    def score(self, items: Sequence[Item]) -> list[float]:
        """The mean of the votes on each item; the middle of the range where none could be read.

        Raises:
            IncompleteRunError: the policy failed to give replies.
        """
        found = dict(self.opinions(items))
        scores = (found[item] for item in items)
        return [self._middle if one is None else one for one in scores]

    def opinions(self, items: Iterable[Item]) -> Iterator[tuple[Item, float | None]]:
        """Each different item, once its last reply is there, with the mean of its votes.

        None where no vote could be read.

        Raises:
            IncompleteRunError: the policy failed to give replies; all other items were given.
            LcbrbError: whatever the policy raises.
        """
        failures: Counter[str] = Counter()
        for some in in_lots(dict.fromkeys(items)):
            exchange = self.panel.ask((item, {"": self._prompt(item)}) for item in some)
            for item, replies in exchange.finished():
                found = mean(self._votes(replies[""]))
                yield item, None if found is None else float(found)
            failures += exchange.failures
        complain(self.id, failures, "texts")

    def score_portions(self, portions: Iterable[Portion]) -> Scores:
        """Pairs with their scores, each once the last reply on a side of it is there.

        Raises:
            IncompleteRunError: the policy failed to give replies; all other pairs were given.
            LcbrbError: whatever the policy raises.
        """
        failures: Counter[str] = Counter()
        for pairs in together(portions):
            exchange = self.panel.ask((pair, self._prompts(pair)) for pair in pairs)
            for pair, replies in exchange.finished():
                votes = {side: self._votes(some) for side, some in replies.items()}
                yield (pair,), [self._scored(pair, votes[_CHOSEN], votes[_REJECTED])]
            failures += exchange.failures
        complain(self.id, failures, "pairs")

    def _scored(
        self, pair: PreferencePair, chosen: Sequence[Vote], rejected: Sequence[Vote]
    ) -> ScoredPair:
        """A pair's scores: without a vote on one side the two can't be told apart."""
        good, bad = mean(chosen), mean(rejected)
        unparsable = good is None or bad is None
        high = self._middle if good is None or bad is None else float(good)
        low = self._middle if good is None or bad is None else float(bad)
        return ScoredPair(
            pair_id=pair.id,
            problem_id=pair.problem_id,
            chosen_score=high,
            rejected_score=low,
            outcome=outcome_of(high, low),
            unparsable=unparsable,
            judged=account([*chosen, *rejected], orders=0),
        )

    @property
    def _middle(self) -> float:
        low, high = self.bounds
        return (low + high) / 2

    def _votes(self, replies: Sequence[Generation]) -> list[Vote]:
        template = self.panel.template
        reader = score(template.words.marker, *self.bounds)
        return [read_vote(one, reader, template.lead) for one in replies]

    def _prompts(self, pair: PreferencePair) -> dict[str, Prompt]:
        chosen, rejected = sides_of(pair)
        return {_CHOSEN: self._prompt(chosen), _REJECTED: self._prompt(rejected)}

    def _prompt(self, item: Item) -> Prompt:
        low, high = (plain(bound) for bound in self.bounds)
        texts = {"prompt": item.prompt, "response": item.response}
        return fill(self.panel.template, texts, {"low": low, "high": high})
