"""What speaks against labels: judges, pairs that stand the other way round, few tests."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

from lcbrb.pairs.audit.report import LabelEvidence
from lcbrb.pairs.audit.shortcuts import mean, passed
from lcbrb.pairs.audit.spreads import spread
from lcbrb.rewards.metrics.doubtful_pairs import at_odds, doubts
from lcbrb.types import Estimate, PreferencePair, Side

_HALF = 0.5


def label_evidence(pairs: Sequence[PreferencePair]) -> LabelEvidence:
    """What the pairs themselves say of their labels; see `LabelEvidence`."""
    words = [_word_against(pair) for pair in pairs]
    doubted = [float(bool(word) or odds) for word, odds in zip(words, at_odds(pairs), strict=True)]
    counts = doubts(pairs).counts
    sides = _sides(pairs)
    agreements = [(agrees, problem) for problem, side in sides for agrees in _agreements(side)]
    agreement = _share(agreements)
    differ = [(odds, problem) for problem, side in sides if (odds := _differs(side)) is not None]
    return LabelEvidence(
        doubted=mean(doubted, [pair.problem_id for pair in pairs]),
        judged_pairs=sum(word is not None for word in words),
        reviewed_pairs=sum(pair.review is not None for pair in pairs),
        judges=tuple(
            sorted({judgement.judge for _, side in sides for judgement in side.judgements})
        ),
        opinions=dict(sorted(Counter(filter(None, (_told(side) for _, side in sides))).items())),
        agreement=agreement,
        opinion_error=None if agreement is None else opinion_error(agreement.value),
        against_tests=_share(differ),
        tests=spread(
            [
                pair.chosen_side.verdict.tests_total
                for pair in pairs
                if pair.chosen_side is not None
                and pair.chosen_side.verdict is not None
                and pair.chosen_side.verdict.tests_total
            ]
        ),
        contradicting_pairs=counts.get("pairs_contradicting", 0),
        repeated_pairs=counts.get("pairs_repeated", 0),
        identical_pairs=counts.get("pairs_identical", 0),
        empty_pairs=counts.get("pairs_empty", 0),
    )


def opinion_error(agreement: float) -> float | None:
    """How often one opinion is wrong, were all wrong equally often and independently.

    Two opinions then agree with probability 1 - 2e(1 - e). Judges that err alike agree when both
    are wrong, so this is the least that there is. None where they agree less than by chance.

    Args:
        agreement: the share of two opinions that are the same.
    """
    if agreement < _HALF:
        return None
    return (1.0 - math.sqrt(2.0 * agreement - 1.0)) / 2.0


def majority(side: Side | None) -> bool | None:
    """Whether most opinions find a side's reasoning sound; None without any, or in a draw."""
    words = (
        [judgement.sound for judgement in side.judgements if judgement.sound is not None]
        if side
        else []
    )
    total = sum(1 if word else -1 for word in words)
    return None if total == 0 else total > 0


def _word_against(pair: PreferencePair) -> bool | None:
    """Whether people or, where none reviewed the pair, judges speak against the label.

    None where nobody said anything.
    """
    if (review := pair.review) is not None and review.chosen + review.rejected + review.equal:
        return review.chosen <= review.rejected + review.equal
    chosen, rejected = majority(pair.chosen_side), majority(pair.rejected_side)
    if chosen is None and rejected is None:
        return None
    return chosen is False or rejected is True


def _sides(pairs: Sequence[PreferencePair]) -> list[tuple[str, Side]]:
    """Each side once, with its problem; a completion may stand in several pairs."""
    sides: dict[tuple[str, str, int, str], Side] = {}
    for pair in pairs:
        for side in (pair.chosen_side, pair.rejected_side):
            if side is not None:
                key = (pair.problem_id, side.sampler, side.sample_index, side.sha256)
                sides.setdefault(key, side)
    return [(problem, side) for (problem, *_), side in sides.items()]


def _agreements(side: Side) -> Iterator[float]:
    """Of every two opinions on a side, votes of one judge among them, whether they are the same."""
    words = [
        word
        for judgement in side.judgements
        for word in ([vote.sound for vote in judgement.votes] or [judgement.sound])
        if word is not None
    ]
    for word, other in combinations(words, 2):
        yield float(word == other)


def _differs(side: Side) -> float | None:
    """Whether judges and tests disagree on a side."""
    right, sound = passed(side), majority(side)
    return None if right is None or sound is None else float(right != sound)


def _told(side: Side) -> str:
    """What tests and judges say of a side, where both do."""
    right, sound = passed(side), majority(side)
    if right is None or sound is None:
        return ""
    return f"{'passes' if right else 'fails'}, {'sound' if sound else 'flawed'}"


def _share(rows: Sequence[tuple[float, str]]) -> Estimate | None:
    return mean([value for value, _ in rows], [problem for _, problem in rows]) if rows else None
