"""The one reader of run folders: what each subject did, as far as the folder proves it.

A run in progress is read as far as it is: a last line without its end is left out. The rows of a
finished run are held against what its record counts, and one that lost or gained rows is refused:
no number is worth showing of a folder that was changed since. A folder from before runs held one
subject each gives a result for each sampler in it.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

from lcbrb import codec
from lcbrb.errors import BadInputError, DataUnavailableError, UsageError
from lcbrb.protocols.rows import SampleRow
from lcbrb.quick_rows import as_records
from lcbrb.runs.folder import COMPLETIONS, PAIRS, RECORD, SAMPLE_SCORES, SAMPLES, SCORES
from lcbrb.types import (
    Completion,
    Metric,
    PreferencePair,
    Record,
    RunKind,
    RunRecord,
    SampleVerdict,
    ScoredPair,
    ScoredSample,
    Status,
)

R = TypeVar("R", bound=Record)

#: where each kind of run keeps what its record counts
_ROWS = {
    RunKind.BENCH: SAMPLES,
    RunKind.PAIRS: SAMPLES,
    RunKind.REWARD_MODEL: SCORES,
    RunKind.BEST_OF_N: SAMPLE_SCORES,
}


#: what tells the rows of a file apart: see `OfSample.key`, which costs more
_KEY_OF_SAMPLE = attrgetter("problem_id", "policy_id", "sample_index")
_KEY_OF_PAIR = attrgetter("pair_id")


class ResultKind(StrEnum):
    """What was measured: a policy's samples, a reward model's pairs, or figures alone."""

    POLICY = "policy"
    REWARD_MODEL = "reward model"
    FIGURES = "figures"


#: the first score of a run, where its kind has one
HEADLINES = {ResultKind.POLICY: Metric("pass@1"), ResultKind.REWARD_MODEL: Metric("accuracy")}


@dataclass(frozen=True, kw_only=True)  # no slots: texts are read on demand, and kept
class Result:
    """One subject on one benchmark or pair set.

    `record` is the run's, with this subject's estimates alone. Rows stand in the order of the
    folder, the last one of a sample that was tried again: `sample_rows` of a policy, `scored_pairs`
    of a reward model, `scored_samples` of a best-of-n run (whose kind is figures).
    """

    folder: Path
    record: RunRecord
    subject: str
    kind: ResultKind
    sample_rows: tuple[SampleRow, ...] = ()
    scored_pairs: tuple[ScoredPair, ...] = ()
    scored_samples: tuple[ScoredSample, ...] = ()

    @cached_property
    def samples(self) -> tuple[SampleVerdict, ...]:
        """The policy's verdicts as records, made of the rows when they are asked for."""
        return tuple(as_records(SampleVerdict, self.sample_rows))

    @cached_property
    def pairs(self) -> tuple[PreferencePair, ...]:
        """The pairs that were scored, with their texts; none where the folder keeps none."""
        return tuple(read_rows(PreferencePair, self.folder, PAIRS))

    def completions(self) -> list[Completion]:
        """The subject's texts, read anew at each call; none where the folder keeps none."""
        rows = read_rows(Completion, self.folder, COMPLETIONS)
        return [row for row in rows if row.policy_id == self.subject]


def read_results(
    paths: Iterable[Path], on_broken: Callable[[BadInputError], object] | None = None
) -> list[Result]:
    """The results of all runs at or below some paths; a folder that is met twice is read once.

    Args:
        paths: run folders, or folders that hold such.
        on_broken: is told of each folder that can't be read, which is then left out while others
            can. Without, the first one is raised.

    Raises:
        DataUnavailableError: a path is no folder.
        UsageError: no run lies there.
        BadInputError: a file is broken or of a newer schema, or a finished run lost or gained rows.
            The message names the file.
    """
    folders: dict[Path, Path] = {}
    for path in paths:
        for folder in find_runs(path):
            folders.setdefault(folder.resolve(), folder)
    results: list[Result] = []
    broken: list[BadInputError] = []
    for folder in folders.values():
        try:
            results += read_folder(folder)
        except BadInputError as error:
            if on_broken is None:
                raise
            on_broken(error)
            broken.append(error)
    if broken and not results:
        raise broken[0]
    return results


def read_folder(folder: Path) -> list[Result]:
    """The results of one run folder: one, or one of each sampler.

    Raises:
        BadInputError: as `read_results`.
    """
    record = read_run(folder)
    scored_pairs = as_records(ScoredPair, _latest(ScoredPair, folder, SCORES, record))
    scored_samples = as_records(ScoredSample, _latest(ScoredSample, folder, SAMPLE_SCORES, record))
    rows = [] if scored_pairs else _latest(SampleVerdict, folder, SAMPLES, record)
    if rows:
        by_policy = _by_policy(rows)
        return [
            Result(
                folder=folder,
                record=_of_policy(record, policy, by_policy),
                subject=policy,
                kind=ResultKind.POLICY,
                sample_rows=tuple(own),
            )
            for policy, own in by_policy.items()
        ]
    return [
        Result(
            folder=folder,
            record=record,
            subject=record.subject,
            kind=ResultKind.REWARD_MODEL if scored_pairs else ResultKind.FIGURES,
            scored_pairs=tuple(scored_pairs),
            scored_samples=tuple(scored_samples),
        )
    ]


