"""lm-evaluation-harness' files: ``results_DATE.json`` with ``samples_TASK_DATE.jsonl`` beside it.

A task that belongs to no group is a run, and so is a group with all its tasks, named and numbered
as our own runs of ``lm-eval:TASK``. Without a task's samples there are only the harness' figures
with its own standard errors: a run of figures, which says so. Read of version 0.4.13, and what
earlier 0.4 versions have in common with it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any

from lcbrb import codec
from lcbrb.errors import BadInputError
from lcbrb.imports.fields import LayoutError, laid_out, number, plain, whole
from lcbrb.imports.foreign import ForeignRun, Tool
from lcbrb.imports.lm_eval_rows import (
    LogRow,
    Sample,
    figure,
    figures,
    lower_is_better,
    problem_id,
    problem_of,
    reply_of,
    rows_of,
    said,
    sample_of,
    tasks_below,
    version_of,
)
from lcbrb.rows import Row, parse_rows
from lcbrb.stats import cluster_mean
from lcbrb.types import Estimate, JsonValue, Metric, Problem, VerdictOrigin

TOOL = "lm-eval"
_PREFIX = "results_"
_ROUNDING = 1e-6
_PROMPTING = ("system_instruction_sha", "chat_template_sha")
_SETTINGS = ("model", "model_args", "gen_kwargs", "limit", "random_seed", "fewshot_seed")


def is_results(document: JsonValue) -> bool:
    """Whether a JSON document is what the harness calls its results."""
    return isinstance(document, dict) and "results" in document and "configs" in document


def read_results(path: Path, document: Mapping[str, JsonValue]) -> list[ForeignRun]:
    """The runs of a results file, and of the samples beside it.

    Raises:
        BadInputError: a file is broken, or samples and results contradict each other.
    """
    with laid_out(path, "results of lm-eval"):
        file = _Results(path, plain(document))
        return [file.run(name) for name in file.tops()]


@dataclass(frozen=True, slots=True)
class _Logged:
    """A task's samples as the harness logged them, and the file."""

    path: Path
    rows: Sequence[LogRow]


