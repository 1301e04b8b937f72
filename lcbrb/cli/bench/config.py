"""The settings of `lcbrb bench` beyond its options: a TOML file, or NAME=VALUE."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcbrb.codec import read_text
from lcbrb.config import build
from lcbrb.errors import BadInputError, UsageError
from lcbrb.types import Sampling

_DEFAULT = Sampling()
_SAMPLING = tuple(field.name for field in dataclasses.fields(Sampling) if field.name != "n")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchConfig:
    """What a file may set: how to sample (see `Sampling`), and whether generations are kept.

    `seed` is that of the sampling; the command's own where it is None.
    """

    temperature: float = _DEFAULT.temperature
    top_p: float = _DEFAULT.top_p
    max_tokens: int = _DEFAULT.max_tokens
    stop: tuple[str, ...] = ()
    seed: int | None = None
    system_prompt: str | None = None
    template: str | None = None
    cache: bool = True

    def sampling(self, n: int, seed: int) -> Sampling:
        """The sampling of a run, given its options."""
        given = {name: getattr(self, name) for name in _SAMPLING}
        given["seed"] = seed if self.seed is None else self.seed
        return Sampling(n=n, **given)


def read_config(parts: Iterable[str]) -> BenchConfig:
    """The settings of files and of NAME=VALUE, a later one over an earlier one.

    Raises:
        UnknownNameError: no such setting.
        UsageError: a value that does not fit, or a part that is neither.
        BadInputError: a file is no TOML.
        DataUnavailableError: a file can't be read.
    """
    found: dict[str, Any] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        if equals and name.isidentifier() and not Path(part).is_file():
            found[name] = _value(value)
        elif part.endswith(".toml") or Path(part).is_file():
            found |= _file(Path(part).expanduser())
        else:
            raise UsageError(f"--config takes a .toml file or NAME=VALUE, found '{part}'")
    return build(BenchConfig, found, "bench")


def _value(text: str) -> Any:
    """As TOML has it (``0.6``, ``["a", "b"]``), else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise BadInputError(f"no TOML ({error})", path=path) from error
