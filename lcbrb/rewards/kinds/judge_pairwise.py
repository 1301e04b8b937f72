"""Two texts side by side: which is better, asked in both orders or in one that is drawn.

An order's preference is the mean of its votes, a pair's the mean of its orders; exactly 0.5 is a
tie. An order without a vote has no say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lcbrb.judges.asking import account
from lcbrb.judges.options import Orders
from lcbrb.judges.templates import fill
from lcbrb.judges.votes import Vote, comparison, mean, read_vote
from lcbrb.rewards.base import PairwiseModel
from lcbrb.rewards.kinds.judge_base import JudgeModel
from lcbrb.rewards.pair_scores import score_portion
from lcbrb.rewards.sides import scored_pair, sides_of
from lcbrb.types import PreferencePair, Prompt, ScoredPair

_FIRST, _SECOND = "chosen first", "chosen second"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairwiseJudge(JudgeModel, PairwiseModel):
    """Compares the two sides of a pair."""

    def compare(self, pairs: Sequence[PreferencePair]) -> list[float]:
        """Preference for `chosen` a pair; 0.5 also where no reply could be read.

        Raises:
            IncompleteRunError: the policy failed to give replies.
        """
        return [line.chosen_score for line in score_portion(self, pairs)]

    def compare_portions(
        self, portions: Sequence[Sequence[PreferencePair]]
    ) -> Iterator[list[ScoredPair]]:
        """Pairs with their scores, each once its last reply is there.

        Raises:
            IncompleteRunError: the policy failed to give replies; all other pairs were given.
            LcbrbError: whatever the policy raises.
        """
        template = self.judge.template
        reader = comparison(template.words)
        wanted = ((pair, dict(self._prompts(pair))) for pairs in portions for pair in pairs)
        for pair, replies in self.judge.replies(wanted, "pairs"):
            votes = {
                place: [read_vote(one, reader, template.lead) for one in some]
                for place, some in replies.items()
            }
            yield [_compared(self.id, pair, votes)]

    def _prompts(self, pair: PreferencePair) -> Iterator[tuple[str, Prompt]]:
        """A pair's prompts, by the place of its chosen side."""
        drawn = _drawn_first(pair, self.judge.options.seed)
        both = self.judge.options.orders is Orders.BOTH
        if both or drawn:
            yield _FIRST, self._prompt(pair)
        if both or not drawn:
            yield _SECOND, self._prompt(pair.swap())

    def _prompt(self, pair: PreferencePair) -> Prompt:
        """The chosen side of the pair that is given stands first."""
        first, second = sides_of(pair)
        words = self.judge.template.words
        problem = first.prompt
        if first.prompt != second.prompt:
            problem = (
                "The two were given different versions of the problem.\n\n"
                f"The version that {words.first} was given:\n{first.prompt}\n\n"
                f"The version that {words.second} was given:\n{second.prompt}"
            )
        texts = {"prompt": problem, "first": first.response, "second": second.response}
        return fill(self.judge.template, texts, {})


def _drawn_first(pair: PreferencePair, seed: int) -> bool:
    """Whether the chosen side stands first in the one order that is drawn.

    Drawn from the texts alone: which of them is called the chosen one has no part in it.
    """
    chosen, rejected = (
        hashlib.sha256(f"{seed}\0{side.prompt}\0{side.response}".encode()).digest()
        for side in sides_of(pair)
    )
    return chosen <= rejected


def _compared(
    model_id: str, pair: PreferencePair, votes: Mapping[str, Sequence[Vote]]
) -> ScoredPair:
    """A pair's score; a vote counts for the text that stood first in its own order."""
    first, last = mean(votes.get(_FIRST, ())), mean(votes.get(_SECOND, ()))
    second = None if last is None else 1 - last
    read = [one for one in (first, second) if one is not None]
    preference = sum(read, Fraction(0)) / len(read) if read else Fraction(1, 2)
    every = [vote for some in votes.values() for vote in some]
    return scored_pair(
        model_id,
        pair,
        (float(preference), float(1 - preference)),
        unparsable=not read,
        judged=account(every, orders=len(votes), first=first, second=second),
    )
