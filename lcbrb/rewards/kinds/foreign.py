"""Other people's code as a reward model: what it raises, or gives amiss, becomes one sentence.

An object that a user's factory or class made need not inherit from `RewardModel`: `adapted` looks
once at what it has, and an adapter gives it the form of `lcbrb.rewards.base`, with the defaults for
what it has not. So a failure is an `LcbrbError`, which costs one model of a command and not the
others.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

from lcbrb.errors import (
    RAISED_BY_OTHERS,
    BadScoreError,
    IncompleteRunError,
    LcbrbError,
    ModelLoadError,
    SetupError,
)
from lcbrb.protocols.reward import Item, Prepared
from lcbrb.registry import failure
from lcbrb.rewards.base import PairwiseModel, Ranker, RewardModel
from lcbrb.types import JsonValue, PreferencePair

_SCORES = {"id", "bounds", "score"}
_COMPARES = {"id", "compare"}
_METHODS = ("score", "compare", "load", "truncated", "prepare", "score_prepared", "in_float32")
_VALUES = ("revision", "identity", "logits", "each_alone", "forward_passes", "flips")
_MISSING = object()
_OWN = "lcbrb"  # models of ours that a factory gives need no adapter


def called(
    what: str, kind: type[LcbrbError], function: Callable[..., Any], *args: Any, **named: Any
) -> Any:
    """What a function of somebody else's gives.

    An error of its own becomes one of `kind`; an `LcbrbError` is let through.

    Raises:
        BadScoreError: it is an async function.
    """
    try:
        result = function(*args, **named)
    except LcbrbError:
        raise
    except RAISED_BY_OTHERS as error:
        raise kind(failure(f"{what} failed", error)) from error
    if inspect.iscoroutine(result):
        result.close()
        raise BadScoreError(
            f"{what} is an async function; a reward function must be an ordinary function"
        )
    return result


def numbers(what: str, given: Any, wanted: int) -> list[float]:
    """Plain floats; NaN and infinity are left for the scorer, which names the pair.

    Raises:
        BadScoreError: no list of so many numbers.
    """
    unordered = isinstance(given, str | bytes | dict | set | frozenset)
    try:
        length = -1 if unordered else len(given)
    except TypeError:  # no list, or an array without axes
        length = -1
    if length < 0:
        raise BadScoreError(
            f"{what} gave a {type(given).__name__} for {wanted} items: it must return a list "
            "with one number for each"
        )
    if length != wanted:
        raise BadScoreError(f"{what} gave {length} numbers for {wanted} items")
    return [number(what, value, place) for place, value in enumerate(given)]


def number(what: str, given: Any, place: int) -> float:
    """A plain float; NaN and infinity are left for the scorer, which names the pair.

    Raises:
        BadScoreError: it is none.
    """
    if not isinstance(given, str | bytes | bool) and given is not None:
        try:
            return float(given)
        except (TypeError, ValueError, RuntimeError, OverflowError):
            pass
    raise BadScoreError(
        f"{what} gave a {type(given).__name__} for item {place}: a score must be a number"
    )


def checked_bounds(what: str, given: Any) -> tuple[float, float]:
    """The least and the greatest score.

    Raises:
        SetupError: no two numbers in that order.
    """
    try:
        low, high = (float(bound) for bound in given)
    except (TypeError, ValueError):
        low = high = math.nan
    if isinstance(given, str) or not low <= high:
        raise SetupError(
            f"{what} has the bounds {given!r}: give the lowest and the highest possible score, "
            "as in (0.0, 1.0), or -math.inf and math.inf if there is none"
        )
    return low, high


def says_logits(given: Any, bounds: tuple[float, float]) -> bool:
    """Whether scores are said to be logits; what has bounds can be none."""
    return given is True and all(map(math.isinf, bounds))


def adapted(model: Any, text: str, revision: str | None) -> Ranker:
    """An object of somebody else's as a reward model; one of ours as it is.

    `revision` is for a model that has none of its own.

    Raises:
        SetupError: it is no reward model: `id`, `bounds` or a method is missing, or is not what it
            has to be.
    """
    if isinstance(model, Ranker) and type(model).__module__.partition(".")[0] == _OWN:
        return model
    members = _Members(model, text)
    if members.names >= _SCORES:
        return _ForeignModel(members, revision)
    if members.names >= _COMPARES:
        return _ForeignPairwise(members, revision)
    raise SetupError(
        f"{text} gave a {type(model).__name__}, which is not a reward model: it needs id, bounds "
        "and score, or id and compare"
    )


class _Members:
    """What an object has of a reward model: `names` says which members, `id` begins errors."""

    def __init__(self, model: Any, text: str) -> None:
        self.model, self.id = model, text
        self.names = frozenset(filter(self._has, (*_SCORES, *_COMPARES, *_METHODS, *_VALUES)))

    def _has(self, name: str) -> bool:
        if inspect.getattr_static(self.model, name, _MISSING) is not _MISSING:
            return True  # without running a property's code
        return self._get(name, _MISSING) is not _MISSING

    def _get(self, name: str, *default: Any) -> Any:
        try:
            return getattr(self.model, name, *default)
        except LcbrbError:
            raise
        except RAISED_BY_OTHERS as error:  # a property
            raise SetupError(failure(f"{self.id}: {name} failed", error)) from error

    def read(self, name: str, default: Any = None) -> Any:
        """A member's value; `default` where the object has no such member."""
        return self._get(name) if name in self.names else default

    def call(self, name: str, *args: Any, kind: type[LcbrbError] = IncompleteRunError) -> Any:
        """What a method gives, its failure an error of that kind; None where there is no method."""
        if name in self.names:
            return called(f"{self.id}: {name}", kind, self._get(name), *args)
        return None

    def numbers(self, name: str, given: Any, wanted: int) -> list[float]:
        """What a method gives, as so many numbers."""
        return numbers(f"{self.id}: {name}", self.call(name, given), wanted)


