"""Run folders to entries: one subject on one benchmark, with what became of every sample or pair.

A run of several samplers gives an entry each. Nothing is believed that the folder's own rows
contradict: a finished record with fewer rows than it counts is refused, and a score that differs
from its rows is said so in a note.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lcbrb.errors import BadInputError
from lcbrb.runs.folder import PAIRS, RECORD, SAMPLES, SCORES, find_runs, read_rows, read_run
from lcbrb.types import Estimate, PreferencePair, RunRecord, SampleVerdict, ScoredPair

_RELEASE = re.compile(r"([^@?]+)(?:@[^?]*)?(\?.*)?")
_LONGEST_NAME = 200


class Kind(StrEnum):
    """What was measured: a policy's answers, a reward model's ranking, or figures alone."""

    POLICY = "policy"
    REWARD_MODEL = "reward model"
    FIGURES = "figures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One subject on one benchmark.

    `samples` is filled for a policy, `scored` for a reward model, in the folder's order; `pairs`
    where the folder keeps them. `estimates` are the record's, with the sampler's name taken out of
    their keys.
    """

    folder: Path
    record: RunRecord
    subject: str
    kind: Kind
    estimates: dict[str, Estimate]
    samples: Sequence[SampleVerdict] = ()
    scored: Sequence[ScoredPair] = ()
    pairs: Sequence[PreferencePair] = ()
    notes: tuple[str, ...] = ()

    @property
    def benchmark(self) -> str:
        """The benchmark's name without its release, which `record.benchmark_version` tells."""
        return base_name(self.record.benchmark)


def base_name(benchmark: str) -> str:
    """``humaneval+@v0.1.9`` without its release; a window (``?since=…``) stays part of the name."""
    found = _RELEASE.fullmatch(benchmark)
    return benchmark if found is None else found[1] + (found[2] or "")


def collect(paths: Iterable[Path]) -> list[Entry]:
    """The entries of all runs at or below some paths; a run that is met twice counts once.

    Raises:
        DataUnavailableError, UsageError, BadInputError: a path holds no run, or a file of a run is
            cut off, broken or of a newer schema. The message names the file.
    """
    folders = dict.fromkeys(folder.resolve() for path in paths for folder in find_runs(path))
    entries: dict[tuple[str, str, str], Entry] = {}
    for folder in folders:
        for entry in _entries(folder):
            key = entry.record.run_id, entry.record.benchmark, entry.subject
            entries.setdefault(key, entry)
    return list(entries.values())


def _entries(folder: Path) -> Iterator[Entry]:
    record = read_run(folder)
    scored = read_rows(ScoredPair, folder, SCORES)
    if scored:
        _check_whole(folder / SCORES, record, len(scored), "pairs")
        yield _reward_model(folder, record, scored)
        return
    samples = read_rows(SampleVerdict, folder, SAMPLES)
    if samples:
        if "completions" in record.counts:
            _check_whole(folder / SAMPLES, record, len(samples), "completions")
        yield from _policies(folder, record, samples)
        return
    for name in ("completions", "pairs"):
        if record.complete and record.counts.get(name):
            _check_whole(folder, record, 0, name)
    yield Entry(
        folder=folder,
        record=record,
        subject=_name(record.subject),
        kind=Kind.FIGURES,
        estimates=dict(record.estimates),
        notes=record.notes,
    )


def _reward_model(folder: Path, record: RunRecord, scored: list[ScoredPair]) -> Entry:
    return Entry(
        folder=folder,
        record=record,
        subject=_name(record.subject),
        kind=Kind.REWARD_MODEL,
        estimates=dict(record.estimates),
        scored=scored,
        pairs=read_rows(PreferencePair, folder, PAIRS),
        notes=record.notes,
    )


def _policies(folder: Path, record: RunRecord, samples: list[SampleVerdict]) -> Iterator[Entry]:
    latest: dict[str, dict[tuple[str, int], SampleVerdict]] = defaultdict(dict)
    for sample in samples:  # a verdict that was tried again comes later, and counts
        latest[sample.policy_id][sample.problem_id, sample.sample_index] = sample
    for policy, found in latest.items():
        yield Entry(
            folder=folder,
            record=record,
            subject=_name(policy),
            kind=Kind.POLICY,
            estimates=_of_sampler(record.estimates, policy),
            samples=list(found.values()),
            notes=record.notes,
        )


def _of_sampler(estimates: dict[str, Estimate], policy: str) -> dict[str, Estimate]:
    """``pass@1/SAMPLER/tests=base`` as ``pass@1/tests=base``. A sampler's name may hold slashes."""
    found = {}
    for key, estimate in estimates.items():
        metric, _, rest = key.partition("/")
        if rest == policy:
            found[metric] = estimate
        elif rest.startswith(f"{policy}/"):
            found[metric + rest[len(policy) :]] = estimate
    return found


def _check_whole(path: Path, record: RunRecord, rows: int, counted: str) -> None:
    expected = record.counts.get(counted, 0)
    if record.complete and rows < expected:
        raise BadInputError(
            f"holds {rows} of the {expected} {counted} that {RECORD} counts: it is cut off. "
            "Restore it, or start the run's command again",
            path=path,
        )


def _name(subject: str) -> str:
    """A subject's name on one line, of bounded length."""
    line = " ".join(subject.split()) or "(no name)"
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"
