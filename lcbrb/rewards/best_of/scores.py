"""A best-of run's scores, sample by sample: those that its folder holds and those made now."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from lcbrb.errors import BadScoreError
from lcbrb.protocols.reward import Item
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.best_of.samples import JudgedSample
from lcbrb.rewards.scoring import Opines
from lcbrb.runs.folder import SAMPLE_SCORES, Run
from lcbrb.types import ScoredSample

PORTION = 64  # samples, or one group where that has more


class Scores:
    """The scores that a run folder holds, and those that are made now."""

    def __init__(self, run: Run) -> None:
        self._run = run
        rows = run.stored(ScoredSample, SAMPLE_SCORES)
        self.known = {(row.problem_id, row.policy_id, row.sample_index): row for row in rows}
        self.fresh = 0

    def make(
        self,
        model: RewardModel,
        samples: Sequence[JudgedSample],
        on_samples: Callable[[int], object],
    ) -> None:
        """Score what is missing, in portions that are the same at every start.

        Of one that opines (a judge), only what is missing is asked, all of it at once.
        """
        asked = samples
        if model.each_alone:
            asked = [one for one in samples if one.key not in self.known]
        wanted = [
            one for one in _portions(asked, PORTION) if any(s.key not in self.known for s in one)
        ]
        on_samples(len(samples) - sum(map(len, wanted)))
        if wanted:
            model.load()
        if isinstance(model, Opines):
            portions = _opined(model, [sample for one in wanted for sample in one])
        else:
            portions = (_scored(model, portion) for portion in wanted)
        with self._run.appender(SAMPLE_SCORES) as file:
            for found in portions:
                for one in found:
                    key = one.problem_id, one.policy_id, one.sample_index
                    if key not in self.known:
                        file.append(one)
                        self.known[key] = one
                        self.fresh += 1
                on_samples(len(found))


def _portions(samples: Sequence[JudgedSample], size: int) -> Iterator[list[JudgedSample]]:
    """Whole groups, so that what their texts share is in one call."""
    portion: list[JudgedSample] = []
    for _, group in groupby(samples, key=lambda one: one.group):
        members = list(group)
        if portion and len(portion) + len(members) > size:
            yield portion
            portion = []
        portion += members
    if portion:
        yield portion


def _scored(model: RewardModel, portion: Sequence[JudgedSample]) -> list[ScoredSample]:
    """A portion's scores; a text that stands in it twice is scored once, an empty one never."""
    items = _texts(portion)
    given = model.score(items) if items else []
    if len(given) != len(items):
        raise BadScoreError(
            f"{model.id} gave {len(given)} numbers where {len(items)} were asked for"
        )
    scores = dict(zip(items, map(float, given), strict=True))
    cut = _cut(model, items)
    return [
        _row(model, one, scores.get(_text(one)), truncated=cut.get(_text(one), False))
        for one in portion
    ]


def _opined(model: RewardModel, samples: Sequence[JudgedSample]) -> Iterator[list[ScoredSample]]:
    """The samples of each text, once it has its score or is known to have none.

    Raises:
        IncompleteRunError: some have failed; all others were given.
    """
    items = _texts(samples)
    cut = _cut(model, items)
    of: dict[Item, list[JudgedSample]] = defaultdict(list)
    for one in samples:
        of[_text(one)].append(one)
    yield [_row(model, one, None) for item in of if not item.response for one in of[item]]
    if items and isinstance(model, Opines):
        for item, score in model.opinions(items):
            yield [_row(model, one, score, truncated=cut.get(item, False)) for one in of[item]]


def _text(one: JudgedSample) -> Item:
    return Item(prompt=one.prompt, response=one.response)


def _texts(samples: Sequence[JudgedSample]) -> list[Item]:
    """What is to be scored: each different text once, an empty one never."""
    return list(dict.fromkeys(_text(one) for one in samples if one.response))


def _cut(model: RewardModel, items: Sequence[Item]) -> dict[Item, bool]:
    return dict(zip(items, model.truncated(items), strict=True))


def _row(
    model: RewardModel, one: JudgedSample, score: float | None, *, truncated: bool = False
) -> ScoredSample:
    if score is not None and not math.isfinite(score):
        raise BadScoreError(
            f"{model.id} scored sample {one.sample_index} of {one.problem_id} as {score}: no "
            "finite number, so the run stops here"
        )
    return ScoredSample(
        problem_id=one.problem_id,
        policy_id=one.policy_id,
        sample_index=one.sample_index,
        passed=one.passed,
        score=score,
        truncated=truncated,
    )
