"""Which golds of a benchmark fail in an environment, and why: tables that ship as data.

A table is measured in one environment (its lock) on one release of the data
(`lcbrb.verify_environment`), and lies with the environment's locks: ``golds-3.10.toml``. Each task
in it has a cause, and what it would need; one whose need the environment here meets (an option that
was installed, data that were copied in) is left in.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lcbrb.config import build
from lcbrb.environments.definition import Definition, lock_id
from lcbrb.environments.store import Environment
from lcbrb.errors import in_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """A gold that fails: `cause` in a word, `why` in a sentence.

    `needs` is what it would pass with: ``option:NAME`` or ``data:PATH`` in the environment; empty
    where nothing here would do.
    """

    cause: str
    why: str
    needs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldTable:
    """A table: `release` of the data, `lock` of the environment without options, `measured` on.

    Of the `golds` that came to a verdict `passed` passed each of the `passes` over all of them.
    """

    release: str
    python: str
    lock: str
    measured: str
    golds: int
    passed: int
    passes: int = 1
    tasks: dict[str, Gold] = field(default_factory=dict)

    def toml(self) -> str:
        """The text of its file."""
        lines = [
            "# Golds that do not pass in this environment (lcbrb/sources/problems/gold_table.py)",
            *(_line(name, getattr(self, name)) for name in _HEAD),
        ]
        for task, gold in sorted(self.tasks.items(), key=lambda item: _natural(item[0])):
            lines += ["", f"[tasks.{_quoted(task)}]"]
            lines += [_line(name, getattr(gold, name)) for name in ("cause", "why")]
            lines += [_line("needs", gold.needs)] if gold.needs else []
        return "\n".join(lines) + "\n"


_HEAD = ("release", "python", "lock", "measured", "golds", "passed", "passes")


def _line(name: str, value: str | int) -> str:
    return f"{name} = {value if isinstance(value, int) else _quoted(value)}"


def _quoted(text: str) -> str:
    """A string of TOML: JSON's, but for letters beyond 16 bits, DEL, and lone surrogates."""
    written = text.encode("utf-8", "backslashreplace").decode()
    return json.dumps(written, ensure_ascii=False).replace("\x7f", "\\u007f")


def _natural(name: str) -> list[tuple[int, str]]:
    """A sort key that reads numbers in a name as numbers."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", name)]


@dataclass(frozen=True, slots=True)
class Excluded(Collection[str]):
    """Ids of tasks that are left out, with the reason of each; `doubt` says what is not known."""

    golds: Mapping[str, Gold]
    doubt: str = ""

    def __contains__(self, name: object) -> bool:
        return name in self.golds

    def __iter__(self) -> Iterator[str]:
        return iter(self.golds)

    def __len__(self) -> int:
        return len(self.golds)

    def notes(self, there: Collection[str]) -> tuple[str, ...]:
        """What a record says of those that would be there: ids by cause."""
        causes: dict[str, list[str]] = {}
        for name, gold in self.golds.items():
            if name in there:
                causes.setdefault(gold.cause, []).append(name.rpartition("/")[2])
        sentences = [
            f"{len(names)} tasks are left out because their gold solutions fail here ({cause}): "
            f"{', '.join(names)}"
            for cause, names in sorted(causes.items())
        ]
        return (*sentences, *([self.doubt] if self.doubt else []))


def gold_table(of: Definition, python: str) -> GoldTable | None:
    """The table for a Python (``3.10``); None where golds were not measured under it.

    Raises:
        BadInputError: its file can't be used.
    """
    path = of.folder / f"golds-{python}.toml"
    return _read(path) if path.is_file() else None


def known_causes(of: Definition, python: str) -> dict[str, Gold]:
    """Every gold that a table of an environment names: under this Python, else under another."""
    known: dict[str, Gold] = {}
    for other in sorted(of.settings.pythons, key=lambda other: other == python):
        if table := gold_table(of, other):
            known |= table.tasks
    return known


def _read(path: Path) -> GoldTable:
    with in_file(path):
        fields: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        return build(GoldTable, fields, path.name)


def excluded(of: Definition, here: Environment, version: str) -> Excluded:
    """The tasks that are left out in an environment.

    Args:
        of: its definition, which holds the tables.
        here: the environment.
        version: of the data; a table of another release holds as far as tasks did not change.
    """
    table = gold_table(of, here.python)
    if table is None:
        return Excluded(
            {}, f"gold solutions were not measured under Python {here.python}: no task is left out"
        )
    doubt = ""
    if table.lock != lock_id(of.pins(here.python)):
        doubt = "gold solutions were measured with other library versions"
    elif not version.startswith(f"{table.release}-"):
        doubt = f"gold solutions were measured on {table.release}, not on these data"
    failing = {name: gold for name, gold in table.tasks.items() if not is_met(gold.needs, here)}
    return Excluded(failing, doubt)


def is_met(needs: str, here: Environment) -> bool:
    """Whether an environment has what a gold needs; what needs nothing is never met."""
    kind, _, name = needs.partition(":")
    if kind == "option":
        return here.record is not None and name in here.record.options
    return kind == "data" and any(here.folder.glob(name))
