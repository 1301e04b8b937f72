"""What the study's page draws: gains and endpoints against accuracy, and curves of training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lcbrb import codec
from lcbrb.training.study.analysis import Finding
from lcbrb.training.study.endpoints import Endpoint
from lcbrb.training.study.grid import (
    BEST,
    ORACLE,
    OUTCOME,
    PLACEBO,
    Scorer,
    StudySettings,
    degraded_name,
    gate_conditions,
)
from lcbrb.training.study.results import CellResult, WarmResult
from lcbrb.training.study.scorers import Flaw
from lcbrb.types import Estimate, JsonValue


def measured_accuracies(warm: Sequence[WarmResult]) -> dict[str, float]:
    """Percent of pairs that each copy ranks right, of samples it was not set on; over seeds."""
    by_copy: dict[str, list[float]] = {}
    for result in warm:
        for copy in result.copies:
            if copy.accuracy is not None:
                by_copy.setdefault(copy.name, []).append(100.0 * copy.accuracy)
    return {name: sum(of) / len(of) for name, of in by_copy.items()}


def gains(
    settings: StudySettings,
    endpoint: Endpoint,
    findings: Sequence[Finding],
    accuracies: Mapping[str, float],
) -> dict[str, JsonValue]:
    """What each condition has over `outcome`, within seeds, against its measured accuracy."""
    by_name = {
        finding.contrast.name.removesuffix(f" - {OUTCOME.name}"): codec.to_dict(finding.estimate)
        for finding in findings
        if finding.endpoint is endpoint and finding.contrast.name.endswith(f" - {OUTCOME.name}")
    }
    levels = sorted(settings.levels)
    lines: list[JsonValue] = []
    for flaw in Flaw:
        named = [(level, degraded_name(flaw, level)) for level in levels] + [(ORACLE, BEST.name)]
        points = [
            [accuracies.get(name, level), by_name[name]] for level, name in named if name in by_name
        ]
        lines.append({"name": f"errors by {flaw}", "points": points})
    if PLACEBO.name in by_name:
        estimate = by_name[PLACEBO.name]
        lines.append({"name": PLACEBO.name, "points": [[levels[0], estimate], [ORACLE, estimate]]})
    return {"endpoint": str(endpoint), "lines": [line for line in lines if line["points"]]}


def dose(
    settings: StudySettings,
    endpoint: Endpoint,
    by_name: Mapping[str, Estimate],
    accuracies: Mapping[str, float],
) -> dict[str, JsonValue]:
    """An endpoint against measured accuracy; level lines for what has no accuracy."""
    levels = sorted(settings.levels)
    lines: list[JsonValue] = []
    for flaw in Flaw:
        named = [(level, degraded_name(flaw, level)) for level in levels] + [(ORACLE, BEST.name)]
        points = [
            [accuracies.get(name, level), codec.to_dict(by_name[name])]
            for level, name in named
            if name in by_name
        ]
        lines.append({"name": f"errors by {flaw}", "points": points})
    for condition in (OUTCOME, PLACEBO):
        if condition.name in by_name:
            estimate = codec.to_dict(by_name[condition.name])
            lines.append(
                {"name": condition.name, "points": [[levels[0], estimate], [ORACLE, estimate]]}
            )
    return {"endpoint": str(endpoint), "lines": [line for line in lines if line["points"]]}


#: of the trainer's own log: do groups that are all right learn, how often is reasoning paid?
_LOGGED = ("all_correct", "without_gradient", "spread_all_correct", "gate_rate")


def curves(settings: StudySettings, done: Sequence[CellResult]) -> Iterator[JsonValue]:
    """What was looked at and logged, the mean over seeds, of a few conditions at a time.

    `outcome` has a thinking score beside the trapdoor's conditions alone: it is the trapdoor's.
    """
    every = settings.training.look_every
    doses = [OUTCOME.name, PLACEBO.name, BEST.name]
    doses += [degraded_name(flaw, min(settings.levels)) for flaw in Flaw]
    groups = {"against the oracle": doses}
    for scorer in settings.gate:
        names = [condition.name for condition in gate_conditions(scorer)]
        groups[f"against the {scorer}"] = [*names, OUTCOME.name]
    for title, names in groups.items():
        for figure in ("pass_at_1", "soundness", "thinking", "waved", "verbose"):
            scored = [
                name
                for name in names
                if figure != "thinking" or name != OUTCOME.name or title.endswith(Scorer.TRAPDOOR)
            ]
            lines = [line for name in scored if (line := _line(done, name, figure))["points"]]
            if lines:
                yield {"title": title, "figure": figure, "lines": lines}
        for figure in _LOGGED:
            lines = [line for n in names if (line := _logged(done, n, figure, every))["points"]]
            if lines:
                yield {"title": title, "figure": figure, "lines": lines}


def _logged(done: Sequence[CellResult], name: str, figure: str, every: int) -> dict[str, JsonValue]:
    """A series of the trainer's log, as means over seeds and so many batches, told at their end."""
    by_step: dict[int, list[float]] = {}
    for cell in done:
        series = cell.log.get(figure) if cell.condition == name else None
        for number, value in enumerate(series if isinstance(series, list) else ()):
            if isinstance(value, int | float):
                by_step.setdefault((number // every + 1) * every, []).append(float(value))
    points = [[step, sum(of) / len(of)] for step, of in sorted(by_step.items())]
    return {"name": name, "points": points}


def _line(done: Sequence[CellResult], name: str, figure: str) -> dict[str, JsonValue]:
    by_step: dict[int, list[float]] = {}
    for cell in done:
        for look in cell.looks if cell.condition == name else ():
            value = getattr(look, figure)
            if value is not None:
                by_step.setdefault(look.step, []).append(value)
    points = [[step, sum(of) / len(of)] for step, of in sorted(by_step.items())]
    return {"name": name, "points": points}
