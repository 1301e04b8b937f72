"""Spec strings to objects: ``KIND[:TARGET][?key=value&key=value]``.

A registry is a table of entries whose factories are strings (``"package.module:attribute"``), so
nothing heavy is imported before it is chosen. Outsiders add kinds through entry points of the
registry's group, which can't take over a name of our own table, or name theirs on the spot:
``python:MODULE:NAME``, ``python:FILE.py:NAME``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.machinery import SourceFileLoader
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from lcbrb.errors import (
    RAISED_BY_OTHERS,
    LcbrbError,
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


def take_name(text: str) -> tuple[str, str]:
    """A spec without its option ``name``, and the name that it gives; empty where it gives none.

    Any model may be named so, for tables and folders; no kind has to know of it.

    Raises:
        UsageError: as `parse_spec`, or the name is empty.
    """
    body, options = _split_options(text.strip())
    if "name" not in options:
        return text, ""
    name = options.pop("name").strip()
    if not name:
        raise UsageError(f"'{text}' has an empty name in it")
    rest = "&".join(f"{key}={value}" for key, value in options.items())
    return f"{body}?{rest}" if rest else body, name


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


@dataclass(frozen=True, slots=True)
class Entry:
    """A name of a registry, and all that `lcbrb list` and `lcbrb doctor` say of it.

    Args:
        factory: where it is made, ``"module:attribute"``; called with a `Spec`.
        about: one line for people.
        data: patterns of the files below `LCBRB_DATA` that it reads.
        extra: the optional dependencies that it needs (see `EXTRAS`).
        without_extra: what of it works without them, as its spec says that; empty: nothing.
        has_home: whether the files come from the network where there are none.
    """

    factory: str
    about: str
    data: tuple[str, ...] = ()
    extra: str = ""
    without_extra: str = ""
    has_home: bool = True


@dataclass(frozen=True)
class Registry:
    """Names of one kind of thing, and where each is made.

    Args:
        what: the kind of thing, in words, for error messages ("reward model").
        table: our own names.
        group: entry-point group through which others add names.
    """

    what: str
    table: Mapping[str, Entry]
    group: str | None = None

    @cached_property
    def _plugins(self) -> Mapping[str, EntryPoint]:
        points = entry_points(group=self.group) if self.group else ()
        return {point.name: point for point in points if point.name not in self.table}

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
            return attribute(self.table[name].factory)
        if name in self._plugins:
            try:
                return self._plugins[name].load()  # type: ignore[no-any-return] # by name
            except RAISED_BY_OTHERS as error:
                what = f"the {self.what} '{name}' ({self._plugins[name].value})"
                raise SetupError(f"{what} did not load: {error}") from error
        raise UnknownNameError(self.what, name, self.names(), self._meant(name))

    def _meant(self, name: str) -> str:
        """What to write for a path or a hub's id that stands without its kind; else nothing."""
        if name.endswith(".py") and "python" in self.table:
            return f"a class or function in a file is python:{name}:NAME."
        if "replay" in self.table and Path(name).expanduser().is_file():
            return f"recorded completions are replay:{name}."
        of_model = "/" in name and "hf" in self.table
        return f"a model on the hub or in a folder is hf:{name}." if of_model else ""


def attribute(path: str) -> Callable[..., Any]:
    """What ``package.module:attribute`` names."""
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)  # type: ignore[no-any-return] # by name


# -------------------------------------------------------------------------- other people's code
_SHOWN = 200  # characters of their error messages


def from_python(spec: Spec) -> Any:
    """What the factory or class of ``python:MODULE:NAME`` or ``python:FILE.py:NAME`` gives.

    Raises:
        UsageError: no name of that form.
        SetupError: no such module, file or name, or it can't be called, or raises something.
        LcbrbError: what the factory raises.
    """
    return call_factory(named_in_python(spec), spec)