class _Results:
    """A results file."""

    def __init__(self, path: Path, document: Mapping[str, Any]) -> None:
        self.path, self.document = path, document
        self.results: Mapping[str, Any] = document["results"]
        version = document.get("lm_eval_version")
        self.tool = Tool(name=TOOL, version=version if isinstance(version, str) else "")
        named = document.get("model_name")
        self.told = isinstance(named, str) and bool(named)
        self.subject = str(named) if self.told else path.parent.name or path.stem

    def tops(self) -> list[str]:
        """Groups that are in no other, and tasks that are in none."""
        groups: Mapping[str, Sequence[str]] = self.document.get("group_subtasks") or {}
        below = {member for members in groups.values() for member in members}
        tops = [name for name in [*self.results, *groups] if name not in below]
        named = [name for name in dict.fromkeys(tops) if self._names(name)]
        if not named:
            raise LayoutError("it holds no task's results")
        return named

    def _names(self, top: str) -> list[str]:
        """Of a group: itself and all that is in it, as far as there are results."""
        below = (self.document.get("group_subtasks") or {}).get(top) or ()
        names = [top, *(name for member in below for name in self._names(member))]
        return [name for name in dict.fromkeys(names) if name in self.results]

    def run(self, top: str) -> ForeignRun:
        """The run of a task, or of a group."""
        names, tasks = self._names(top), tasks_below(self.document, top)
        logged = {task: rows for task in tasks if (rows := self._logged(task)) is not None}
        notes = []
        if missing := [task for task in tasks if task not in logged]:
            notes.append(
                f"no samples of {', '.join(missing[:3])} are next to {self.path.name} (lm-eval "
                "writes them with --log_samples): the figures and their errors come from lm-eval"
            )
        counts = {task: self._counts(task) for task in tasks}
        samples: list[Sample] = []
        problems: list[Problem] = []
        for task, log in {} if missing else logged.items():
            own, note = self._samples(task, log, counts[task][0])
            samples += own.samples
            problems += own.problems
            notes.append(note)
        measured = figures(self.document, names, self.tool.version)
        if not missing:
            measured |= self._intervals(names, logged, measured)
        versions = self.document.get("versions") or {}
        shots, config = self.document.get("n-shot") or {}, self.document.get("config") or {}
        revision, date = config.get("model_sha"), number(self.document.get("date"))
        revision = revision or config.get("model_revision")
        return ForeignRun(
            tool=self.tool,
            files=[self.path, *(log.path for log in logged.values() if not missing)],
            subject=self.subject,
            subject_told=self.told,
            benchmark=_name(top, [shots.get(task) for task in tasks]),
            benchmark_version=version_of(
                [versions.get(task, "") for task in tasks], self.tool.version
            ),
            data_sha256=codec.sha256_records(problems) if problems else "",
            completions=[sample.completion for sample in samples],
            verdicts=[sample.verdict for sample in samples],
            problems=sum(effective for effective, _ in counts.values()),
            total=sum(original for _, original in counts.values()),
            figures=measured,
            settings={"sampling": self._sampling(tasks), **self._settings()},
            revision=str(revision) if revision else None,
            started_at=None if date is None else dt.datetime.fromtimestamp(date, dt.UTC),
            wall_s=_seconds(self.document.get("total_evaluation_time_seconds")),
            notes=notes,
        )

    def _counts(self, task: str) -> tuple[int, int]:
        """Documents that were asked, and that there are."""
        counts, name = self.document["n-samples"][task], f"n-samples of {task}"
        return whole(counts["effective"], name), whole(counts["original"], name)

    def _logged(self, task: str) -> _Logged | None:
        """The samples of a task, from the file of the same date."""
        name = self.path.name.removesuffix(".gz").removesuffix(".json")
        date = name.removeprefix(_PREFIX) if name.startswith(_PREFIX) else name.rpartition("_")[2]
        for ending in (".jsonl", ".jsonl.gz"):
            path = self.path.with_name(f"samples_{task}_{date}{ending}")
            if path.exists():
                return _Logged(path, list(parse_rows(path, "a sample of lm-eval", _checked)))
        return None

    def _samples(self, task: str, log: _Logged, expected: int) -> tuple[_Answers, str]:
        if not log.rows:
            raise BadInputError("it holds no samples", path=log.path)
        rows, metric = rows_of(log.rows, lower_is_better(self.document, task))
        documents = {row["doc_id"] for row in rows}
        if len(documents) < len(rows):
            raise BadInputError(
                "it contains the same document twice under one filter", path=log.path
            )
        if len(documents) != expected:
            raise BadInputError(
                f"it holds {len(documents)} documents of {task}, and {self.path.name} counts "
                f"{expected}: it was cut off, or belongs to another run",
                path=log.path,
            )
        rows.sort(key=lambda row: int(row["doc_id"]))
        samples, problems = [], []
        for row in rows:
            name = problem_id(task, row["doc_id"])
            samples.append(_recorded(sample_of(row, metric, name, self.subject)))
            problems.append(problem_of(task, row["doc_id"], row["doc"], row["target"]))
        return _Answers(samples, problems), said(task, metric)

    def _intervals(
        self, names: Sequence[str], logged: Mapping[str, _Logged], stated: Mapping[Metric, Estimate]
    ) -> dict[Metric, Estimate]:
        """Intervals over the samples' own values, for each metric that is their mean.

        Raises:
            BadInputError: a metric that is a mean, by its task's own word, is not that of the
                samples.
        """
        intervals: dict[Metric, Estimate] = {}
        for task, log in logged.items():
            means = self._means(task)
            for (metric, how), values in _values(log.rows).items():
                key = figure(task, metric, how, len(names))
                if key not in stated or len(values) != stated[key].n:
                    continue
                mean = cluster_mean(list(values.values()), list(values))
                if isclose(mean.value, stated[key].value, abs_tol=_ROUNDING):
                    intervals[key] = mean
                elif metric in means:
                    raise BadInputError(
                        f"the samples' mean of {metric} is {mean.value:.6g}, and "
                        f"{self.path.name} says {stated[key].value:.6g}: they are not from the "
                        "same run",
                        path=log.path,
                    )
        return intervals

    def _means(self, task: str) -> set[str]:
        """The metrics whose aggregation is a mean, as the task's configuration says."""
        config = self.document["configs"].get(task) or {}
        return {
            metric["metric"]
            for metric in config.get("metric_list") or ()
            if isinstance(metric, dict) and metric.get("aggregation") == "mean"
        }

    def _sampling(self, tasks: Sequence[str]) -> JsonValue:
        """What replies depend on, as far as the configurations tell."""
        configs: Mapping[str, Any] = self.document["configs"]
        shots = self.document.get("n-shot") or {}
        named = ("output_type", "generation_kwargs", "repeats")
        return {
            task: {
                "fewshot": shots.get(task),
                **{name: (configs.get(task) or {}).get(name) for name in named},
            }
            for task in sorted(tasks)
        } | {name: self.document.get(name) for name in _PROMPTING}

    def _settings(self) -> dict[str, JsonValue]:
        config: Mapping[str, Any] = self.document.get("config") or {}
        return {f"lm_eval_{name}": config.get(name) for name in _SETTINGS if config.get(name)}


@dataclass(frozen=True, slots=True)
class _Answers:
    samples: Sequence[Sample]
    problems: Sequence[Problem]


def _checked(row: Row) -> Iterator[LogRow]:
    """A row that has what is read of it, of the right kinds."""
    whole(row["doc_id"], "doc_id")
    for name in ("resps", "metrics", "filtered_resps"):
        if not isinstance(row[name], list):
            raise LayoutError(f"field '{name}' is not a list")
    if not row["resps"] or not all(isinstance(reply, list) and reply for reply in row["resps"]):
        raise LayoutError("field 'resps' holds no response")
    row.text("filter")
    for name in ("arguments", "doc", "target", *row.texts("metrics")):
        if name not in row:
            raise KeyError(name)
    reply_of(row)
    yield plain(row)


def _recorded(sample: Sample) -> Sample:
    """The sample with its verdict's origin: their file."""
    if sample.verdict is None:
        return sample
    verdict = dataclasses.replace(sample.verdict, origin=VerdictOrigin.RECORDED)
    return dataclasses.replace(sample, verdict=verdict)


def _values(rows: Sequence[LogRow]) -> dict[tuple[str, str], dict[int, float]]:
    """Each document's value, by metric and filter, where it is a number."""
    by_metric: dict[tuple[str, str], dict[int, float]] = {}
    for row in rows:
        for metric in row["metrics"]:
            if (value := number(row[metric])) is not None:
                by_metric.setdefault((metric, row["filter"]), {})[row["doc_id"]] = value
    return by_metric


def _name(top: str, shots: Sequence[Any]) -> str:
    numbers = {shot for shot in shots if shot}
    return f"lm-eval:{top}" + (f"?fewshot={numbers.pop()}" if len(numbers) == 1 else "")


def _seconds(value: object) -> float | None:
    try:
        return number(float(value)) if isinstance(value, str | int | float) else None
    except ValueError:
        return None
