"""inspect_ai's logs: ``.eval`` (a zip archive) and ``.json``, by what their files hold.

A log is one model on one task, with an epoch or several of each sample. inspect_ai itself is not
needed: its log is plain JSON with documented fields (`inspect_ai.log.EvalLog`, version 2), and the
package brings some forty others. Read of 0.3.285.

The first score whose values are C, I or N, true or false, or 1 and 0, in every sample decides what
has passed.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isclose
from pathlib import Path
from typing import Any

from lcbrb import codec
from lcbrb.errors import in_file
from lcbrb.imports.fields import LayoutError, laid_out, number, plain, text, whole
from lcbrb.imports.foreign import ForeignRun, Tool, their_estimate
from lcbrb.imports.inspect_samples import LogSample, is_binary, is_unscored, value_of
from lcbrb.imports.zip_members import open_archive
from lcbrb.json_text import parse_json_with_infinities
from lcbrb.stats.pass_at_k import mean_over_problems
from lcbrb.types import Estimate, JsonValue, Metric, RunKind

TOOL = "inspect_ai"
_HEADER, _SAMPLES = "header.json", "samples/"
_ROUNDING = 1e-6
_MEANS = {"accuracy", "mean"}
_ERRORS = ("stderr", "bootstrap_stderr")
_SPREADS = {*_ERRORS, "std", "var"}
_SUCCESS = "success"


def is_log(document: JsonValue) -> bool:
    """Whether a JSON document is a log of inspect_ai."""
    return (
        isinstance(document, dict)
        and isinstance(document.get("eval"), dict)
        and isinstance(document["eval"].get("task"), str)
    )


def read_log(path: Path, document: Mapping[str, JsonValue]) -> list[ForeignRun]:
    """The run of a log in JSON.

    Raises:
        BadInputError: the log is broken, or holds fewer samples than it counts.
    """
    with laid_out(path, "a log of inspect_ai"):
        samples = document.get("samples") or []
        return [_Log(path, document, [LogSample.of(sample) for sample in samples]).run()]


def read_archive(path: Path) -> list[ForeignRun]:
    """The run of an ``.eval`` file; raises as `read_log`."""
    with laid_out(path, "a log of inspect_ai"), open_archive(path) as archive:
        names = archive.names()
        if _HEADER not in names:
            raise LayoutError(f"no {_HEADER} in it: the evaluation is still running, or was killed")

        def document(name: str) -> Any:
            with in_file(f"{path}:{name}"):
                return parse_json_with_infinities(archive.read(name).decode("utf-8"))

        header = document(_HEADER)
        if not is_log(header):
            raise LayoutError(f"{_HEADER} in it names no task")
        held = [name for name in names if name.startswith(_SAMPLES)]
        return [_Log(path, header, [LogSample.of(document(name)) for name in held]).run()]


@dataclass(frozen=True)
class _Log:
    """A log: its header, and its samples where it holds them."""

    path: Path
    header: Mapping[str, Any]
    held: Sequence[LogSample]

    @cached_property
    def spec(self) -> Mapping[str, Any]:
        """What was evaluated."""
        spec: Mapping[str, Any] = plain(self.header["eval"])
        return spec

    @cached_property
    def results(self) -> Mapping[str, Any]:
        """What inspect_ai computed; nothing where it did not come so far."""
        results: Mapping[str, Any] = plain(self.header.get("results")) or {}
        return results

    @cached_property
    def samples(self) -> list[LogSample]:
        """The samples by id and epoch; of one that stands there twice the last counts."""
        return list({(sample.id, sample.epoch): sample for sample in self.held}.values())

    @cached_property
    def tool(self) -> Tool:
        """Who judged: the first package that the log names."""
        packages = self.spec.get("packages") or {}
        name = TOOL if TOOL in packages or not packages else next(iter(packages))
        return Tool(name=str(name), version=str(packages.get(name, "")))

    @property
    def finished(self) -> bool:
        """Whether the evaluation came to its end."""
        return bool(self.header.get("status") == _SUCCESS)

    def run(self) -> ForeignRun:
        """The run."""
        about = (self.spec.get("metadata") or {}).get("lcbrb") or {}
        if about.get("kind") == RunKind.REWARD_MODEL:
            raise LayoutError(
                "lcbrb wrote it for a reward model, and a log does not say which pairs belong to "
                "the same problem: use the run folder itself"
            )
        task, model = text(self.spec["task"], "task"), text(self.spec["model"], "model")
        self._check_whole()
        decides = self._deciding()
        ids = {sample.id for sample in self.samples}
        notes = list(self._notes(decides))
        measured = self._figures(notes)
        dataset = self.spec.get("dataset") or {}
        asked = dataset.get("samples")
        stats = plain(self.header.get("stats")) or {}
        began, ended = _time(stats.get("started_at")), _time(stats.get("completed_at"))
        return ForeignRun(
            tool=self.tool,
            files=[self.path],
            subject=model,
            benchmark=f"inspect:{task}",
            benchmark_version=self._version(),
            data_sha256=codec.sha256_records(
                {sample.id: sample.problem() for sample in self.samples}.values()
            ),
            completions=[sample.completion(model, decides) for sample in self.samples],
            verdicts=[sample.verdict(decides) for sample in self.samples],
            problems=len(ids) if self.samples else whole(asked or 0, "samples of its dataset"),
            total=max(whole(asked, "samples of its dataset"), len(ids)) if asked else 0,
            figures=measured,
            settings={
                "sampling": {
                    "generate": self.spec.get("model_generate_config") or {},
                    "solvers": self._solvers(),
                    "task_args": self.spec.get("task_args") or {},
                }
            },
            started_at=_time(self.spec.get("created")) or began,
            wall_s=(ended - began).total_seconds() if began and ended else None,
            complete=self.finished,
            notes=notes,
        )

    def _solvers(self) -> list[JsonValue]:
        """The names of the steps between the question and the answer."""
        plan = plain(self.header.get("plan")) or {}
        return [step.get("solver") for step in plan.get("steps") or ()]

    def _version(self) -> str:
        version = self.spec.get("task_version")
        return f"{'' if version is None else version}, {self.tool}".removeprefix(", ")

    def _check_whole(self) -> None:
        """Refuse a finished log that holds fewer samples than it counts."""
        counted = self.results.get("logged_samples") or self.results.get("total_samples")
        early = self.results.get("early_stopping")
        if not self.finished or not self.samples or not counted or early:
            return
        if len(self.samples) < whole(counted, "total_samples"):
            raise LayoutError(
                f"it holds {len(self.samples)} samples and counts {counted}: it was cut off or "
                "changed"
            )

    def _deciding(self) -> str | None:
        """The first score that is right or wrong in every sample that has it."""
        names = dict.fromkeys(name for sample in self.samples for name in sample.scores)
        for name in names:
            values = [sample.scores[name].value for sample in self.samples if name in sample.scores]
            given = [value for value in values if not is_unscored(value)]
            if given and all(map(is_binary, given)):
                return name
        return None

    def _notes(self, decides: str | None) -> Iterator[str]:
        if not self.finished:
            status = str(self.header.get("status"))[:40]
            yield f"the log's status is {status}: the evaluation did not finish"
        if not self.samples:
            yield "the log contains no samples: the figures and their errors come from inspect_ai"
        elif decides is None:
            yield (
                "no score says of every sample whether it is right or wrong, so no sample has a "
                "status"
            )
        else:
            yield f"a sample counts as passed if its score {decides} is C, true or 1"
        if self.header.get("invalidated"):
            yield "the log says that some of its samples are invalid"

    # ------------------------------------------------------------------------------ figures

    def _figures(self, notes: list[str]) -> dict[Metric, Estimate]:
        """Each metric of each score, with an interval over the samples where it is their mean."""
        figures = {}
        for score in self.results.get("scores") or ():
            name, reducer = text(score["name"], "a score's name"), score.get("reducer")
            metrics: Mapping[str, Any] = score.get("metrics") or {}
            shares, n = self._shares(name)
            for key, metric in metrics.items():
                value = number(metric["value"])
                if value is None or key in _SPREADS:
                    continue
                label = f"{name}:{key}" + (f",{reducer}" if reducer else "")
                averaged = key in _MEANS and reducer in {None, "mean"} and shares
                own = mean_over_problems(shares, n) if averaged else None
                if own is not None and not isclose(own.value, value, abs_tol=_ROUNDING):
                    over = f"and {own.value:.4g} over its samples"
                    notes.append(f"{label} is {value:.4g} in the log, {over}")
                    own = None
                figures[Metric(label)] = own or self._estimate(value, metrics, score)
        return figures

    def _shares(self, name: str) -> tuple[list[float], int]:
        """Each problem's mean value of a score, and how many samples have one."""
        values: dict[str, list[float]] = defaultdict(list)
        for sample in self.samples:
            score = sample.scores.get(name)
            value = None if score is None else value_of(score.value)
            if value is not None:
                values[sample.id].append(value)
        return [sum(own) / len(own) for own in values.values()], sum(map(len, values.values()))

    def _estimate(
        self, value: float, metrics: Mapping[str, Any], score: Mapping[str, Any]
    ) -> Estimate:
        errors = (number((metrics.get(name) or {}).get("value")) for name in _ERRORS)
        n = number(score.get("scored_samples")) or number(self.results.get("total_samples")) or 0
        return their_estimate(value, next(filter(None, errors), None), int(n), str(self.tool))


def _time(value: object) -> dt.datetime | None:
    """A time as ISO 8601 has it; one without a zone is UTC."""
    try:
        time = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)
