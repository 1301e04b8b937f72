"""TraceLift-Groups: a reference reasoning over copies of it that were perturbed, by kind.

Source: arXiv 2605.03862, data ``ScottHan/TraceLift-Groups``; the layout is that of the README of
``MasaiahHan/TraceLift``. A row is one problem with a `positive_pool` and a `negative_bank`; every
positive meets every negative. `category` is the negative's kind (``wrong_algorithm_choice``, …),
`difficulty` the part (code, math). The rubrics (five whole numbers from 0 to 4, a total in [0, 1])
are checked where a row has them; the two totals stand in the provenance. No revision of the data
set was at hand, so nothing is downloaded: name a file, ``tracelift:train_groups.jsonl``, or put
files below `LCBRB_DATA`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb.errors import UsageError
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.rows import Row
from lcbrb.sources.base import Source, refuse_options
from lcbrb.types import JsonValue, PreferencePair, Relation

SOURCE = Source(
    name="tracelift",
    row="a TraceLift group",
    local=("preference/tracelift/*.json", "preference/tracelift/*.jsonl"),
)
DIMENSIONS = (
    "task_understanding",
    "plan_quality",
    "step_coherence",
    "action_support",
    "non_leakage",
)
_MOST = 4  # of a dimension
_PARTS = {"code": "code", "math": "math"}


@dataclass(frozen=True, slots=True)
class _Reasoning:
    text: str
    total: float | None
    kind: str | None = None


def load_pairs(spec: Spec) -> PairSet:
    """Every positive over every negative of each group; equal texts are left out and counted.

    Raises:
        UsageError: options, of which there are none.
        DataUnavailableError, BadInputError: a file is not there, or not in the layout; file and
            line (or row) are named.
    """
    refuse_options(spec)
    file = Path(spec.target).expanduser() if spec.target else None
    return SOURCE.without_equal_sides(spec, *SOURCE.read(_pairs, file))


def _pairs(row: Row) -> Iterator[PreferencePair]:
    part, problem = row.choice("source", _PARTS), row.label("problem_id")
    positives = _reasonings(row, "positive_pool")
    negatives = _reasonings(row, "negative_bank", kinds=True)
    for i, better in enumerate(positives):
        for j, worse in enumerate(negatives):
            totals = ""
            if better.total is not None and worse.total is not None:
                totals = f", rubric total {better.total:g} over {worse.total:g}"
            yield SOURCE.pair(
                problem=f"{part}/{problem}",
                prompt=row.text("problem"),
                chosen=better.text,
                rejected=worse.text,
                relation=Relation.GIVEN,
                category=worse.kind,
                difficulty=part,
                rule=f"positive {i} x negative {j}{totals}",
            )


def _reasonings(row: Row, name: str, *, kinds: bool = False) -> Sequence[_Reasoning]:
    value = row[name]
    if not isinstance(value, list) or not value:
        raise UsageError(f"field '{name}' is not a list of reasonings, or an empty one")
    return [_reasoning(entry, f"{name}[{i}]", row.path, kinds) for i, entry in enumerate(value)]


def _reasoning(entry: JsonValue, where: str, path: Path, kinds: bool) -> _Reasoning:  # noqa: FBT001 - of one caller
    if not isinstance(entry, dict):
        raise UsageError(f"{where} is not an object")
    fields = Row(entry, path)
    try:
        return _Reasoning(
            text=fields.text("reasoning"),
            total=_rubric_total(fields),
            kind=fields.text("negative_kind") if kinds else None,
        )
    except KeyError as error:
        raise UsageError(f"{where} has no field {error}") from error
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error


def _rubric_total(fields: Row) -> float | None:
    """The rubric's total; None where there is no rubric."""
    if fields.get("rubric") is None:
        return None
    if not isinstance(fields["rubric"], dict):
        raise UsageError("field 'rubric' is not an object")
    rubric = Row(fields["rubric"], fields.path)
    for name in DIMENSIONS:
        value = rubric.number(name)
        if not value.is_integer() or not 0 <= value <= _MOST:
            raise UsageError(f"rubric '{name}' is {value:g}, expected a whole number from 0 to 4")
    total = rubric.number("total")
    if not 0 <= total <= 1:
        raise UsageError(f"rubric 'total' is {total:g}, expected a number from 0 to 1")
    return total
