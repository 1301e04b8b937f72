"""Reward models that are functions of somebody else's: any Python callable.

Through an entry point of the group ``lcbrb.reward_models``, or as ``python:MODULE:NAME`` and
``python:FILE.py:NAME``, which need no packaging. What stands there may be

- a factory, or a class: called with the `Spec`, gives a reward model;
- a function of one item: ``(prompt, response) -> number``;
- a function of many: ``(prompts, responses) -> numbers``. ``completions`` does for ``responses``
  and further keyword arguments are not filled, so TRL's reward functions fit as they are.

Which of them it is, the names of its parameters say. A function may carry `bounds`, and `logits`
where a difference of its scores is a logit. The code runs in this process and may do all
that the user may do.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcbrb.errors import IncompleteRunError, SetupError, UsageError
from lcbrb.protocols.reward import Item
from lcbrb.registry import Spec, call_factory, named_in_python
from lcbrb.rewards.base import Ranker, RewardModel
from lcbrb.rewards.kinds.foreign import (
    adapted,
    called,
    checked_bounds,
    number,
    numbers,
    says_logits,
)
from lcbrb.types import JsonValue

#: parameter names of functions, and what is given for each
_ONE = {"prompt": "prompt", "response": "response", "completion": "response"}
_MANY = {"prompts": "prompt", "responses": "response", "completions": "response"}
_SHAPES = "(spec), (prompt, response) or (prompts, responses)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionModel(RewardModel):
    """A function as a reward model. `names` maps its parameters to the fields of an `Item`."""

    id: str
    function: Callable[..., Any]
    names: dict[str, str]
    many: bool
    revision: str | None = None
    bounds: tuple[float, float] = (-math.inf, math.inf)
    logits: bool = False

    @property
    def identity(self) -> dict[str, JsonValue]:
        """What ran, for the record."""
        where = f"{self.function.__module__}:{getattr(self.function, '__qualname__', '?')}"
        return {"callable": where, "takes": list(self.names)}

    def score(self, items: Sequence[Item]) -> list[float]:
        """What the function gives, as numbers.

        Raises:
            IncompleteRunError: it raised something.
            BadScoreError: it gave no numbers, or not one an item.
        """
        if not items:
            return []
        if not self.many:
            return [number(self.id, self._call(item), 0) for item in items]
        return numbers(self.id, self._call(*items), len(items))

    def _call(self, *items: Item) -> Any:
        given = {
            name: [getattr(item, field) for item in items] for name, field in self.names.items()
        }
        arguments = given if self.many else {name: values[0] for name, values in given.items()}
        return called(self.id, IncompleteRunError, self.function, **arguments)


def made(given: Any, spec: Spec) -> Ranker:
    """What an entry point or a name stands for: what a factory gives, or a function as a model.

    What a factory gives is `adapted`, and without a revision of its own has that of its code.

    Raises:
        SetupError: it can't be called, takes what nobody here gives, or gives no reward model.
        UsageError: options for a plain function, which reads none.
        LcbrbError: whatever a factory raises.
    """
    if not callable(given):
        raise SetupError(f"{spec.text} is a {type(given).__name__}, which can't be called")
    names, needed = _parameters(given, spec)
    for fields, many in ((_MANY, True), (_ONE, False)):
        read = [name for name in names if name in fields]
        if read and set(needed) <= set(read):
            return _function_model(given, spec, {name: fields[name] for name in read}, many=many)
    if len(needed) != 1:
        raise SetupError(
            f"{spec.text} takes ({', '.join(needed)}): a reward model takes {_SHAPES}, "
            "recognised by the names of its parameters"
        )
    model = call_factory(given, spec)
    return adapted(model, spec.text, _revision(given, type(model)))


def of_object(model: Any) -> Ranker:
    """An object as a reward model; without a revision of its own it has that of its class' code.

    Raises:
        UsageError: it is a function or a class.
        SetupError: it has not what a reward model has.
    """
    if inspect.isclass(model) or not hasattr(model, "id"):
        raise UsageError(
            f"{model!r} is not a reward model: name a function by its file, python:FILE.py:NAME "
            "(docs/extending.md)"
        )
    return adapted(model, str(model.id), _revision(type(model)))


def _parameters(function: Callable[..., Any], spec: Spec) -> tuple[list[str], list[str]]:
    """The names of all parameters, and of those without a default."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise SetupError(f"{spec.text} has no readable signature ({error})") from error
    variable = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    named = [parameter for parameter in parameters if parameter.kind not in variable]
    return [parameter.name for parameter in named], [
        parameter.name for parameter in named if parameter.default is parameter.empty
    ]


def _function_model(
    function: Callable[..., Any], spec: Spec, names: dict[str, str], *, many: bool
) -> FunctionModel:
    if "response" not in names.values():
        raise SetupError(
            f"{spec.text} has no parameter for the response: a reward model takes {_SHAPES}"
        )
    if spec.options:
        raise UsageError(
            f"{spec.text} is a plain function and takes no options; a factory gets them in its spec"
        )
    bounds = checked_bounds(spec.text, getattr(function, "bounds", (-math.inf, math.inf)))
    return FunctionModel(
        id=spec.text,
        function=function,
        names=names,
        many=many,
        revision=_revision(function),
        bounds=bounds,
        logits=says_logits(getattr(function, "logits", False), bounds),
    )


def _revision(*code: Any) -> str | None:
    """A hash of the files that define functions and classes; what these import is not in it.

    Of what a notebook defines it is one of its source. None where there is neither.
    """
    texts = dict.fromkeys(text for text in map(_source, code) if text)
    if not texts:
        return None
    return f"code:{hashlib.sha256(b''.join(texts)).hexdigest()[:16]}"


def _source(code: Any) -> bytes | None:
    """What defines a function or class, or the class of an object that can be called."""
    code = inspect.unwrap(code)
    while isinstance(code, functools.partial):
        code = inspect.unwrap(code.func)
    if not (inspect.isroutine(code) or inspect.isclass(code)):
        code = type(code)
    try:
        path = inspect.getsourcefile(code)
        if path and Path(path).is_file():
            return Path(path).read_bytes()
        return inspect.getsource(code).encode("utf-8", "replace")
    except (TypeError, OSError):  # not in Python, or typed in where nothing keeps it
        return None


def from_spec(spec: Spec) -> Ranker:
    """``python:MODULE:NAME`` or ``python:FILE.py:NAME``.

    Raises:
        UsageError, SetupError: as `named_in_python` and `made` say.
    """
    return made(named_in_python(spec), spec)
