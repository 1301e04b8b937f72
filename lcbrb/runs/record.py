"""The record with which every run begins: what is measured on what, and no number yet."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from uuid import uuid4

from lcbrb import codec
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.sandbox import IN_PROCESS, TESTS_IN_REACH
from lcbrb.runs.folder import now
from lcbrb.types import JsonValue, Problem, RunKind, RunRecord
from lcbrb.version import __version__

#: the setting of a record that names who judged, where verdicts were taken over from another tool
JUDGED_BY = "judged_by"


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What a run measures on: `count` of the `total` problems, pairs or samples of a named set.

    A `total` of 0 says that the whole is not known, and counts as all of it.
    """

    name: str
    version: str
    sha256: str
    count: int
    total: int
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, given: Any, rows: Sequence[Any], sha256: str | None = None, total: int | None = None
    ) -> Data:
        """Rows of a set that has a `name`, a `version` and `notes`."""
        return cls(
            name=given.name,
            version=given.version,
            sha256=codec.sha256_records(rows) if sha256 is None else sha256,
            count=len(rows),
            total=len(rows) if total is None else total,
            notes=tuple(given.notes),
        )


def benchmark_data(
    benchmark: Benchmark, problems: Sequence[Problem], count: int, notes: Sequence[str] = ()
) -> Data:
    """A benchmark of which `count` problems are answered; the hash is of `problems`."""
    return Data(
        name=benchmark.name,
        version=benchmark.version,
        sha256=codec.sha256_records(problems),
        count=count,
        total=len(benchmark.load()),
        notes=(*benchmark.notes, *notes),
    )


def new_record(  # noqa: PLR0913 - each is a part of what a run is
    kind: RunKind,
    subject: str,
    data: Data,
    *,
    config: Mapping[str, JsonValue],
    seed: int | None,
    revision: str | None = None,
) -> RunRecord:
    """The record of a run that begins now on this machine.

    Args:
        kind: what the run does.
        subject: the id of who is measured, or the specs where a run holds several.
        data: what they are measured on.
        config: every setting that a result depends on; part of the run's identity.
        seed: of the draw.
        revision: of the subject, where it has one.
    """
    level = _tests_in_reach(config)
    warnings = [f"programs could have read the tests (isolation level {level})"] if level else []
    if config.get("integrity") == IN_PROCESS:
        warnings.append("tests ran in the programs' own processes, where results can be forged")
    if judge := config.get(JUDGED_BY):
        warnings.append(
            f"verdicts and figures come from {judge} and were imported: nothing was run here"
        )
    return RunRecord(
        kind=kind,
        run_id=uuid4().hex,
        subject=subject,
        revision=revision,
        benchmark=data.name,
        benchmark_version=data.version,
        dataset_sha256=data.sha256,
        config=dict(config),
        estimates={},
        counts={},
        seed=seed,
        started_at=now(),
        wall_s=0.0,
        environment=environment(),
        complete=False,
        partial=data.count < data.total,
        coverage=data.count / data.total if data.total else 1.0,
        notes=(*data.notes, *warnings),
    )


def tests_in_reach(record: RunRecord) -> str | None:
    """The level of isolation at which the run's programs could read tests and answers, if so.

    Records from before say no more than the level.
    """
    return _tests_in_reach(record.config)


def judge_of(record: RunRecord) -> str | None:
    """The tool whose verdicts the run took over, unproven here; None where they are our own."""
    judge = record.config.get(JUDGED_BY)
    return str(judge) if judge else None


def _tests_in_reach(config: Mapping[str, JsonValue]) -> str | None:
    level = config.get("isolation")
    return str(level) if level in TESTS_IN_REACH and config.get("tests_in_reach", True) else None


def environment() -> dict[str, str]:
    """What a result may depend on beside its settings: versions and machine."""
    versions = {
        "lcbrb": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    for package in ("numpy", "torch", "transformers", "math-verify", "sympy"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions
