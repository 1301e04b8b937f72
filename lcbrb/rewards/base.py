"""Base classes: `RewardModel` scores single texts, `PairwiseModel` compares two texts.

A model needs an `id` and `score` (or `compare`). Everything else is optional and has a default
here. Objects of other people's classes, which need not inherit, are brought to this form in
`lcbrb.rewards.kinds.foreign`.

The engine (`lcbrb.rewards.scoring`, `pair_scores`) calls `score_portions` or `compare_portions`.
"""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self, TypeVar

from lcbrb.errors import BadScoreError
from lcbrb.protocols.reward import Item, Prepared
from lcbrb.rewards.pair_sides import scored_pair
from lcbrb.types import JsonValue, JudgeVotes, PreferencePair, ScoredPair, TrainedProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemScore:
    """A model's score of a text, with details.

    `score` is None where it has none: a judge's reply could not be read. `truncated`: the text was
    cut to the model's limit. `tokens`: its length then, None where it is not known. `votes`: what a
    judge's replies said. `steps`: how probable it is that each step is right, of process reward
    models.
    """

    score: float | None
    truncated: bool = False
    tokens: int | None = None
    votes: JudgeVotes | None = None
    steps: tuple[float, ...] = ()


class Ranker(ABC):
    """Whatever can rank the two sides of a pair; `id` is its spec, or the user's name for it."""

    id: str

    @property
    def made_from(self) -> str:
        """The spec that it was made from: its id, unless it was `renamed`."""
        return str(vars(self).get(_MADE_FROM, self.id))

    @property
    def revision(self) -> str | None:
        """The revision of its weights or code; a run folder of another revision is not resumed."""
        return None

    @property
    def identity(self) -> JsonValue:
        """The settings that scores depend on, for the record; None if the id contains them all."""
        return None

    @property
    def members(self) -> Sequence[Ranker]:
        """The models that this one is made of."""
        return ()

    @property
    def trained_on(self) -> Sequence[TrainedProblem]:
        """The problems that it, or a member, is known to have been trained on.

        Raises:
            BadInputError: what its folder says of them is broken.
        """
        return [problem for member in self.members for problem in member.trained_on]

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest possible score."""
        return -math.inf, math.inf

    @property
    def logits(self) -> bool:
        """Whether a difference of two scores is a logit (Bradley & Terry); they have no bounds."""
        return False

    @property
    def each_alone(self) -> bool:
        """Whether no number depends on what else is asked: then only what is missing is asked.

        True of judges and servers. A model that computes has the same batches at every start.
        """
        return False

    @property
    def asks_others(self) -> bool:
        """Whether a judge or server is asked, of many texts at once, that may give one no score."""
        return any(member.asks_others for member in self.members)

    @property
    def probes(self) -> Mapping[str, Sequence[float]]:
        """Scores of fixed texts, by the id of a model whose weights may change under its name."""
        return {name: given for member in self.members for name, given in member.probes.items()}

    @property
    def flips(self) -> int:
        """How many pairs are scored by the twin too (`in_float32`); the most that a member asks."""
        return max((member.flips for member in self.members), default=0)

    @property
    def forward_passes(self) -> int:
        """How many models read each text, for the account of tokens."""
        return 1

    def load(self) -> None:
        """Load the weights now, so that loading time is not counted as scoring."""
        for member in self.members:
            member.load()

    def in_float32(self) -> Self | None:
        """The same model in float32; None if it is float32 already, or none is wanted."""
        return None


_MADE_FROM = "_made_from"
M = TypeVar("M", bound=Ranker)


def renamed(model: M, name: str) -> M:
    """The same model under a name of the user's; `made_from` stays."""
    copied = copy.copy(model)
    vars(copied)[_MADE_FROM] = model.made_from
    object.__setattr__(copied, "id", name)  # most are frozen, and some are other people's classes
    return copied


