"""What rankers reach that read no reasoning: length, format, words, code without prose, verdicts.

Fitted ones are cross-validated: each pair is ranked by weights that were fitted to pairs of other
problems (those that share a prompt count as one), so what they reach holds for problems to come,
and a side that is the *shorter* one gives the answer away as well as one that is longer. Intervals
are clustered by problem and take the weights as given.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lcbrb.pairs.audit import linear_ranker, text_features
from lcbrb.pairs.audit.linear_ranker import Floats
from lcbrb.pairs.audit.report import Shortcut, Weight
from lcbrb.pairs.audit.text_features import Reader
from lcbrb.problem_groups import fold_places, problem_groups
from lcbrb.rewards.kinds.baselines import Format, Length
from lcbrb.rewards.metrics import accuracy
from lcbrb.rewards.pair_scores import score_portion
from lcbrb.stats import cluster_mean, wilson
from lcbrb.types import Estimate, PreferencePair, Side, Status

FOLDS = 5
FEWEST = 20  # pairs that a part must stand in before a shortcut goes by it
RESAMPLES = 2000
TIE = 0.5
_TELLING = 10
_ONE_PROBLEM = "all pairs are of one problem"
_PASSES = "(any text)"  # the column that is 1 for every text: how many pass at all

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A shortcut as it is reported, and its points by pair, where it applies to all of them."""

    shortcut: Shortcut
    points_N: Floats | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What a fitted shortcut reads; `scaled`: see `linear_ranker`."""

    name: str
    reads: str
    read: Reader
    scaled: bool = False
    needs_code: bool = False


_PARTS = (
    _Part(
        name="length",
        reads="how many characters, words, lines and sentences",
        read=text_features.length_of,
        scaled=True,
    ),
    _Part(
        name="format",
        reads="how many fences, headings, lists, formulas, numbers, …",
        read=text_features.format_of,
        scaled=True,
    ),
    _Part(name="words", reads="which words, in no order", read=text_features.words_of),
    _Part(
        name="code alone",
        reads="the fenced code, without the reasoning",
        read=text_features.code_of,
        needs_code=True,
    ),
    _Part(
        name="prose alone",
        reads="the words outside code fences",
        read=text_features.prose_of,
        needs_code=True,
    ),
    _Part(
        name="tone",
        reads="words about its own success: fails, works, not sure, wait, …",
        read=text_features.tone_of,
        scaled=True,
    ),
)


_PROGRAM = _Part(
    name="program alone",
    reads="the two programs, which these pairs do not show",
    read=text_features.code_of,
    needs_code=True,
)


def shortcuts(
    pairs: Sequence[PreferencePair],
    kind_of: Callable[[PreferencePair], str],
    programs: Sequence[PreferencePair] = (),
    on_part: Callable[[int], object] = int,
) -> list[Ranked]:
    """Every shortcut on some pairs.

    Args:
        pairs: at least one.
        kind_of: the kind of a pair; accuracies are told apart by it where there are several.
        programs: pairs with their programs in place of their texts (`program_pairs`).
        on_part: called after each, for a progress bar.
    """
    kinds = [kind_of(pair) for pair in pairs]
    by_rule = [
        ("longer wins", "which side has more characters", Length()),
        ("more formatting wins", "which side has more formatting", Format()),
    ]
    ranked = []
    for name, reads, model in by_rule:
        won = np.array(accuracy.points(score_portion(model, pairs)))
        ranked.append(_ranked(pairs, kinds, won, name, reads, fitted=False))
        on_part(1)
    for part in _PARTS:
        ranked.append(_fitted(pairs, kinds, part))
        on_part(1)
    if programs:
        ranked.append(_fitted(programs, [kind_of(pair) for pair in programs], _PROGRAM))
    ranked += _by_verdict(pairs, kinds)
    on_part(1)
    return ranked


def _fitted(pairs: Sequence[PreferencePair], kinds: Sequence[str], part: _Part) -> Ranked:
    """A part's ranker, cross-validated over the pairs that have that part."""
    kept = [
        i
        for i, pair in enumerate(pairs)
        if not part.needs_code or any(map(text_features.has_code, (pair.chosen, pair.rejected)))
    ]
    if len(kept) < FEWEST and part.needs_code:
        return _none(part.name, part.reads, f"{len(kept)} pairs have a code fence")
    own = [pairs[i] for i in kept]
    columns, better_N_D, worse_N_D = _tables(own, part.read)
    gaps_N_D = (better_N_D - worse_N_D).tocsr()

    def fit(rest: Places) -> Floats:
        return linear_ranker.fit(gaps_N_D[rest], scaled=part.scaled)

    won = _cross_validated(own, better_N_D, worse_N_D, fit)
    if won is None:
        return _none(part.name, part.reads, _ONE_PROBLEM)
    telling = _telling(columns, fit(np.arange(len(own))), gaps_N_D)
    own_kinds, whole = [kinds[i] for i in kept], len(own) == len(pairs)
    return _ranked(own, own_kinds, won, part.name, part.reads, telling=telling, whole=whole)


