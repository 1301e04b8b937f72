"""One side of a gate: the results of a run folder, or of the run folders below a folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from lcbrb.errors import UsageError
from lcbrb.runs.folder import SCORES
from lcbrb.runs.results import Result, ResultKind, find_runs, read_results, read_run
from lcbrb.types import RunKind


def read_side(path: Path) -> list[Result]:
    """Every result at or below a path that a gate compares.

    Best-of-n runs are left out (`left_out` names them): they score what another run graded.

    Raises:
        DataUnavailableError, UsageError: there is no run there, or none that can be compared.
        BadInputError: a file is broken, was changed since its run was finished, or is of a newer
            schema.
    """
    results = [
        _of_its_kind(result)
        for result in read_results([path])
        if result.record.kind != RunKind.BEST_OF_N
    ]
    if not results:
        raise UsageError(
            f"{path} holds {RunKind.BEST_OF_N} runs alone, which a gate does not compare: name "
            "runs of bench or of eval on pairs"
        )
    return results


def left_out(path: Path) -> list[str]:
    """A note on each run that `read_side` leaves out."""
    return [
        f"{folder.name} was left out: a gate does not compare {RunKind.BEST_OF_N} runs"
        for folder in find_runs(path)
        if read_run(folder).kind == RunKind.BEST_OF_N
    ]


def _of_its_kind(result: Result) -> Result:
    """A run that stopped before its first row is compared as what it would have been."""
    if result.kind is not ResultKind.FIGURES:
        return result
    of_pairs = result.record.kind == RunKind.REWARD_MODEL or (result.folder / SCORES).exists()
    kind = ResultKind.REWARD_MODEL if of_pairs else ResultKind.POLICY
    return dataclasses.replace(result, kind=kind)
