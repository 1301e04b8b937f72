"""What every trainer gives back, and what ends it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lcbrb.errors import IncompleteRunError
from lcbrb.types import TrainingStep

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a training did; the model holds its best weights.

    `weights` are these by their names where no process holds all of them; empty in all processes
    but the first.
    """

    steps: Sequence[TrainingStep]
    best_step: int
    weights: Mapping[str, Tensor] | None = None


def check_finite(loss: float, step: int, names: Sequence[str] = (), what: str = "pairs") -> None:
    """Hold that a loss is a number.

    Raises:
        IncompleteRunError: it is not; the step and, where they are known, the pairs or whatever
            they are called are named.
    """
    if math.isfinite(loss):
        return
    among = f", of the {what} {', '.join(names)}," if names else ""
    raise IncompleteRunError(
        f"the loss of step {step}{among} is {loss}: training was stopped, and this model is "
        f"useless. Lower learning_rate, or check these {what}"
    )
