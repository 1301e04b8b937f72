"""What any reward model has to beat: chance, the length of the text, and how it is set."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from lcbrb.config import build
from lcbrb.errors import UsageError
from lcbrb.protocols.reward import Item
from lcbrb.registry import Spec
from lcbrb.rewards.base import RewardModel


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomOptions:
    """What ``random?…`` takes."""

    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomScores(RewardModel):
    """A score from the hash of the item: the same text gets the same score in any batch."""

    id: str
    seed: int
    bounds: tuple[float, float] = (0.0, 1.0)

    def score(self, items: Sequence[Item]) -> list[float]:
        """Uniform in [0, 1)."""
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> float:
        key = f"{self.seed}\0{item.prompt}\0{item.response}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.sha256(key).digest()[:6], "big") / 2**48


def random_scores(spec: Spec) -> RandomScores:
    """``random`` or ``random?seed=7``."""
    options = build(RandomOptions, spec.options, "random")
    _no_target(spec)
    return RandomScores(id=spec.text, seed=options.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Length(RewardModel):
    """Longer wins: the response's number of characters."""

    id: str = "length"
    bounds: tuple[float, float] = (0.0, float("inf"))

    def score(self, items: Sequence[Item]) -> list[float]:
        """Characters."""
        return [float(len(item.response)) for item in items]


def length(spec: Spec) -> Length:
    """``length``; no options."""
    _no_target(spec)
    if spec.options:
        raise UsageError(f"length takes no options, found {spec.text}")
    return Length()


#: what counts as formatting, and how one piece of it looks
FEATURES = {
    "code fence": re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE),
    "heading": re.compile(r"^#{1,6}[ \t]+\S", re.MULTILINE),
    "list item": re.compile(r"^[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+\S", re.MULTILINE),
    "bold": re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__"),
    "inline code": re.compile(r"(?<!`)`[^`\n]+`(?!`)"),
    "table row": re.compile(r"^[ \t]*\|[^\n]*\|[ \t]*$", re.MULTILINE),
    "LaTeX": re.compile(r"\$[^$\n]+\$|\\[(\[]|\\(?:frac|boxed|sqrt|begin|text)\b"),
    "number": re.compile(r"\d+(?:[.,]\d+)*"),
    "paragraph": re.compile(r"\n[ \t]*\n"),
}


def formatting(text: str) -> dict[str, int]:
    """How many pieces of each of `FEATURES` a text holds."""
    return {name: len(feature.findall(text)) for name, feature in FEATURES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Format(RewardModel):
    """More formatting wins: the sum over `FEATURES` of log2(1 + pieces of it in the response).

    A feature's first piece counts 1, its third 2, its seventh 3: what is there counts for more than
    how much of it. What is said plays no part, nor does length but through the pieces.
    """

    id: str = "format"
    bounds: tuple[float, float] = (0.0, float("inf"))

    def score(self, items: Sequence[Item]) -> list[float]:
        """0 for plain text in one paragraph."""
        return [
            math.fsum(math.log2(1 + count) for count in formatting(item.response).values())
            for item in items
        ]


def format_only(spec: Spec) -> Format:
    """``format``; no options."""
    _no_target(spec)
    if spec.options:
        raise UsageError(f"format takes no options, found {spec.text}")
    return Format()


def _no_target(spec: Spec) -> None:
    if spec.target:
        raise UsageError(f"'{spec.kind}' takes no name after a colon, found {spec.text}")
