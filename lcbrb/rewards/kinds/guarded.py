"""Other people's code, watched: what it raises, or gives amiss, becomes one sentence.

A reward model that a user's factory or class made is put into a wrapper, which has the same members
(`truncated`, `prepare`, `revision` … only where the model has them) and lets everything else
through. So a failure is an `LcbrbError`, which costs one model of a command and not the others.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from lcbrb.errors import (
    RAISED_BY_OTHERS,
    BadScoreError,
    IncompleteRunError,
    LcbrbError,
    ModelLoadError,
    SetupError,
)
from lcbrb.protocols.reward import Prepared
from lcbrb.registry import failure

_SCORES = ("id", "bounds", "score")
_COMPARES = ("id", "compare")
_OWN = "lcbrb"  # models of ours that a factory gives need no watching


def called(
    what: str, kind: type[LcbrbError], function: Callable[..., Any], *args: Any, **named: Any
) -> Any:
    """What a function of somebody else's gives.

    Args:
        what: the function, for the error.
        kind: of the error if it raises something; an `LcbrbError` is let through.
        function: any.
        args: for it.
        named: for it, too.

    Raises:
        BadScoreError: it is an async function.
    """
    try:
        found = function(*args, **named)
    except LcbrbError:
        raise
    except RAISED_BY_OTHERS as error:
        raise kind(failure(f"{what} failed", error)) from error
    if inspect.iscoroutine(found):
        found.close()
        raise BadScoreError(f"{what} is an async function; a reward function is a plain one")
    return found


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
            f"{what} gave a {type(given).__name__} for {wanted} items: "
            "it has to give a list with one number for each"
        )
    if length != wanted:
        raise BadScoreError(f"{what} gave {length} numbers for {wanted} items")
    return [number(what, one, place) for place, one in enumerate(given)]


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
        f"{what} gave a {type(given).__name__} for item {place}: a score is a number"
    )


def checked_bounds(what: str, given: Any) -> tuple[float, float]:
    """The least and the greatest score.

    Raises:
        SetupError: no two numbers in that order.
    """
    try:
        low, high = (float(one) for one in given)
    except (TypeError, ValueError):
        low = high = math.nan
    if isinstance(given, str) or not low <= high:
        raise SetupError(
            f"{what} has the bounds {given!r}: give the least and the greatest score, as in "
            "(0.0, 1.0), or -math.inf and math.inf where there is none"
        )
    return low, high


def guarded(model: Any, text: str, revision: str | None) -> Any:
    """The same reward model with its failures as sentences; what is no reward model as it is.

    Args:
        model: what a factory gave.
        text: the spec, for errors.
        revision: for a model that has none of its own.

    Raises:
        SetupError: `id`, `bounds` or a method is not what it has to be.
    """
    if type(model).__module__.partition(".")[0] == _OWN:
        return model
    held = [name for name in (*_SCORES, *_COMPARES, *_MEMBERS) if _has(model, text, name)]
    if not (set(_SCORES) <= set(held) or set(_COMPARES) <= set(held)):
        return model  # the caller says what it lacks
    name = _read(model, text, "id")
    if not (isinstance(name, str) and name.strip()):
        raise SetupError(f"{text} has the id {name!r}: give it a text, best spec.text")
    for one in ("score", "compare", "load"):
        if one in held and not callable(_read(model, text, one)):
            raise SetupError(f"{text} has a {one} that can't be called: make it a method")
    bounds = checked_bounds(text, _read(model, text, "bounds")) if "score" in held else None
    made = type("Guarded", (_Guarded,), {one: _MEMBERS[one] for one in held if one in _MEMBERS})
    return made(model, name, revision, bounds)


def _has(model: Any, text: str, name: str) -> bool:
    missing = object()
    if inspect.getattr_static(model, name, missing) is not missing:
        return True  # without running a property's code
    try:
        _read(model, text, name)
    except AttributeError:
        return False
    return True


def _read(model: Any, text: str, name: str) -> Any:
    try:
        return getattr(model, name)
    except (AttributeError, LcbrbError):
        raise
    except RAISED_BY_OTHERS as error:  # a property
        raise SetupError(failure(f"{text}: {name} failed", error)) from error


class _Guarded:
    """The members that every model has; those that only some have are in `_MEMBERS`."""

    def __init__(
        self, model: Any, name: str, revision: str | None, bounds: tuple[float, float] | None
    ) -> None:
        self._model, self._id, self._code, self._bounds = model, name, revision, bounds

    @property
    def id(self) -> str:
        return self._id

    @property
    def revision(self) -> str | None:
        own = _read(self._model, self._id, "revision") if self._holds("revision") else None
        if own is not None and not isinstance(own, str):
            raise SetupError(f"{self._id} has the revision {own!r}: give a text, or None")
        return self._code if own is None else own

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # no way round the wrapper, and none into itself
            raise AttributeError(name)
        return _read(self._model, self._id, name)

    def _holds(self, name: str) -> bool:
        return _has(self._model, self._id, name)

    def _ask(self, name: str, *args: Any, kind: type[LcbrbError] = IncompleteRunError) -> Any:
        return called(f"{self._id}: {name}", kind, _read(self._model, self._id, name), *args)


def _bounds(self: _Guarded) -> tuple[float, float] | None:
    return self._bounds


def _identity(self: _Guarded) -> Any:
    given = _read(self._model, self._id, "identity")
    try:
        return json.loads(json.dumps(given))  # as it will be read back
    except (TypeError, ValueError) as error:
        raise SetupError(
            f"{self._id} has an identity that is no JSON ({error}): give a dict of plain values"
        ) from error


def _score(self: _Guarded, items: Sequence[Any]) -> list[float]:
    return numbers(f"{self._id}: score", self._ask("score", items), len(items))


def _compare(self: _Guarded, pairs: Sequence[Any]) -> list[float]:
    return numbers(f"{self._id}: compare", self._ask("compare", pairs), len(pairs))


def _load(self: _Guarded) -> None:
    self._ask("load", kind=ModelLoadError)


def _truncated(self: _Guarded, items: Sequence[Any]) -> list[bool]:
    found = self._ask("truncated", items)
    if not hasattr(found, "__len__") or len(found) != len(items):
        raise BadScoreError(
            f"{self._id}: truncated gave a {type(found).__name__}: it has to give a list with a "
            f"truth value for each of {len(items)} items"
        )
    return [bool(one) for one in found]


def _prepare(self: _Guarded, items: Sequence[Any]) -> Prepared:
    found = self._ask("prepare", items)
    wanted = len(items)
    if not isinstance(found, Prepared) or {len(found.lengths), len(found.truncated)} != {wanted}:
        raise BadScoreError(
            f"{self._id}: prepare gave a {type(found).__name__} for {wanted} items: it has to give "
            "a Prepared with a length and a truth value for each"
        )
    return found


def _score_prepared(self: _Guarded, prepared: Prepared) -> list[float]:
    given = self._ask("score_prepared", prepared)
    return numbers(f"{self._id}: score_prepared", given, len(prepared.lengths))


def _one_by_one(name: str) -> Callable[[_Guarded, Any], Iterator[Any]]:
    def asked(self: _Guarded, given: Any) -> Iterator[Any]:
        rows = iter(self._ask(name, given))
        while True:
            row = called(f"{self._id}: {name}", IncompleteRunError, next, rows, _END)
            if row is _END:
                return
            yield row

    return asked


_END = object()
#: what a model has or has not
_MEMBERS: dict[str, Any] = {
    "bounds": property(_bounds),
    "identity": property(_identity),
    "score": _score,
    "compare": _compare,
    "load": _load,
    "truncated": _truncated,
    "prepare": _prepare,
    "score_prepared": _score_prepared,
    "opinions": _one_by_one("opinions"),
    "score_portions": _one_by_one("score_portions"),
    "in_float32": lambda self: self._ask("in_float32"),
    "options": property(lambda self: _read(self._model, self._id, "options")),
}
