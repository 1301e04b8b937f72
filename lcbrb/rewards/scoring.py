"""Pairs to scores: in fixed portions, each text once, resumable to the same numbers.

A portion is always the same pairs, so a resumed run gives a model the batches that an undisturbed
run gives it. Pairs of one prompt stand together: within a portion a text that stands in several
pairs is scored once, and a model that can computes what texts begin with once (`forward`). While
the model computes one portion, a thread makes the next one ready.
"""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from lcbrb.errors import BadScoreError, NothingLeftError, UsageError
from lcbrb.protocols.reward import Item, Prepared
from lcbrb.rewards.base import PairwiseModel, Ranker, RewardModel
from lcbrb.rewards.forward import accounting
from lcbrb.runs.folder import SCORES, Run
from lcbrb.types import Outcome, PreferencePair, ScoredPair

PORTION = 32

Portion = tuple[PreferencePair, ...]


class ScoresPortions(Ranker):
    """A reward model that takes portions as they are, several at a time (`replicas`)."""

    @abstractmethod
    def score_portions(
        self, portions: Iterable[Portion]
    ) -> Iterator[tuple[Portion, list[ScoredPair]]]:
        """Each portion with its scores, in any order."""


class Opines(RewardModel):
    """A reward model that may have no score for a text: a judge, or what rests on one."""

    @abstractmethod
    def opinions(self, items: Iterable[Item]) -> Iterator[tuple[Item, float | None]]:
        """Each different item with its score, in any order; None where it has none.

        What has failed is left out, and an IncompleteRunError comes after all others.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """All pairs' scores, in order; `fresh` of them were made now, in `seconds`.

    `tokens` is what that took (`accounting.Tally`), ``tokens_naive`` what two padded passes in
    file order would have taken, ``tokens_pairs`` of how many pairs (a start that was killed left no
    counts behind); `notes` are for the user. Empty for models without tokens.
    """

    pairs: Sequence[ScoredPair]
    fresh: int
    seconds: float
    tokens: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def score_pairs(
    model: Ranker,
    pairs: Sequence[PreferencePair],
    run: Run,
    on_pairs: Callable[[int], object] = int,
) -> Scored:
    """Score every pair that the run folder does not hold yet.

    Args:
        model: what scores.
        pairs: in an order that is the same at each start.
        run: where scores are kept, as they come.
        on_pairs: called with a number of pairs done, for a progress bar.

    Raises:
        BadScoreError: a score is NaN or infinite, or one is missing; earlier portions are kept.
        UsageError: two different pairs have one id, or a cut leaves nothing of a side.
        LcbrbError: whatever the model raises.
    """
    _check_ids(pairs)
    known = {scored.pair_id: scored for scored in run.stored(ScoredPair, SCORES)}
    fresh, seconds = 0, 0.0
    asked = pairs
    if model.each_alone:
        asked = [pair for pair in pairs if pair.id not in known]
    wanted = [one for one in portions_of(asked) if {pair.id for pair in one} - known.keys()]
    on_pairs(len(pairs) - sum(map(len, wanted)))
    if wanted:
        model.load()
    began = time.perf_counter()
    lengths: dict[Item, int] = {}
    with accounting.tallying() as tally:
        try:
            with run.appender(SCORES) as file:
                for portion, found in _scores(model, wanted, lengths):
                    scored = {one.pair_id: one for one in found}
                    missing = scored.keys() - known.keys()
                    for pair_id, one in scored.items():
                        if pair_id in missing:
                            file.append(one)
                            known[pair_id] = one
                    fresh += len(missing)
                    seconds = time.perf_counter() - began
                    on_pairs(len(portion))
        except NothingLeftError as error:
            raise UsageError(f"{_named(error.item, pairs)}: {error}") from error
        finally:
            if tally.tokens:  # told to whoever counts a run that stops here, too
                naive = _naive(pairs, lengths) * model.forward_passes
                accounting.spent(naive=naive, pairs=fresh)
    return Scored(
        pairs=[known[pair.id] for pair in pairs],
        fresh=fresh,
        seconds=seconds,
        tokens=dict(tally.tokens),
        notes=tuple(tally.notes),
    )


def portions_of(pairs: Sequence[PreferencePair]) -> list[Portion]:
    """Pairs in portions of at most `PORTION`, those of one prompt together.

    Prompts come in the order of their first pair. A prompt's pairs are only parted where they are
    more than a portion.
    """
    groups: dict[str, list[PreferencePair]] = {}
    for pair in pairs:
        groups.setdefault(pair.prompt, []).append(pair)
    found: list[Portion] = []
    filling: list[PreferencePair] = []
    for group in groups.values():
        for at in range(0, len(group), PORTION):
            part = group[at : at + PORTION]
            if len(filling) + len(part) > PORTION:
                found.append(tuple(filling))
                filling = []
            filling += part
    return [*found, tuple(filling)] if filling else found


def _naive(pairs: Sequence[PreferencePair], lengths: Mapping[Item, int]) -> int:
    sides = [sides_of(pair) for pair in pairs]
    return accounting.naive_tokens(
        [(lengths[a], lengths[b]) for a, b in sides if a in lengths and b in lengths]
    )


def _named(item: object, pairs: Sequence[PreferencePair]) -> str:
    """The first pair in which a text stands, and its side."""
    for pair in pairs:
        for side, one in zip(("chosen", "rejected"), sides_of(pair), strict=True):
            if one == item:
                return f"the {side} side of pair {pair.id[:12]} (problem {pair.problem_id})"
    return "a pair"


def _check_ids(pairs: Sequence[PreferencePair]) -> None:
    """Scores are kept by id, so an id must mean one thing (an edited file may break that)."""
    sides: dict[str, tuple[Item, Item]] = {}
    for pair in pairs:
        if sides.setdefault(pair.id, sides_of(pair)) != sides_of(pair):
            raise UsageError(
                f"two pairs with different texts have the id {pair.id[:12]} "
                f"(problem {pair.problem_id}): give each its own"
            )


def _scores(
    model: Ranker, portions: Sequence[Portion], lengths: dict[Item, int]
) -> Iterator[tuple[Portion, list[ScoredPair]]]:
    """Each portion with its scores; `lengths` takes in the tokens of each item."""
    if isinstance(model, ScoresPortions):
        yield from model.score_portions(portions)
    elif isinstance(model, RewardModel):
        for portion, prepared in _ahead(model, portions):
            if prepared.lengths:
                lengths.update(zip(items_of(portion), prepared.lengths, strict=True))
            yield portion, _score_prepared(model, portion, prepared)
    else:
        for portion in portions:
            yield portion, score_portion(model, portion)


def _ahead(model: RewardModel, portions: Sequence[Portion]) -> Iterator[tuple[Portion, Prepared]]:
    """Each portion made ready, in order, the next one meanwhile in a thread."""
    with ThreadPoolExecutor(1, thread_name_prefix="prepare") as thread:
        waiting = [thread.submit(model.prepare, items_of(one)) for one in portions[:1]]
        # not strict: where no pairs are left, there is no portion and one None
        for portion, after in zip(portions, [*portions[1:], None], strict=False):
            prepared = waiting.pop().result()
            if after is not None:
                waiting.append(thread.submit(model.prepare, items_of(after)))
            yield portion, prepared


def score_portion(model: Ranker, pairs: Sequence[PreferencePair]) -> list[ScoredPair]:
    """The scores of some pairs, in order; a text that stands in several is scored once.

    Raises:
        BadScoreError: a score is NaN or infinite, or one is missing; a preference is not in 0 to 1.
    """
    if isinstance(model, RewardModel):
        return _score_prepared(model, pairs, model.prepare(items_of(pairs)))
    if not isinstance(model, PairwiseModel):
        raise TypeError(model)
    preferences = _numbers(model.id, model.compare(pairs), len(pairs))
    for pair, preference in zip(pairs, preferences, strict=True):
        if not 0.0 <= preference <= 1.0 and math.isfinite(preference):
            raise BadScoreError(
                f"{model.id} gave pair {pair.id[:12]} the preference {preference}: it must be from "
                "0 (rejected) to 1 (chosen)"
            )
    return [
        _scored(model.id, pair, preference, 1.0 - preference, truncated=False)
        for pair, preference in zip(pairs, preferences, strict=True)
    ]


def items_of(pairs: Sequence[PreferencePair]) -> list[Item]:
    """What is to be scored of some pairs: each different text once, in order."""
    return list(dict.fromkeys(item for pair in pairs for item in sides_of(pair)))


def _score_prepared(
    model: RewardModel, pairs: Sequence[PreferencePair], prepared: Prepared
) -> list[ScoredPair]:
    items = items_of(pairs)
    given = model.score_prepared(prepared)
    cuts = prepared.truncated or model.truncated(items)
    scores = dict(zip(items, _numbers(model.id, given, len(items)), strict=True))
    cut = dict(zip(items, cuts, strict=True))
    return [
        _scored(model.id, pair, scores[good], scores[bad], truncated=cut[good] or cut[bad])
        for pair in pairs
        for good, bad in [sides_of(pair)]
    ]


def _numbers(model_id: str, given: Sequence[float], wanted: int) -> list[float]:
    """What a model gave, as plain floats (it may be an array's own kind of number)."""
    if len(given) != wanted:
        raise BadScoreError(f"{model_id} gave {len(given)} numbers where {wanted} were asked for")
    return [float(one) for one in given]


def sides_of(pair: PreferencePair) -> tuple[Item, Item]:
    """What a reward model reads: the chosen side and the rejected side."""
    other = pair.prompt if pair.rejected_prompt is None else pair.rejected_prompt
    return (
        Item(prompt=pair.prompt, response=pair.chosen),
        Item(prompt=other, response=pair.rejected),
    )


def _scored(
    model_id: str, pair: PreferencePair, chosen: float, rejected: float, *, truncated: bool
) -> ScoredPair:
    for side, score in (("chosen", chosen), ("rejected", rejected)):
        if not math.isfinite(score):
            raise BadScoreError(
                f"{model_id} scored the {side} side of pair {pair.id[:12]} "
                f"(problem {pair.problem_id}) as {score}: no finite number, so the run stops here"
            )
    return ScoredPair(
        pair_id=pair.id,
        problem_id=pair.problem_id,
        chosen_score=chosen,
        rejected_score=rejected,
        outcome=outcome_of(chosen, rejected),
        truncated=truncated,
    )


def outcome_of(chosen: float, rejected: float) -> Outcome:
    """WIN where the chosen side scored higher; equal scores are a TIE."""
    if chosen == rejected:
        return Outcome.TIE
    return Outcome.WIN if chosen > rejected else Outcome.LOSS
