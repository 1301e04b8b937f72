"""Whether a finished run's rows are those that its record counts, kind by kind.

The reader of run folders holds their number against the record. Rows that were changed in place
keep it; a gate, which decides by the rows, refuses those too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from lcbrb.errors import BadInputError
from lcbrb.runs.folder import SAMPLES, SCORES
from lcbrb.runs.results import Result
from lcbrb.types import Outcome, Status

_OUTCOMES = {Outcome.WIN: "wins", Outcome.TIE: "ties", Outcome.LOSS: "losses"}
_STATUSES = frozenset(status.value for status in Status)


def check_rows(results: Iterable[Result]) -> None:
    """Refuse rows that contradict the counts of their record.

    Raises:
        BadInputError: they do: the rows or the record were changed since the run was finished.
    """
    folders: dict[Path, list[Result]] = defaultdict(list)
    for result in results:
        folders[result.folder].append(result)
    for folder, of_folder in folders.items():
        record = of_folder[0].record
        if not record.complete:
            continue
        statuses = Counter(sample.status.value for result in of_folder for sample in result.samples)
        outcomes = Counter(
            _OUTCOMES[row.outcome] for result in of_folder for row in result.scored_pairs
        )
        for name, names, rows in (
            (SAMPLES, _STATUSES, statuses),
            (SCORES, frozenset(_OUTCOMES.values()), outcomes),
        ):
            counted = {key: count for key, count in record.counts.items() if key in names}
            if rows and counted:
                _compare(folder / name, rows, counted)


def _compare(path: Path, rows: Counter[str], counted: dict[str, int]) -> None:
    for name in sorted({*rows, *counted}):
        if rows[name] != counted.get(name, 0):
            raise BadInputError(
                f"{rows[name]} of its rows are '{name}', but the finished record counts "
                f"{counted.get(name, 0)}: one of the two was changed afterwards; copy or run it "
                "again",
                path=path,
            )
