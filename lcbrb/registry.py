"""Spec strings to objects: ``KIND[:TARGET][?key=value&key=value]``.

A registry is a table of strings (``"package.module:attribute"``), so nothing heavy is imported
before it is chosen. Outsiders add kinds through entry points of the registry's group; a name in
our own table can't be taken over by one.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from lcbrb.errors import (
    RAISED_BY_OTHERS,
    MissingExtraError,
    SetupError,
    UnknownNameError,
    UsageError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A parsed spec string; `text` is what the user wrote."""

    text: str
    kind: str
    target: str = ""
    options: Mapping[str, str] = dataclasses.field(default_factory=dict)


def parse_spec(text: str) -> Spec:
    """Take a spec string apart.

    The options begin at the last ``?`` that is followed by ``key=``, so a target may hold
    question marks of its own. A target that begins with a round bracket holds other specs in
    brackets: the options are those behind the last one.

    Raises:
        UsageError: empty, or an option that is not ``key=value`` or is given twice.
    """
    body, options = _split_options(text.strip())
    kind, _, target = body.partition(":")
    if not kind:
        raise UsageError(f"empty spec '{text}': expected KIND or KIND:TARGET")
    return Spec(text=text.strip(), kind=kind, target=target, options=options)


_OPTIONS = re.compile(r"\?(?=[\w-]+=)")
_NESTED = re.compile(r"[^:?]+:\(")


def _split_options(text: str) -> tuple[str, dict[str, str]]:
    begin = text.rfind(")") + 1 if _NESTED.match(text) else 0
    marks = list(_OPTIONS.finditer(text, begin))
    if not marks:
        return text, {}
    body, tail = text[: marks[-1].start()], text[marks[-1].end() :]
    options: dict[str, str] = {}
    for part in tail.split("&"):
        key, equals, value = part.partition("=")
        if not equals or not key:
            raise UsageError(f"'{part}' in '{text}' is not key=value")
        if key in options:
            raise UsageError(f"'{key}' is given twice in '{text}'")
        options[key] = value
    return body, options


@dataclass(frozen=True)
class Registry:
    """Names of one kind of thing, and where each is made.

    Args:
        what: the kind of thing, in words, for error messages ("reward model").
        table: name to ``"module:attribute"``.
        group: entry-point group through which others add names.
    """

    what: str
    table: Mapping[str, str]
    group: str | None = None

    @cached_property
    def _plugins(self) -> Mapping[str, EntryPoint]:
        found = entry_points(group=self.group) if self.group else ()
        return {point.name: point for point in found if point.name not in self.table}

    def names(self) -> list[str]:
        """Every known name, our own first."""
        return [*self.table, *sorted(self._plugins)]

    def __contains__(self, name: str) -> bool:
        """Whether the name is known."""
        return name in self.table or name in self._plugins

    def load(self, name: str) -> Callable[..., Any]:
        """The factory behind a name.

        Raises:
            UnknownNameError: no such name; the nearest ones are named.
            SetupError: a plug-in, and its module does not import.
        """
        if name in self.table:
            return attribute(self.table[name])
        if name in self._plugins:
            try:
                return self._plugins[name].load()  # type: ignore[no-any-return]
            except RAISED_BY_OTHERS as error:
                point = self._plugins[name].value
                what = f"the {self.what} '{name}' ({point})"
                raise SetupError(f"{what} did not load: {error}") from error
        raise UnknownNameError(self.what, name, self.names())


def attribute(path: str) -> Callable[..., Any]:
    """What ``package.module:attribute`` names."""
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)  # type: ignore[no-any-return]


#: top-level modules of optional dependencies, and the extra that brings each
_EXTRAS = {
    "torch": "hf",
    "transformers": "hf",
    "accelerate": "hf",
    "safetensors": "hf",
    "gguf": "hf",
    "peft": "hf",
    "vllm": "vllm",
    "evalplus": "evalplus",
    "psutil": "evalplus",
    "ray": "ray",
    "lm_eval": "lm-eval",
}


def require(modules: Iterable[str], what: str) -> None:
    """Check that optional modules are installed before anything slow starts.

    Args:
        modules: some of those in `_EXTRAS`.
        what: what needs them, for the error message.

    Raises:
        MissingExtraError: one is not; the extra that brings it is named.
    """
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError(_EXTRAS[module], what)
