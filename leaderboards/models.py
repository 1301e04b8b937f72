"""What is known of a model beside its scores: size, release date, cut-off of its training data.

It comes from a TOML file that the user gives, from the record's config (`size_b`, `released`,
`cutoff`), and for the size as a last resort from the name (``…-7B-…``), which the page says.

::

    [models."o1-mini"]
    aliases = ["o1-mini.jsonl"]     # other names of it in records
    size_b = 7.6                    # parameters, in billions
    released = 2024-09-12
    cutoff = 2023-10-31             # as its makers state it
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcbrb import config
from lcbrb.errors import BadInputError, in_file
from lcbrb.rows import read_toml
from lcbrb.types import JsonValue

_SIZE = re.compile(r"(?<![\w.])(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![a-z0-9])", re.IGNORECASE)
_MILLIONS = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """One model. `size_b` is in billions of parameters; `size_from` says who tells it."""

    name: str
    size_b: float | None = None
    size_from: str = ""
    released: dt.date | None = None
    cutoff: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    aliases: tuple[str, ...] = ()
    size_b: float | None = None
    released: dt.date | None = None
    cutoff: dt.date | None = None

    def __post_init__(self) -> None:
        if self.size_b is not None and not 0.0 < self.size_b < float("inf"):
            raise ValueError("size_b must be a number above 0, in billions of parameters")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of model facts: by name, and the name of each alias."""

    sections: Mapping[str, _Section]
    names: Mapping[str, str]

    def name(self, subject: str) -> str:
        """The name that a subject goes by on the board."""
        return self.names.get(subject, subject)

    def unused(self, subjects: Iterable[str]) -> list[str]:
        """Models of the file that are in no run."""
        used = {self.name(subject) for subject in subjects}
        return sorted(self.sections.keys() - used)


NO_FILE = ModelFile({}, {})


def read_models(path: Path) -> ModelFile:
    """Read a TOML file of model facts.

    Raises:
        DataUnavailableError: there is no such file.
        BadInputError: it is no such file; the message says where.
    """
    document = read_toml(path)
    unknown = sorted(document.keys() - {"models"})
    tables = document.get("models", {})
    if unknown or not isinstance(tables, dict):
        what = unknown[0] if unknown else "models"
        raise BadInputError(f'expected tables [models."NAME"], found {what!r}', path=path)
    sections: dict[str, _Section] = {}
    names: dict[str, str] = {}
    for name, table in tables.items():
        sections[name] = _section(name, table, path)
        for alias in (name, *sections[name].aliases):
            if names.setdefault(alias, name) != name:
                raise BadInputError(f"{alias!r} names two models", path=path)
    return ModelFile(sections, names)


def _section(name: str, table: object, path: Path) -> _Section:
    if not isinstance(table, dict):
        raise BadInputError(f"model {name!r} is not a table", path=path)
    with in_file(path):
        return config.build(_Section, table, f"model {name!r}")


def model_info(name: str, file: ModelFile, configs: Iterable[Mapping[str, JsonValue]]) -> ModelInfo:
    """What is known of a model: the file first, then its records, then its name."""
    section = file.sections.get(name, _Section())
    recorded = list(configs)
    sizes = (
        (section.size_b, "given"),
        (_number(recorded, "size_b"), "recorded"),
        (size_in_name(name), "from the name"),
    )
    size_b, size_from = next(((s, source) for s, source in sizes if s is not None), (None, ""))
    return ModelInfo(
        name=name,
        size_b=size_b,
        size_from=size_from,
        released=section.released or _date(recorded, "released"),
        cutoff=section.cutoff or _date(recorded, "cutoff"),
    )


def size_in_name(name: str) -> float | None:
    """Billions of parameters as a name tells them: ``Qwen2.5-7B`` 7, ``SmolLM2-135M`` 0.135.

    None where it tells none, two different ones, or a mixture (``8x7B``: experts share a part).
    """
    sizes = {
        float(digits) / (_MILLIONS if unit in "mM" else 1.0) if not experts else None
        for experts, digits, unit in _SIZE.findall(name)
    }
    return sizes.pop() if len(sizes) == 1 else None


def _number(configs: Iterable[Mapping[str, JsonValue]], key: str) -> float | None:
    values: list[Any] = [entry.get(key) for entry in configs]
    return next(
        (float(v) for v in values if isinstance(v, int | float) and v is not True and v > 0), None
    )


def _date(configs: Iterable[Mapping[str, JsonValue]], key: str) -> dt.date | None:
    for entry in configs:
        try:
            return dt.date.fromisoformat(str(entry.get(key)))
        except ValueError:
            continue
    return None
