"""Runs of other tools as run folders: whole, or not at all."""

from __future__ import annotations

import dataclasses
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb import codec
from lcbrb.errors import UsageError
from lcbrb.grading.grader import graded_sample
from lcbrb.harness.estimates import estimates
from lcbrb.imports.foreign import ForeignRun
from lcbrb.runs.folder import COMPLETIONS, RECORD, SAMPLES, now, open_run, safe_name
from lcbrb.runs.record import JUDGED_BY, Data, new_record
from lcbrb.runs.results import read_run
from lcbrb.types import Completion, JsonValue, RunKind, RunRecord, Status
from lcbrb.version import __version__

_ID = 32  # digits


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRun:
    """A run folder, and its record. `new` is False where the very same run lay there already."""

    path: Path
    record: RunRecord
    new: bool


def write_runs(runs: Sequence[ForeignRun], out: Path) -> list[ImportedRun]:
    """Write each run into ``out/SUBJECT/BENCHMARK``.

    A run that lies there already is left as it is; where another one does, the folder's name gets
    the beginning of the run's id. All folders are made in a hidden one first, which no reader of
    runs enters, and then put in their places.

    Raises:
        UsageError: a file is given twice, or `out` can't be written.
    """
    records = [_record(run) for run in runs]
    ids = Counter(record.run_id for record in records)
    if twins := [run for run, record in zip(runs, records, strict=True) if ids[record.run_id] > 1]:
        raise UsageError(f"{twins[0].files[0]} is given twice, under one name or as a copy")
    places: dict[Path, str] = {}
    written = []
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".import-", dir=out) as made:
        for number, (run, record) in enumerate(zip(runs, records, strict=True)):
            path = _place(out / safe_name(record.subject), record, places)
            places[path] = record.run_id
            if (path / RECORD).exists():
                written.append(ImportedRun(path=path, record=read_run(path), new=False))
                continue
            finished = _write(Path(made) / str(number), run, record)
            written.append(ImportedRun(path=path, record=finished, new=True))
        for number, imported in enumerate(written):
            if imported.new:
                imported.path.parent.mkdir(parents=True, exist_ok=True)
                (Path(made) / str(number)).rename(imported.path)
    return written


def _place(folder: Path, record: RunRecord, taken: dict[Path, str]) -> Path:
    """Where the run goes: its benchmark's name, unless another run has that."""
    path = folder / safe_name(record.benchmark)
    earlier = taken.get(path)
    if earlier is None and path.exists():
        earlier = read_run(path).run_id if (path / RECORD).exists() else ""
    if earlier is None or earlier == record.run_id:
        return path
    return path.with_name(f"{path.name}-{record.run_id[:8]}")


def _record(run: ForeignRun) -> RunRecord:
    """What the run is, with everything that its files tell; its numbers come with the rows."""
    files = {path.name: codec.sha256_file(path) for path in run.files}
    named: list[JsonValue] = [run.subject, run.benchmark, *sorted(files.values())]
    notes = list(run.notes)
    if not run.subject_told:
        notes.append(
            f"no file names the model: {run.subject} was taken from the path (set it with --model)"
        )
    if run.started_at is None:
        notes.append("its files give no date: the date shown is that of the import")
    if run.wall_s is None:
        notes.append("its files don't say how long the run took")
    if not run.total:
        notes.append(
            "its files don't say how many problems there are in all: the true coverage may be lower"
        )
    partial, tool = run.problems < run.total, run.tool
    record = new_record(
        RunKind.BENCH if run.completions else RunKind.OTHER,
        run.subject,
        Data(
            name=run.benchmark,
            version=run.benchmark_version,
            sha256=run.data_sha256,
            count=run.problems,
            total=run.total,
            notes=tuple(notes),
        ),
        config={
            **run.settings,
            "policies": [run.subject],
            "limit": run.problems if partial else None,
            JUDGED_BY: str(tool),
            "imported": {"tool": tool.name, "version": tool.version, "files": files},
            **_texts(run.completions),
        },
        seed=None,
        revision=run.revision,
    )
    return dataclasses.replace(
        record,
        run_id=codec.sha256_text("\n".join(map(str, named)))[:_ID],
        started_at=run.started_at or now(),
        wall_s=run.wall_s or 0.0,
        environment={"lcbrb": __version__} | ({tool.name: tool.version} if tool.version else {}),
    )


def _texts(completions: Sequence[Completion]) -> dict[str, JsonValue]:
    return {"completions_sha256": codec.sha256_records(completions)} if completions else {}


def _write(folder: Path, run: ForeignRun, record: RunRecord) -> RunRecord:
    graded = [
        (completion, verdict)
        for completion, verdict in zip(run.completions, run.verdicts, strict=True)
        if verdict is not None
    ]
    completions = [completion for completion, _ in graded]
    verdicts = [verdict for _, verdict in graded]
    statuses = Counter(verdict.status.value for verdict in verdicts)
    counts = {"problems": run.problems}
    if run.completions:
        counts["completions"] = len(run.completions)
    if len(graded) < len(run.completions):
        counts["ungraded"] = len(run.completions) - len(graded)
    with open_run(folder, record) as opened:
        if run.completions:
            opened.keep(run.completions, COMPLETIONS)
            opened.keep(
                [graded_sample(completion, None, verdict) for completion, verdict in graded],
                SAMPLES,
            )
        finished = dataclasses.replace(
            opened.record,
            started_at=record.started_at,
            estimates={**run.figures, **estimates(completions, verdicts, ())},
            counts={**counts, **dict(sorted(statuses.items()))},
            complete=run.complete and not statuses[Status.HARNESS_ERROR.value],
        )
        opened.finish(finished)
    return finished