class _Foreign(Ranker):
    """What both adapters share; plain values are read once."""

    each_alone: bool = False
    flips: int = 0
    forward_passes: int = 1

    def __init__(self, members: _Members, revision: str | None) -> None:
        self.has, self._code, text = members, revision, members.id
        name = members.read("id")
        if not (isinstance(name, str) and name.strip()):
            raise SetupError(f"{text} has the id {name!r}: use a text, best spec.text")
        for method in members.names.intersection(_METHODS):
            if not callable(members.read(method)):
                raise SetupError(f"{text} has a {method} that can't be called: make it a method")
        self.id = members.id = name
        self.each_alone = members.read("each_alone") is True
        self.flips = members.read("flips", 0)
        self.forward_passes = members.read("forward_passes", 1)

    @property
    def revision(self) -> str | None:
        own = self.has.read("revision")
        if own is not None and not isinstance(own, str):
            raise SetupError(f"{self.id} has the revision {own!r}: it must be a text, or None")
        return self._code if own is None else own

    @property
    def identity(self) -> JsonValue:
        try:
            stated: JsonValue = json.loads(json.dumps(self.has.read("identity")))
        except (TypeError, ValueError) as error:
            raise SetupError(
                f"{self.id} has an identity that can't be written as JSON ({error}): use a dict "
                "of plain values"
            ) from error
        return stated  # as it will be read back

    def load(self) -> None:
        self.has.call("load", kind=ModelLoadError)

    def in_float32(self) -> Any:
        twin = self.has.call("in_float32")
        return None if twin is None else adapted(twin, self.id, self._code)


class _ForeignModel(_Foreign, RewardModel):
    """An object that scores."""

    logits: bool = False
    bounds: tuple[float, float] = (-math.inf, math.inf)

    def __init__(self, members: _Members, revision: str | None) -> None:
        super().__init__(members, revision)
        self.bounds = checked_bounds(self.id, members.read("bounds"))
        self.logits = says_logits(members.read("logits"), self.bounds)
        self._prepares = {"prepare", "score_prepared"} <= members.names

    def score(self, items: Sequence[Item]) -> list[float]:
        return self.has.numbers("score", items, len(items))

    def truncated(self, items: Sequence[Item]) -> list[bool]:
        if "truncated" not in self.has.names:
            return super().truncated(items)
        given, wanted = self.has.call("truncated", items), len(items)
        try:
            cuts = [bool(cut) for cut in given]
        except TypeError:
            cuts = []
        if len(cuts) != wanted:
            raise BadScoreError(
                f"{self.id}: truncated gave a {type(given).__name__}: it must return a list with "
                f"a bool for each of {wanted} items"
            )
        return cuts

    def prepare(self, items: Sequence[Item]) -> Prepared:
        if not self._prepares:
            return super().prepare(items)
        ready, wanted = self.has.call("prepare", items), len(items)
        if not isinstance(ready, Prepared) or not (
            {len(ready.lengths), len(ready.truncated)} <= {0, wanted}
        ):
            raise BadScoreError(
                f"{self.id}: prepare gave a {type(ready).__name__} for {wanted} items: it must "
                "return a Prepared with a length and a bool for each"
            )
        return Prepared(lengths=ready.lengths, truncated=ready.truncated, inputs=(ready, wanted))

    def score_prepared(self, prepared: Prepared) -> list[float]:
        if not self._prepares:
            return super().score_prepared(prepared)
        given, wanted = prepared.inputs
        return self.has.numbers("score_prepared", given, wanted)


class _ForeignPairwise(_Foreign, PairwiseModel):
    """An object that compares."""

    def compare(self, pairs: Sequence[PreferencePair]) -> list[float]:
        return self.has.numbers("compare", pairs, len(pairs))
