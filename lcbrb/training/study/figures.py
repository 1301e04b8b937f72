"""What the study's page draws: gains and endpoints against accuracy, and curves of training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

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
    over = f" - {OUTCOME.name}"
    by_name = {
        finding.contrast.name.removesuffix(over): finding.estimate
        for finding in findings
        if finding.endpoint is endpoint and finding.contrast.name.endswith(over)
    }
    return _against_accuracy(settings, endpoint, by_name, accuracies, (PLACEBO.name,))


def dose(
    settings: StudySettings,
    endpoint: Endpoint,
    by_name: Mapping[str, Estimate],
    accuracies: Mapping[str, float],
) -> dict[str, JsonValue]:
    """An endpoint against measured accuracy; level lines for what has no accuracy."""
    level = (OUTCOME.name, PLACEBO.name)
    return _against_accuracy(settings, endpoint, by_name, accuracies, level)


def _against_accuracy(
    settings: StudySettings,
    endpoint: Endpoint,
    by_name: Mapping[str, Estimate],
    accuracies: Mapping[str, float],
    level: Sequence[str],
) -> dict[str, JsonValue]:
    """A line for the copies of each flaw, and level ones for conditions without an accuracy."""
    levels = sorted(settings.levels)
    lines: dict[str, list[JsonValue]] = {}
    for flaw in Flaw:
        named = [(accuracy, degraded_name(flaw, accuracy)) for accuracy in levels]
        lines[f"errors by {flaw}"] = [
            [accuracies.get(name, accuracy), codec.to_dict(by_name[name])]
            for accuracy, name in [*named, (ORACLE, BEST.name)]
            if name in by_name
        ]
    for name in level:
        ends = (levels[0], ORACLE) if name in by_name else ()
        lines[name] = [[accuracy, codec.to_dict(by_name[name])] for accuracy in ends]
    shown = [{"name": name, "points": points} for name, points in lines.items() if points]
    return {"endpoint": str(endpoint), "lines": shown}


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
    series = [cell.log.get(figure) for cell in done if cell.condition == name]
    return _means(
        name,
        (
            ((number // every + 1) * every, float(value))
            for values in series
            for number, value in enumerate(values if isinstance(values, list) else ())
            if isinstance(value, int | float)
        ),
    )


def _line(done: Sequence[CellResult], name: str, figure: str) -> dict[str, JsonValue]:
    looks = [look for cell in done if cell.condition == name for look in cell.looks]
    values = ((look.step, getattr(look, figure)) for look in looks)
    return _means(name, ((step, value) for step, value in values if value is not None))


def _means(name: str, values: Iterable[tuple[int, float]]) -> dict[str, JsonValue]:
    by_step: dict[int, list[float]] = {}
    for step, value in values:
        by_step.setdefault(step, []).append(value)
    return {"name": name, "points": [[at, sum(of) / len(of)] for at, of in sorted(by_step.items())]}
