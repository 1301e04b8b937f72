"""Samples to scores: one text each, a problem's samples together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from lcbrb.errors import BadScoreError
from lcbrb.protocols.reward import Item
from lcbrb.rewards.base import ItemScore, RewardModel
from lcbrb.rewards.best_of.samples import JudgedSample
from lcbrb.rewards.scoring import Scores, filled, score_rows
from lcbrb.runs.folder import SAMPLE_SCORES, Run
from lcbrb.types import SampleKey, ScoredSample

PORTION = 64  # samples, or one group where that has more
_NONE = ItemScore(score=None)


class SampleScores(Scores[JudgedSample, ScoredSample]):
    """A run's lines of samples."""

    model: RewardModel

    def __init__(self, model: RewardModel, run: Run) -> None:
        super().__init__(model, run, SAMPLE_SCORES, ScoredSample)

    @staticmethod
    def key(row: JudgedSample | ScoredSample) -> SampleKey:
        """The sample's."""
        return row.key

    @staticmethod
    def portions(rows: Sequence[JudgedSample]) -> list[list[JudgedSample]]:
        """Whole groups, so that what their texts share is in one call."""
        groups = groupby(rows, key=lambda sample: sample.group)
        return filled((list(group) for _, group in groups), PORTION)

    @staticmethod
    def name(item: object, row: JudgedSample) -> str:
        """The sample and its problem."""
        if item not in _items(row):
            return ""
        return f"sample {row.sample_index} of {row.problem_id}"

    def cost(self, rows: Sequence[JudgedSample]) -> dict[str, int]:  # noqa: ARG002
        """How many samples were scored now."""
        return {"tokens_samples": self.fresh}

    def lines(self, portions: Sequence[Sequence[JudgedSample]]) -> Iterator[list[ScoredSample]]:
        """Samples' lines; an empty response is never read and has no score."""
        for samples, scores in score_rows(self.model, portions, _items):
            yield [self._line(sample, scores) for sample in samples]

    def _line(self, sample: JudgedSample, scores: Mapping[Item, ItemScore]) -> ScoredSample:
        scored = scores[_items(sample)[0]] if sample.response else _NONE
        if scored.score is not None and not math.isfinite(scored.score):
            raise BadScoreError(
                f"{self.model.id} scored sample {sample.sample_index} of {sample.problem_id} as "
                f"{scored.score}: not a finite number, so the run stops here"
            )
        return ScoredSample(
            problem_id=sample.problem_id,
            policy_id=sample.policy_id,
            sample_index=sample.sample_index,
            passed=sample.passed,
            score=scored.score,
            truncated=scored.truncated,
        )


def _items(sample: JudgedSample) -> tuple[Item, ...]:
    """What is to be scored: the response, if there is any."""
    if not sample.response:
        return ()
    return (Item(prompt=sample.prompt, response=sample.response),)
