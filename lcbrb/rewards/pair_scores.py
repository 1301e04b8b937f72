"""Pairs to scores: two texts each, or two side by side, those of one prompt together."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence

from lcbrb.errors import UsageError
from lcbrb.protocols.reward import Item
from lcbrb.rewards.base import ItemScore, PairwiseModel, Ranker, RewardModel
from lcbrb.rewards.forward import accounting
from lcbrb.rewards.pair_sides import scored_pair, sides_of
from lcbrb.rewards.scoring import Scores, filled, score_rows
from lcbrb.runs.folder import SCORES, Run
from lcbrb.types import JudgeVotes, PreferencePair, ScoredPair

PORTION = 32


def rank_pairs(
    model: Ranker,
    portions: Sequence[Sequence[PreferencePair]],
    tokens: MutableMapping[Item, int] | None = None,
) -> Iterator[list[ScoredPair]]:
    """Portions' pairs with their scores, as they come; see `RewardModel.score_portions`.

    `tokens` takes in the length of each text, where the model knows it.
    """
    if isinstance(model, PairwiseModel):
        yield from model.compare_portions(portions)
    elif isinstance(model, RewardModel):
        for pairs, scores in score_rows(model, portions, sides_of):
            for item in itertools.chain.from_iterable(map(sides_of, pairs)):
                if tokens is not None and (length := scores[item].tokens) is not None:
                    tokens[item] = length
            yield [_line(model, pair, scores) for pair in pairs]


def score_portion(model: Ranker, pairs: Sequence[PreferencePair]) -> list[ScoredPair]:
    """The scores of some pairs, in order; a text that stands in several is scored once.

    Raises:
        LcbrbError: as `rank_pairs`.
    """
    by_pair = {line.pair_id: line for lines in rank_pairs(model, [pairs]) for line in lines}
    return [by_pair[pair.id] for pair in pairs]


def _line(
    model: RewardModel, pair: PreferencePair, of_item: Mapping[Item, ItemScore]
) -> ScoredPair:
    """A pair's line: without a score on a side the two can't be told apart."""
    chosen, rejected = (of_item[item] for item in sides_of(pair))
    unparsable = chosen.score is None or rejected.score is None
    scores = model.unread, model.unread
    if chosen.score is not None and rejected.score is not None:
        scores = chosen.score, rejected.score
    return scored_pair(
        model.id,
        pair,
        scores,
        truncated=chosen.truncated or rejected.truncated,
        unparsable=unparsable,
        judged=_together(chosen.votes, rejected.votes),
        steps=rejected.steps,
    )


def _together(chosen: JudgeVotes | None, rejected: JudgeVotes | None) -> JudgeVotes | None:
    """A judge's votes on both sides, which were asked one by one."""
    if chosen is None or rejected is None:
        return None
    return JudgeVotes(
        orders=0,
        votes=chosen.votes + rejected.votes,
        unparsable=chosen.unparsable + rejected.unparsable,
        truncated=chosen.truncated + rejected.truncated,
    )


class PairScores(Scores[PreferencePair, ScoredPair]):
    """A run's lines of pairs."""

    def __init__(self, model: Ranker, run: Run) -> None:
        super().__init__(model, run, SCORES, ScoredPair)
        self._tokens: dict[Item, int] = {}

    @staticmethod
    def key(row: PreferencePair | ScoredPair) -> str:
        """Its id."""
        return row.id if isinstance(row, PreferencePair) else row.pair_id

    @staticmethod
    def portions(rows: Sequence[PreferencePair]) -> list[list[PreferencePair]]:
        """Pairs in portions of at most `PORTION`, those of one prompt together.

        Prompts come in the order of their first pair. A prompt's pairs are only parted where they
        are more than a portion.
        """
        groups: dict[str, list[PreferencePair]] = {}
        for pair in rows:
            groups.setdefault(pair.prompt, []).append(pair)
        return filled(
            (
                group[at : at + PORTION]
                for group in groups.values()
                for at in range(0, len(group), PORTION)
            ),
            PORTION,
        )

    @staticmethod
    def name(item: object, row: PreferencePair) -> str:
        """The pair and its side."""
        for side, other in zip(("chosen", "rejected"), sides_of(row), strict=True):
            if item == other:
                return f"the {side} side of pair {row.id[:12]} (problem {row.problem_id})"
        return ""

    def lines(self, portions: Sequence[Sequence[PreferencePair]]) -> Iterator[list[ScoredPair]]:
        """As `rank_pairs`."""
        return rank_pairs(self.model, portions, self._tokens)

    def make(self, rows: Sequence[PreferencePair], on_rows: Callable[[int], object] = int) -> None:
        """As `Scores.make`.

        Raises:
            UsageError: two different pairs have one id, too.
        """
        _check_ids(rows)
        super().make(rows, on_rows)

    def cost(self, rows: Sequence[PreferencePair]) -> dict[str, int]:
        """Tokens of two padded passes in file order over what was scored now, and its pairs."""
        known, sides = self._tokens, map(sides_of, rows)
        naive = accounting.naive_tokens(
            [(known[a], known[b]) for a, b in sides if a in known and b in known]
        )
        return {"tokens_naive": naive * self.model.forward_passes, "tokens_pairs": self.fresh}


def _check_ids(pairs: Sequence[PreferencePair]) -> None:
    """Scores are kept by id, so an id must mean one thing (an edited file may break that)."""
    sides: dict[str, tuple[Item, Item]] = {}
    for pair in pairs:
        if sides.setdefault(pair.id, sides_of(pair)) != sides_of(pair):
            raise UsageError(
                f"two pairs with different texts have the id {pair.id[:12]} "
                f"(problem {pair.problem_id}): give each its own"
            )
