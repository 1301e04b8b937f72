"""The scoring engine: texts to scores, each once a portion, resumable to the same numbers.

What is scored are rows of texts: pairs (`pair_scores`) or samples (`best_of.sample_scores`), each
with a line in the run folder. A portion is always the same rows, so a resumed run gives a model the
batches that an undisturbed run gives it; within a portion a text that stands in several rows is
scored once. Judges and servers are asked only for what is missing, all at once.

`score_items` needs no run folder.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from lcbrb.errors import BadScoreError, NothingLeftError, UsageError
from lcbrb.protocols.reward import Item
from lcbrb.rewards import probes
from lcbrb.rewards.base import ItemScore, Ranker, RewardModel
from lcbrb.rewards.forward import accounting
from lcbrb.runs.folder import Run
from lcbrb.types import Record

Row = TypeVar("Row")
Line = TypeVar("Line", bound=Record)

_AT_ONCE = 64  # texts, where they belong to no rows


def score_items(model: Ranker, items: Sequence[Item]) -> list[float | None]:
    """The scores of some texts, in order; None where a judge gave none that can be read.

    May be called many times; the model is loaded by the first call. A text that occurs twice is
    scored once. The texts of one prompt are best given together.

    Raises:
        UsageError: the model compares pairs.
        BadScoreError: a score is NaN or infinite, or one is missing.
        LcbrbError: whatever the model raises.
    """
    model = scores_texts(model)
    texts = list(dict.fromkeys(items))
    portions = [texts[at : at + _AT_ONCE] for at in range(0, len(texts), _AT_ONCE)]
    by_item: dict[Item, ItemScore] = {}
    for _, scores in model.score_portions(portions):
        by_item |= scores
    for item, given in by_item.items():
        if given.score is not None and not math.isfinite(given.score):
            raise BadScoreError(
                f"{model.id} scored the response that begins '{item.response[:30]}' as "
                f"{given.score}: not a finite number"
            )
    return [by_item[item].score for item in items]


def scores_texts(model: Ranker, so: str = "") -> RewardModel:
    """The model, if it can score one text; `so` says in the error what it can't do else.

    Raises:
        UsageError: it compares pairs.
    """
    if isinstance(model, RewardModel):
        return model
    raise UsageError(
        f"{model.id} compares two texts and gives no scores{so}: use a model with scores (a "
        "judge with ?mode=pointwise)"
    )


def score_rows(
    model: RewardModel,
    portions: Sequence[Sequence[Row]],
    items_of: Callable[[Row], Sequence[Item]],
) -> Iterator[tuple[list[Row], Mapping[Item, ItemScore]]]:
    """Rows with their texts' scores, as soon as the last of these is there; in order in a portion.

    A text's score is that of its own portion; a row without texts is given first.

    Raises:
        LcbrbError: as `RewardModel.score_portions`.
    """
    waiting: list[_Waiting[Row]] = []
    for rows in portions:
        if bare := [row for row in rows if not items_of(row)]:
            yield bare, {}
        if len(bare) < len(rows):
            waiting.append(_Waiting([row for row in rows if items_of(row)], items_of))
    for number, scores in model.score_portions([list(portion.askers) for portion in waiting]):
        if ready := waiting[number].ready(scores):
            yield ready, waiting[number].heard


class _Waiting(Generic[Row]):
    """A portion's rows, until their texts' scores are there; `askers` are rows by their texts."""

    def __init__(self, rows: Sequence[Row], items_of: Callable[[Row], Sequence[Item]]) -> None:
        self.heard: dict[Item, ItemScore] = {}
        self.askers: dict[Item, list[int]] = {}
        self._rows, self._missing = rows, [set(items_of(row)) for row in rows]
        for place, row in enumerate(rows):
            for item in dict.fromkeys(items_of(row)):
                self.askers.setdefault(item, []).append(place)

    def ready(self, scores: Mapping[Item, ItemScore]) -> list[Row]:
        """The rows that waited for these scores alone, in order."""
        self.heard |= scores
        places = set()
        for item in scores:
            for place in self.askers[item]:
                self._missing[place].discard(item)
                if not self._missing[place]:
                    places.add(place)
        return [self._rows[place] for place in sorted(places)]


def filled(groups: Iterable[list[Row]], most: int) -> list[list[Row]]:
    """Groups in portions, whole and in order, with at most so many rows, or one group of more."""
    portions: list[list[Row]] = []
    for group in groups:
        if portions and len(portions[-1]) + len(group) <= most:
            portions[-1] += group
        else:
            portions.append(list(group))
    return portions


class Scores(ABC, Generic[Row, Line]):
    """The lines of a run's rows: those that its folder holds (`known`), and those made now.

    `fresh` lines were made now, in `seconds` without loading the model.

    Raises:
        UsageError: what the folder holds was scored by another model under the same name.
    """

    def __init__(self, model: Ranker, run: Run, file: str, line: type[Line]) -> None:
        self.known = {self.key(row): row for row in run.stored(line, file)}
        if self.known and run.earlier is not None:
            probes.check(run.earlier, run.record)
        self.fresh, self.seconds = 0, 0.0
        self.model, self.run, self._file = model, run, file

    @staticmethod
    @abstractmethod
    def key(row: Row | Line) -> Hashable:
        """Which row this is, or which row's line."""

    @staticmethod
    @abstractmethod
    def portions(rows: Sequence[Row]) -> list[list[Row]]:
        """Rows in portions, the same at every start."""

    @staticmethod
    @abstractmethod
    def name(item: object, row: Row) -> str:
        """A row's text by name, for an error; empty where it is none of the row's."""

    @abstractmethod
    def lines(self, portions: Sequence[Sequence[Row]]) -> Iterator[list[Line]]:
        """Portions' lines, some rows at a time."""

    @abstractmethod
    def cost(self, rows: Sequence[Row]) -> dict[str, int]:
        """What open tallies (`accounting`) are told beside the tokens that were computed.

        A start that is killed leaves no counts behind, so they say of how many rows they are.
        """

    def of(self, rows: Sequence[Row]) -> list[Line]:
        """The lines of rows that have one, in order."""
        keys = map(self.key, rows)
        return [self.known[key] for key in keys if key in self.known]

    def make(self, rows: Sequence[Row], on_rows: Callable[[int], object]) -> None:
        """Score what is missing, and keep each line as it comes.

        Args:
            rows: in an order that is the same at each start.
            on_rows: called with a number of rows done, for a progress bar.

        Raises:
            BadScoreError: a score is NaN or infinite, or one is missing; earlier lines are kept.
            UsageError: a cut leaves nothing of a text.
            LcbrbError: whatever the model raises.
        """
        if self.model.each_alone:
            asked = [row for row in rows if self.key(row) not in self.known]
            wanted = [asked] if asked else []
        else:
            wanted = [
                portion
                for portion in self.portions(rows)
                if {self.key(row) for row in portion} - self.known.keys()
            ]
        on_rows(len(rows) - sum(map(len, wanted)))
        if wanted:
            self.model.load()
        began = time.perf_counter()
        with accounting.tallying() as tally:
            try:
                with self.run.appender(self._file) as file:
                    for lines in self.lines(wanted):
                        for line in lines:
                            if self.key(line) not in self.known:
                                file.append(line)
                                self.known[self.key(line)] = line
                                self.fresh += 1
                        self.seconds = time.perf_counter() - began
                        on_rows(len(lines))
            except NothingLeftError as error:
                named = (self.name(error.item, row) for row in rows)
                raise UsageError(f"{next(filter(None, named), 'a text')}: {error}") from error
            finally:
                if tally.tokens:  # told to whoever counts a run that stops here, too
                    accounting.count(**self.cost(rows))