class RewardModel(Ranker):
    """Gives each text a number; higher is better."""

    @property
    def unread(self) -> float:
        """What both sides of a pair get where one of them has no score."""
        return 0.0

    @abstractmethod
    def score(self, items: Sequence[Item]) -> list[float]:
        """One finite number for each item, in order. The batch must not change a score."""

    def truncated(self, items: Sequence[Item]) -> list[bool]:
        """Whether each item would be cut to the model's limit."""
        return [False] * len(items)

    def prepare(self, items: Sequence[Item]) -> Prepared:
        """Items made ready to be scored, in a thread while others are; never by two at once."""
        return Prepared(inputs=items)

    def score_prepared(self, prepared: Prepared) -> list[float]:
        """Like `score`, for items returned by `prepare`."""
        return self.score(prepared.inputs)

    def score_portions(
        self, portions: Sequence[Sequence[Item]]
    ) -> Iterator[tuple[int, Mapping[Item, ItemScore]]]:
        """Portions of different texts, scored: which portion, and all of its texts or some.

        By default in order, each with its batches, the next one made ready in a thread meanwhile.

        Raises:
            BadScoreError: not one number for each text.
            IncompleteRunError: some texts have no score; of a model that `asks_others`, all others
                were given before.
        """
        if len(portions) == 1:
            yield 0, self._item_scores(portions[0], self.prepare(portions[0]))
            return
        with ThreadPoolExecutor(1, thread_name_prefix="prepare") as thread:
            waiting = [thread.submit(self.prepare, items) for items in portions[:1]]
            for number, items in enumerate(portions):
                prepared = waiting.pop().result()
                following = portions[number + 1 : number + 2]
                waiting += [thread.submit(self.prepare, after) for after in following]
                yield number, self._item_scores(items, prepared)

    def _item_scores(self, items: Sequence[Item], prepared: Prepared) -> dict[Item, ItemScore]:
        return self._as_items(items, prepared, self.score_prepared(prepared))

    def _as_items(
        self, items: Sequence[Item], prepared: Prepared, given: Sequence[float]
    ) -> dict[Item, ItemScore]:
        scores = plain_numbers(self.id, given, len(items))
        cuts = prepared.truncated or self.truncated(items)
        lengths = prepared.lengths or [None] * len(items)
        return {
            item: ItemScore(score=score, truncated=cut, tokens=length)
            for item, score, cut, length in zip(items, scores, cuts, lengths, strict=True)
        }


def plain_numbers(model_id: str, given: Sequence[float], wanted: int) -> list[float]:
    """What a model gave, as plain floats (it may be an array's own kind of number).

    Raises:
        BadScoreError: another number of them.
    """
    if len(given) != wanted:
        raise BadScoreError(f"{model_id} gave {len(given)} numbers, but {wanted} were expected")
    return [float(number) for number in given]


class PairwiseModel(Ranker):
    """Compares the two texts of a pair."""

    @property
    def bounds(self) -> tuple[float, float]:
        """Those of a preference."""
        return 0.0, 1.0

    @abstractmethod
    def compare(self, pairs: Sequence[PreferencePair]) -> list[float]:
        """Preference for `chosen` of each pair: 1 chosen, 0 rejected, 0.5 no preference."""

    def compare_portions(
        self, portions: Sequence[Sequence[PreferencePair]]
    ) -> Iterator[list[ScoredPair]]:
        """Portions' pairs with their preferences as scores, in any order; by default one by one.

        Raises:
            BadScoreError: a preference is not in 0 to 1, or one is missing.
            IncompleteRunError: as `RewardModel.score_portions`.
        """
        for pairs in portions:
            given = plain_numbers(self.id, self.compare(pairs), len(pairs))
            for pair, preference in zip(pairs, given, strict=True):
                if not 0.0 <= preference <= 1.0 and math.isfinite(preference):
                    raise BadScoreError(
                        f"{self.id} gave pair {pair.id[:12]} the preference {preference}: it must "
                        "be from 0 (rejected) to 1 (chosen)"
                    )
            yield [
                scored_pair(self.id, pair, (preference, 1.0 - preference))
                for pair, preference in zip(pairs, given, strict=True)
            ]