def named_in_python(spec: Spec) -> Any:
    """What ``python:MODULE:NAME`` or ``python:FILE.py:NAME`` names; its module runs here.

    Raises:
        UsageError: no name of that form.
        SetupError: no such module, file or name.
    """
    module, colon, name = spec.target.rpartition(":")
    if not (module and colon and name.isidentifier()):
        raise UsageError(
            f"{spec.text}: python needs MODULE:NAME or FILE.py:NAME (the code runs on this "
            "machine, without a sandbox)"
        )
    loaded = _file(module) if module.endswith(".py") else _module(module)
    if not hasattr(loaded, name):
        raise SetupError(f"{module} has no '{name}'")
    return getattr(loaded, name)


def call_factory(factory: Any, spec: Spec) -> Any:
    """What a factory of somebody else's gives for a spec.

    Raises:
        SetupError: it can't be called, or raises something.
        LcbrbError: what it raises is let through.
    """
    if not callable(factory):
        raise SetupError(f"{spec.text} is a {type(factory).__name__}, which can't be called")
    try:
        return factory(spec)
    except LcbrbError:
        raise
    except RAISED_BY_OTHERS as error:
        raise SetupError(failure(f"{spec.text} was not made", error)) from error


def failure(what: str, error: BaseException) -> str:
    """What went wrong in other people's code, in which line, and what to do, as one sentence."""
    why = f"{type(error).__name__}: {error}"[:_SHOWN].replace("\n", " ")
    frames = traceback.extract_tb(error.__traceback__)[1:]  # without the one that called
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{what}: {why}{where}; fix it and run the command again"


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except RAISED_BY_OTHERS as error:
        missing = isinstance(error, ModuleNotFoundError)
        hint = "; for a file, write python:./FILE.py:NAME" if missing else ""
        raise SetupError(f"the module {name} did not import: {error}{hint}") from error


class _AsItIs(SourceFileLoader):
    """Compiles a file anew each time.

    Python's cache of compiled files takes one for unchanged that was changed within a second and
    has the same size.
    """

    def get_code(self, fullname: str) -> CodeType:
        """The code of the file as it is now."""
        del fullname
        return self.source_to_code(self.get_data(self.path), self.path)


def _file(name: str) -> ModuleType:
    path = Path(name).expanduser().resolve()
    if not path.is_file():
        raise SetupError(f"no such file: {path}")
    # a name that no installed module has, the same for the same file
    unique = f"lcbrb_user_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(unique, path, loader=_AsItIs(unique, str(path)))
    if spec is None or spec.loader is None or path.suffix != ".py":
        raise SetupError(f"{path} can't be read as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[unique] = module
    try:
        spec.loader.exec_module(module)
    except RAISED_BY_OTHERS as error:
        del sys.modules[unique]
        raise SetupError(f"{path} did not run: {type(error).__name__}: {error}") from error
    return module


# ----------------------------------------------------------------------------------------- extras

#: the modules that each extra brings
EXTRAS = {
    "hf": ("torch", "transformers", "accelerate", "safetensors", "gguf", "peft"),
    "train": ("trl",),
    "vllm": ("vllm",),
    "ray": ("ray",),
    "lm-eval": ("lm_eval",),
    "evalplus": ("evalplus", "psutil"),
    "inspect": ("inspect_ai",),
    "review": ("starlette", "uvicorn"),
    "serve": ("prometheus_client", "starlette", "uvicorn"),
}


def missing_from(extra: str) -> list[str]:
    """The modules of an extra that are not installed."""
    return [module for module in EXTRAS[extra] if importlib.util.find_spec(module) is None]


def require(modules: Iterable[str], what: str) -> None:
    """Check that optional modules are installed before anything slow starts.

    Args:
        modules: some of those in `EXTRAS`.
        what: what needs them, for the error message.

    Raises:
        MissingExtraError: one is not; the extra that brings it is named.
    """
    for module in modules:
        if importlib.util.find_spec(module) is None:
            extra = next(name for name, brought in EXTRAS.items() if module in brought)
            raise MissingExtraError(extra, what)
