"""The limits of an audit, as a TOML file may set them. docs/pairs-audit.md argues for each.

::

    length = 0.6             # what length alone may reach; also format, words, code, verdict
    doubted = 0.1            # the share of labels with evidence against them
    before_cutoff = 0.0      # the share of dated pairs before a stated cut-off
    overlap = 0.01           # the share of pairs that overlap with what --against names
    detectable = 0.1         # the difference of two reward models that the set must tell

    [cutoffs]                # as --cutoff
    "Qwen2.5-Coder" = 2024-06-30
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lcbrb import config
from lcbrb.errors import UsageError, in_file
from lcbrb.rows import read_toml

_HALF = 0.5
_GRAM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Limits and settings of an audit; the defaults are an audit without a file."""

    length: float = 0.6
    format: float = 0.6
    words: float = 0.65
    code: float = 0.65
    verdict: float = 0.6
    doubted: float = 0.1
    before_cutoff: float = 0.0
    overlap: float = 0.01
    detectable: float = 0.1
    gram: int = 8  # words of an n-gram
    shared: float = 0.5  # of the n-grams of the shorter text, to count as an overlap
    cosine: float = 0.9  # of two embeddings, to count as one
    discordance: float = 0.4  # the share of pairs on which two reward models differ
    alpha: float = 0.05
    power: float = 0.8
    cutoffs: Mapping[str, dt.date] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse limits that mean nothing."""
        for name in ("length", "format", "words", "code", "verdict"):
            if not _HALF <= getattr(self, name) <= 1.0:
                raise UsageError(f"{name} is an accuracy from 0.5 to 1, not {getattr(self, name)}")
        for name in ("doubted", "before_cutoff", "overlap", "detectable", "shared", "cosine"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise UsageError(f"{name} is a share from 0 to 1, not {getattr(self, name)}")
        for name in ("discordance", "alpha", "power"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise UsageError(f"{name} lies between 0 and 1, not {getattr(self, name)}")
        if self.gram < _GRAM:
            raise UsageError(f"gram must be a number of words of at least {_GRAM}, not {self.gram}")


def load_thresholds(path: Path | str | None) -> Thresholds:
    """The limits in a file; the defaults where there is none.

    Raises:
        DataUnavailableError: there is no such file.
        BadInputError: it is no TOML, or sets what an audit does not have.
    """
    if path is None:
        return Thresholds()
    place = Path(path).expanduser()
    with in_file(place):
        return config.build(Thresholds, read_toml(place), "an audit")


def with_cutoffs(thresholds: Thresholds, cutoffs: Mapping[str, dt.date]) -> Thresholds:
    """The same limits with more cut-offs, which win over those of the same name."""
    return dataclasses.replace(thresholds, cutoffs={**thresholds.cutoffs, **cutoffs})