def read_completions(folder: Path, record: RunRecord) -> tuple[Completion, ...]:
    """The texts of a whole run, of all its samplers.

    Raises:
        BadInputError: a line is broken, or the finished run lost or gained texts.
    """
    return tuple(as_records(Completion, _latest(Completion, folder, COMPLETIONS, record)))


def _latest(cls: type[Record], folder: Path, name: str, record: RunRecord) -> list[Any]:
    """The rows of a file, the last one of each sample or pair, held against the record.

    Raises:
        BadInputError: a line is broken, or the finished run lost or gained rows.
    """
    key = _KEY_OF_PAIR if cls is ScoredPair else _KEY_OF_SAMPLE
    rows: dict[object, Any] = {}
    for block in _row_blocks(cls, folder, name):
        rows.update(zip(map(key, block), block, strict=True))
    if rows or name in {COMPLETIONS, _ROWS.get(RunKind(record.kind))}:
        _check_whole(folder / name, record, len(rows))
    return list(rows.values())


def _by_policy(rows: Iterable[SampleRow]) -> dict[str, list[SampleRow]]:
    by_policy: dict[str, list[SampleRow]] = defaultdict(list)
    for policy, own in groupby(rows, attrgetter("policy_id")):
        by_policy[policy] += own
    return by_policy


def _of_policy(record: RunRecord, policy: str, policies: Iterable[str]) -> RunRecord:
    """The record with the policy's own estimates, and those that are nobody's."""
    estimates = {}
    for metric, estimate in record.estimates.items():
        owned = {name: own for name in policies if (own := _owned(metric, name)) is not None}
        if policy in owned or not owned:
            estimates[owned.get(policy, metric)] = estimate
    return dataclasses.replace(record, estimates=estimates)


def _owned(metric: Metric, policy: str) -> Metric | None:
    """A policy's metric without its name; schema 1 had ``pass@1/SAMPLER/tests=base`` for a name."""
    slices = dict(metric.slices)
    if slices.pop("sampler", None) == policy:
        return Metric.of(metric.name, **slices)
    name, _, rest = metric.name.partition("/")
    if rest == policy:
        return Metric(name)
    part, sliced, value = rest.removeprefix(f"{policy}/").partition("=")
    return Metric.of(name, **{part: value}) if sliced and rest.startswith(f"{policy}/") else None


def _check_whole(path: Path, record: RunRecord, rows: int) -> None:
    """The one rule for rows that a finished record does not count, too few or too many.

    Raises:
        BadInputError: the file was cut off or changed since.
    """
    expected = _counted(record.counts, path.name)
    if not record.complete or expected is None or rows == expected:
        return
    if rows < expected:
        contents = (
            f"{rows} of the {expected} results that its finished record counts: it was cut off"
        )
    else:
        contents = f"{rows} results, but its finished record counts {expected}: rows were added"
    raise BadInputError(f"has {contents} or changed afterwards; copy or run it again", path=path)


def _counted(counts: dict[str, int], name: str) -> int | None:
    """How many rows of a file a record counts; None where it does not say."""
    if name == SCORES:
        return counts.get("pairs")
    if name == SAMPLE_SCORES:
        return counts.get("samples")
    if "completions" in counts:
        return counts["completions"] - (counts.get("ungraded", 0) if name == SAMPLES else 0)
    graded = [counts[status] for status in Status if status in counts]
    return sum(graded) if graded else None


# ------------------------------------------------------------------------------ folders and files


def find_runs(path: Path) -> list[Path]:
    """The run folders at or below a path, in the order of their names.

    Hidden folders below it are left out: a command may be making runs there.

    Raises:
        DataUnavailableError: there is no such folder.
        UsageError: no run lies there.
    """
    if not path.is_dir():
        raise DataUnavailableError(f"{path}: there is no such folder of runs")
    folders = sorted(
        record.parent
        for record in path.rglob(RECORD)
        if not any(part.startswith(".") for part in record.relative_to(path).parts)
    )
    if not folders:
        raise UsageError(f"{path} contains no run: there is no {RECORD} in it or below it")
    return folders


def read_run(folder: Path) -> RunRecord:
    """The record of a run folder.

    Raises:
        BadInputError: record.json is cut off, is no record, or is of a newer schema.
    """
    return codec.read_record(RunRecord, folder / RECORD)


def read_rows(cls: type[R], folder: Path, name: str) -> list[R]:
    """What one of a run folder's JSONL files holds; see `each_row`.

    Raises:
        BadInputError: as `each_row`.
    """
    return list(each_row(cls, folder, name))


def each_row(cls: type[R], folder: Path, name: str) -> Iterator[R]:
    """One by one what one of a run folder's JSONL files holds; nothing where there is no such file.

    A last line without a line end is left out: it is being written, or a kill left it behind.

    Raises:
        BadInputError: a line does not hold such a record; the line is named.
    """
    for rows in _row_blocks(cls, folder, name):
        yield from as_records(cls, rows)


def _row_blocks(cls: type[Record], folder: Path, name: str) -> Iterator[list[Any]]:
    path = folder / name
    if path.exists():
        yield from codec.read_row_blocks(cls, path, growing=True)