def _cross_validated(
    pairs: Sequence[PreferencePair],
    better_N_D: Any,
    worse_N_D: Any,
    fit: Callable[[Places], Floats],
) -> Floats | None:
    """Each pair's points by weights fitted to other problems' pairs; None where there are none."""
    count = min(FOLDS, len(problem_groups(pairs)))
    if count <= 1:
        return None
    won = np.zeros(len(pairs))
    for fold in fold_places(pairs, count, 0):
        held = np.array(sorted(fold))
        weights = fit(np.setdiff1d(np.arange(len(pairs)), held))
        won[held] = linear_ranker.points(better_N_D[held] @ weights, worse_N_D[held] @ weights)
    return won


def _tables(pairs: Sequence[PreferencePair], read: Reader) -> tuple[dict[str, int], Any, Any]:
    return linear_ranker.tables(
        [pair.chosen for pair in pairs], [pair.rejected for pair in pairs], read
    )


def _telling(columns: Mapping[str, int], weights: Floats, gaps_N_D: Any) -> tuple[Weight, ...]:
    """The features that weigh most, those for the chosen side first."""
    sizes = np.asarray(abs(gaps_N_D).sum(axis=0)).ravel()
    shares = weights * sizes / max(1.0, float(sizes.max(initial=0.0)))
    names = {place: name for name, place in columns.items()}
    order = np.argsort(-np.abs(shares), kind="stable")[: 2 * _TELLING]
    telling = [Weight(feature=names[i], weight=float(weights[i])) for i in order if weights[i]]
    return tuple(sorted(telling, key=lambda weight: -weight.weight))


# ------------------------------------------------------------------------------- the verdict


def passed(side: Side | None) -> bool | None:
    """Whether a side's answer is right, as far as its verdict tells."""
    return None if side is None or side.verdict is None else side.verdict.status is Status.PASSED


def _by_verdict(pairs: Sequence[PreferencePair], kinds: Sequence[str]) -> list[Ranked]:
    """What those reach who know, or guess from the words, whether each side's answer passes."""
    known = "verdict known", "whether each side's answer passed its tests, as recorded"
    guessed = "verdict guessed", "the words, to guess whether the side's answer passes"
    outcomes = [(passed(pair.chosen_side), passed(pair.rejected_side)) for pair in pairs]
    kept = [i for i, sides in enumerate(outcomes) if None not in sides]
    own, own_kinds = [pairs[i] for i in kept], [kinds[i] for i in kept]
    by_word = _none(*known, "no pair carries verdicts of both sides")
    if kept:
        won = np.array([(1.0 + bool(outcomes[i][0]) - bool(outcomes[i][1])) / 2.0 for i in kept])
        by_word = _ranked(own, own_kinds, won, *known, fitted=False)
    if len(kept) < FEWEST:
        why = f"{len(kept)} pairs carry verdicts of both sides"
        return [by_word, _none(*guessed, why)]
    from scipy.sparse import vstack

    _, better, worse = _tables(own, lambda text: {**text_features.words_of(text), _PASSES: 1.0})
    signs = np.array([[1.0 if outcome else -1.0 for outcome in outcomes[i]] for i in kept])
    signed = [side.multiply(signs[:, [at]]).tocsr() for at, side in enumerate((better, worse))]

    def fit(rest: Places) -> Floats:
        return linear_ranker.fit(vstack([side[rest] for side in signed]))

    guesses = _cross_validated(own, better, worse, fit)
    if guesses is None:
        return [by_word, _none(*guessed, _ONE_PROBLEM)]
    return [by_word, _ranked(own, own_kinds, guesses, *guessed)]


# ---------------------------------------------------------------------------------- reporting


def _ranked(  # noqa: PLR0913 - a shortcut's parts
    pairs: Sequence[PreferencePair],
    kinds: Sequence[str],
    won: Floats,
    name: str,
    reads: str,
    *,
    fitted: bool = True,
    telling: tuple[Weight, ...] = (),
    whole: bool = True,
) -> Ranked:
    problems = [pair.problem_id for pair in pairs]
    several = sorted(set(kinds)) if len(set(kinds)) > 1 else []
    shortcut = Shortcut(
        name=name,
        reads=reads,
        fitted=fitted,
        accuracy=mean(won.tolist(), problems),
        by_kind={
            kind: mean(
                [float(point) for point, own in zip(won, kinds, strict=True) if own == kind],
                [problem for problem, own in zip(problems, kinds, strict=True) if own == kind],
            )
            for kind in several
        },
        telling=telling,
    )
    return Ranked(shortcut=shortcut, points_N=won if whole else None)


def _none(name: str, reads: str, why: str) -> Ranked:
    return Ranked(
        shortcut=Shortcut(name=name, reads=reads, fitted=True, accuracy=None, why=why, by_kind={})
    )


def mean(values: Sequence[float], problems: Sequence[str]) -> Estimate:
    """The mean with an interval clustered by problem.

    Where all is a tie, the interval is what the share of pairs that are none may be (Wilson over
    problems), half of it to each side: what ties on every pair gives little away.
    """
    estimate = cluster_mean(values, problems, resamples=RESAMPLES)
    if set(values) != {TIE}:
        return estimate
    most = wilson(0, estimate.clusters).high or 0.0
    return dataclasses.replace(
        estimate,
        low=TIE - most / 2.0,
        high=TIE + most / 2.0,
        method="all ties: wilson over clusters for the share that is none",
    )
