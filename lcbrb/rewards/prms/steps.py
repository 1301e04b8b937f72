"""A reasoning process as steps, and the scores of steps as one score. Pure: no models here.

A step's score is the logarithm of a probability. Logarithms, because the product of many
probabilities is too small for a number, and equal zeros would look like ties.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from enum import StrEnum

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
#: a line that opens a numbered step: "Step 3: …", "**Step 3**", "### 3. …", "3) …"
_NUMBERED = re.compile(
    r"^(?=[ \t]*[#*]*[ \t]*(?:step[ \t]+\d+|\d+[.)](?!\d)))", re.IGNORECASE | re.MULTILINE
)


class Splitting(StrEnum):
    """Where one step ends and the next begins."""

    AUTO = "auto"  # paragraphs where there is a blank line, else lines
    LINES = "lines"
    PARAGRAPHS = "paragraphs"  # at blank lines
    NUMBERED = "numbered"  # before "Step 3", "3." or "3)" at the beginning of a line
    MARKER = "marker"  # at a text of the user's


class Aggregate(StrEnum):
    """How the scores of steps become the score of the process."""

    MIN = "min"  # the weakest step: one error spoils a process, as Math-Shepherd has it
    PRODUCT = "product"  # all steps right, as its logarithm
    LAST = "last"
    MEAN = "mean"


def split(text: str, how: Splitting, marker: str = "") -> list[str]:
    """The steps of a text, without space around them; none is empty.

    `marker` is what stands between steps, for `Splitting.MARKER`.
    """
    if how is Splitting.AUTO:
        how = Splitting.PARAGRAPHS if _BLANK_LINE.search(text.strip()) else Splitting.LINES
    if how is Splitting.MARKER:
        parts = text.split(marker)
    elif how is Splitting.NUMBERED:
        parts = _NUMBERED.split(text)
    else:
        parts = _BLANK_LINE.split(text) if how is Splitting.PARAGRAPHS else text.splitlines()
    return [part.strip() for part in parts if part.strip()]


def aggregate(log_probabilities: Sequence[float], how: Aggregate) -> float:
    """One score of a process: a probability, or with `PRODUCT` the logarithm of one.

    Log probabilities are in nats.

    Returns:
        NaN where there is no step, or a step has no score (NaN): that stops the run.
    """
    if not log_probabilities or any(map(math.isnan, log_probabilities)):
        return math.nan  # `min` would lose one, and the last step tells of no earlier one
    if how is Aggregate.PRODUCT:
        return math.fsum(log_probabilities)
    if how is Aggregate.LAST:
        return math.exp(log_probabilities[-1])
    if how is Aggregate.MIN:
        return min(map(math.exp, log_probabilities))
    return math.fsum(map(math.exp, log_probabilities)) / len(log_probabilities)


def bounds(how: Aggregate) -> tuple[float, float]:
    """The least and greatest score that `aggregate` gives."""
    return (-math.inf, 0.0) if how is Aggregate.PRODUCT else (0.0, 1.0)
