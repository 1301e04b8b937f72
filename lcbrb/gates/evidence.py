"""One side of a gate: a run folder, or a folder of run folders, read and sorted by benchmark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lcbrb.errors import BadInputError, UsageError
from lcbrb.runs.folder import SAMPLES, SCORES, find_runs, read_rows, read_run
from lcbrb.types import RunKind, RunRecord, SampleVerdict, ScoredPair


class EvidenceKind(StrEnum):
    """What a run left behind."""

    SAMPLES = "samples"
    PAIRS = "pairs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one subject did on one benchmark: a policy's judged samples, or scored pairs."""

    folder: Path
    record: RunRecord
    subject: str
    kind: EvidenceKind
    samples: tuple[SampleVerdict, ...] = ()
    pairs: tuple[ScoredPair, ...] = ()

    @property
    def samples_a_problem(self) -> int:
        """The most samples that any problem has; harness errors count, they were asked for."""
        counts: dict[str, int] = defaultdict(int)
        for sample in self.samples:
            counts[sample.problem_id] += 1
        return max(counts.values(), default=0)


def read_side(path: Path) -> list[Evidence]:
    """Everything that a run folder, or the run folders below a folder, hold.

    Best-of-n runs are left out (`left_out` names them): they score what another run judged.

    Raises:
        DataUnavailableError, UsageError: there is no run there, or none that can be compared.
        BadInputError: a file is broken, cut off, or of a newer schema.
    """
    folders = [folder for folder in find_runs(path) if read_run(folder).kind != RunKind.BEST_OF_N]
    if not folders:
        raise UsageError(
            f"{path} holds {RunKind.BEST_OF_N} runs alone, which a gate does not compare: name "
            "runs of bench or of eval on pairs"
        )
    return [evidence for folder in folders for evidence in _read(folder)]


def left_out(path: Path) -> list[str]:
    """A note on each run that `read_side` leaves out."""
    return [
        f"{folder.name} was left out: a gate does not compare {RunKind.BEST_OF_N} runs"
        for folder in find_runs(path)
        if read_run(folder).kind == RunKind.BEST_OF_N
    ]


def _read(folder: Path) -> Iterator[Evidence]:
    record = read_run(folder)
    pairs = {row.pair_id: row for row in read_rows(ScoredPair, folder, SCORES)}
    if pairs:
        _check_whole(folder / SCORES, record, "pairs", len(pairs))
        yield Evidence(
            folder=folder,
            record=record,
            subject=record.subject,
            kind=EvidenceKind.PAIRS,
            pairs=tuple(pairs.values()),
        )
        return
    # a sample that was tried again has several lines; the last one stands
    rows = read_rows(SampleVerdict, folder, SAMPLES)
    samples = {(row.policy_id, row.problem_id, row.sample_index): row for row in rows}
    _check_whole(folder / SAMPLES, record, "completions", len(samples))
    by_policy: dict[str, list[SampleVerdict]] = defaultdict(list)
    for sample in samples.values():
        by_policy[sample.policy_id].append(sample)
    for policy, judged in sorted(by_policy.items()):
        yield Evidence(
            folder=folder,
            record=record,
            subject=policy,
            kind=EvidenceKind.SAMPLES,
            samples=tuple(judged),
        )
    if not by_policy:  # stopped before its first result, or made by something else
        kind = EvidenceKind.PAIRS if (folder / SCORES).exists() else EvidenceKind.SAMPLES
        yield Evidence(folder=folder, record=record, subject=record.subject, kind=kind)


def _check_whole(path: Path, record: RunRecord, counted: str, found: int) -> None:
    """Refuse a file that has lost or gained lines since its run was finished."""
    expected = record.counts.get(counted, 0)
    if not record.complete or found == expected:
        return
    if found < expected:
        raise BadInputError(
            f"holds {found} of the {expected} results that its finished record counts: it was cut "
            "off or changed; copy or run it again",
            path=path,
        )
    if counted in record.counts:
        raise BadInputError(
            f"holds {found} results, but its finished record counts {expected}: it was changed "
            "since; copy or run it again",
            path=path,
        )
