"""`judge:`: a language model asked what it thinks of a reasoning process.

``judge:POLICY`` shows the two texts of a pair side by side, by default in both orders. An order's
preference is the mean of its votes, a pair's the mean of its orders; exactly 0.5 is a tie. An order
without a vote has no say. ``judge:POLICY?mode=pointwise`` gives each text a score within a declared
range, the mean of its votes. How replies are read is in `lcbrb.judges.judgements`, what is asked in
`templates`, the options in `options`.

A reply that can't be read is no vote. Where a pair has none at all, it is a tie,
marked and counted. A reply that the policy failed to give is a failure of ours: its pair has no
score, and the run ends incomplete.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from lcbrb.judges.asking import Judge, account
from lcbrb.judges.judgements import Vote, comparison, mean, plain, read_vote, score
from lcbrb.judges.options import Orders, load_policy, read_options
from lcbrb.judges.templates import Mode, fill, load_template
from lcbrb.policies.cache import Cached
from lcbrb.protocols.reward import Item
from lcbrb.registry import Spec
from lcbrb.rewards.base import ItemScore, PairwiseModel, Ranker, RewardModel
from lcbrb.rewards.pair_scores import score_portion
from lcbrb.rewards.pair_sides import scored_pair, sides_of
from lcbrb.rewards.scoring import score_items
from lcbrb.types import JsonValue, PreferencePair, Prompt, ScoredPair, TrainedProblem

_FIRST, _SECOND = "chosen first", "chosen second"


def from_spec(spec: Spec) -> PairwiseJudge | PointwiseJudge:
    """``judge:POLICY``, with the judge's options and the policy's (see `options`).

    Raises:
        UsageError, UnknownNameError: options that don't fit, or no policy that can be asked.
        DataUnavailableError, BadInputError: the template can't be read or is none.
        SetupError: what the policy needs is not installed.
    """
    options, asked = read_options(spec)
    policy = load_policy(asked)
    judge = Judge(
        policy=Cached(policy=policy) if options.cache else policy,
        template=load_template(options.template, options.mode),
        options=options,
    )
    if options.mode is Mode.PAIRWISE:
        return PairwiseJudge(id=spec.text, judge=judge)
    return PointwiseJudge(id=spec.text, judge=judge)


@dataclass(frozen=True, slots=True, kw_only=True)
class _JudgeModel(Ranker):
    """A reward model that asks a judge; what that says of one text depends on no other."""

    each_alone: ClassVar[bool] = True
    asks_others: ClassVar[bool] = True

    id: str
    judge: Judge

    @property
    def revision(self) -> str | None:
        """The policy's."""
        return self.judge.policy.revision

    @property
    def trained_on(self) -> Sequence[TrainedProblem]:
        """The policy's."""
        return self.judge.policy.trained_on

    @property
    def identity(self) -> dict[str, JsonValue]:
        """What the record says of it."""
        return self.judge.identity

    def load(self) -> None:
        """Load now, so that the time to load is not counted as scoring."""
        self.judge.policy.load()


@dataclass(frozen=True, slots=True, kw_only=True)
class PairwiseJudge(_JudgeModel, PairwiseModel):
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
        reader = comparison(template)
        wanted = ((pair, dict(self._prompts(pair))) for pairs in portions for pair in pairs)
        for pair, replies in self.judge.replies(wanted, "pairs have no score"):
            votes = {
                place: [read_vote(text, reader, template.lead) for text in texts]
                for place, texts in replies.items()
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
        rubric = self.judge.template
        problem = first.spoken
        if first.spoken != second.spoken:
            problem = (
                "The two were given different versions of the problem.\n\n"
                f"The version that {rubric.first} was given:\n{first.spoken}\n\n"
                f"The version that {rubric.second} was given:\n{second.spoken}"
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
    read = [vote for vote in (first, second) if vote is not None]
    preference = sum(read, Fraction(0)) / len(read) if read else Fraction(1, 2)
    every = [vote for group in votes.values() for vote in group]
    return scored_pair(
        model_id,
        pair,
        (float(preference), float(1 - preference)),
        unparsable=not read,
        judged=account(every, orders=len(votes), first=first, second=second),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PointwiseJudge(_JudgeModel, RewardModel):
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
        return [self.unread if value is None else value for value in score_items(self, items)]

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
        reader = score(template.marker, *self.bounds)
        wanted = ((item, {"": self._prompt(item)}) for item in askers)
        for item, replies in self.judge.replies(wanted, "texts have no score"):
            votes = [read_vote(reply, reader, template.lead) for reply in replies[""]]
            average = mean(votes)
            item_score = ItemScore(
                score=None if average is None else float(average), votes=account(votes, orders=0)
            )
            for number in askers[item]:
                yield number, {item: item_score}

    def _prompt(self, item: Item) -> Prompt:
        low, high = (plain(bound) for bound in self.bounds)
        texts = {"prompt": item.spoken, "response": item.response}
        return fill(self.judge.template, texts, {"low": low, "high": high})
