"""How much longer one side of a pair is: in classes for tables, on a bounded scale for fits."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lcbrb.types import PreferencePair

GAPS = (
    "chosen shorter by over 30%",
    "shorter by 5 to 30%",
    "shorter by under 5%",
    "equally long",
    "longer by under 5%",
    "longer by 5 to 30%",
    "chosen longer by over 30%",
)
_EQUAL = 3
_GAP_EDGES = (0.05, 0.3)


def gap_of(pair: PreferencePair) -> int:
    """Which of `GAPS` a pair's difference in length is, against its longer side (characters)."""
    chosen, rejected = len(pair.chosen), len(pair.rejected)
    if chosen == rejected:
        return _EQUAL
    share = abs(chosen - rejected) / max(chosen, rejected)
    step = 1 + sum(share >= edge for edge in _GAP_EDGES)
    return _EQUAL + step if chosen > rejected else _EQUAL - step


def gap_in_characters(pair: PreferencePair) -> int:
    """Characters of the chosen side minus those of the rejected one."""
    return len(pair.chosen) - len(pair.rejected)


def typical_gap(pairs: Sequence[PreferencePair]) -> float:
    """The root mean square of the gaps, in characters: like a standard deviation about 0."""
    return math.sqrt(sum(gap_in_characters(pair) ** 2 for pair in pairs) / len(pairs))


def scaled_gaps(pairs: Sequence[PreferencePair]) -> list[float]:
    """tanh(gap / `typical_gap`) of each pair, in (-1, 1): 0 where the sides are equally long.

    The hyperbolic tangent keeps a few enormous gaps from deciding a fit (as length-controlled
    AlpacaEval has it, arXiv 2404.04475).
    """
    scale = typical_gap(pairs) or 1.0
    return [math.tanh(gap_in_characters(pair) / scale) for pair in pairs]
