"""The study's page: what accuracy buys, what the gate does, what could be told, and what could not.

Every number that a figure shows stands in a table too, made here, for readers without scripts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lcbrb import codec
from lcbrb.pages import Page, render_page
from lcbrb.stats.groups import p_text
from lcbrb.training.study import analysis
from lcbrb.training.study.analysis import ALPHA, WARM, Finding, Sensitivity
from lcbrb.training.study.endpoints import Endpoint
from lcbrb.training.study.grid import (
    BEST,
    ORACLE,
    OUTCOME,
    PLACEBO,
    StudySettings,
    degraded_name,
    gate_conditions,
)
from lcbrb.training.study.results import CellResult, FailedCell, WarmResult
from lcbrb.training.study.scorers import Flaw
from lcbrb.types import Estimate, JsonValue

_STYLES = ("shell.css", "charts.css", "curves.css")
_SCRIPTS = "decode.js dom.js choices.js state.js tables.js charts.js study.js".split()
_NONE = "-"
_ENDPOINTS = (Endpoint.SAMPLED, Endpoint.SOUNDNESS, Endpoint.GREEDY, Endpoint.ANY)


def render_study(
    settings: StudySettings,
    done: Sequence[CellResult],
    warm: Sequence[WarmResult],
    failed: Sequence[FailedCell] = (),
) -> str:
    """The whole page, of as many cells as there are."""
    results = analysis.by_condition(done, {one.seed: one.measured for one in warm})
    tables = {endpoint: analysis.estimates(results, endpoint) for endpoint in _ENDPOINTS}
    found = analysis.findings(results, analysis.contrasts(settings))
    told = analysis.sensitivity(results)
    meta: dict[str, JsonValue] = {
        "made": f"{len(done)} trainings of {len({one.seed for one in done})} seeds",
        "gains": [_gains(settings, endpoint, found) for endpoint in _ENDPOINTS],
        "dose": [_dose(settings, endpoint, tables[endpoint]) for endpoint in _ENDPOINTS[:3]],
        "curves": [*_curves(settings, done)],
    }
    shown = {
        "sentences": [*_sentences(settings, done, found, told), *map(_failure, failed)],
        "conditions": _condition_rows(settings, done, tables),
        "endpoints": list(_ENDPOINTS),
        "planned": [_row(finding) for finding in found if finding.p_value is not None],
        "others": [
            _row(finding)
            for finding in found
            if finding.p_value is None and finding.endpoint in analysis.TESTED
        ],
        "told": told,
        "warm": _warm_rows(warm),
        "facts": _facts(settings),
    }
    return render_page(
        Page(
            package="lcbrb.training",
            title="How good must a reasoning reward model be?",
            template="study.html",
            styles=_STYLES,
            scripts=_SCRIPTS,
            meta=meta,
            shown=shown,
        )
    )


# ----------------------------------------------------------------------------------- figures


def _gains(
    settings: StudySettings, endpoint: Endpoint, found: Sequence[Finding]
) -> dict[str, JsonValue]:
    """What each condition has over `outcome`, within seeds, against its accuracy."""
    by_name = {
        finding.contrast.name.removesuffix(f" - {OUTCOME.name}"): codec.to_dict(finding.estimate)
        for finding in found
        if finding.endpoint is endpoint and finding.contrast.name.endswith(f" - {OUTCOME.name}")
    }
    levels = sorted(settings.levels)
    lines: list[JsonValue] = []
    for flaw in Flaw:
        named = [(level, degraded_name(flaw, level)) for level in levels] + [(ORACLE, BEST.name)]
        points = [[level, by_name[name]] for level, name in named if name in by_name]
        lines.append({"name": f"errors by {flaw}", "points": points})
    if PLACEBO.name in by_name:
        told = by_name[PLACEBO.name]
        lines.append({"name": PLACEBO.name, "points": [[levels[0], told], [ORACLE, told]]})
    return {"endpoint": str(endpoint), "lines": [line for line in lines if line["points"]]}


def _dose(
    settings: StudySettings, endpoint: Endpoint, by_name: Mapping[str, Estimate]
) -> dict[str, JsonValue]:
    """An endpoint against accuracy: a line for each flaw, level ones for what has no accuracy."""
    levels = sorted(settings.levels)
    lines: list[JsonValue] = []
    for flaw in Flaw:
        named = [(level, degraded_name(flaw, level)) for level in levels] + [(ORACLE, BEST.name)]
        points = [[level, codec.to_dict(by_name[n])] for level, n in named if n in by_name]
        lines.append({"name": f"errors by {flaw}", "points": points})
    for condition in (OUTCOME, PLACEBO):
        if condition.name in by_name:
            told = codec.to_dict(by_name[condition.name])
            lines.append({"name": condition.name, "points": [[levels[0], told], [ORACLE, told]]})
    return {"endpoint": str(endpoint), "lines": [line for line in lines if line["points"]]}


def _curves(settings: StudySettings, done: Sequence[CellResult]) -> Iterator[JsonValue]:
    """What was looked at while training, the mean over seeds, of a few conditions at a time."""
    doses = [OUTCOME.name, PLACEBO.name, BEST.name]
    doses += [degraded_name(flaw, min(settings.levels)) for flaw in Flaw]
    groups = {"against the oracle": doses}
    for scorer in settings.gate:
        names = [condition.name for condition in gate_conditions(scorer)]
        groups[f"against the {scorer}"] = [*names, OUTCOME.name]
    for title, names in groups.items():
        for figure in ("pass_at_1", "soundness", "thinking", "waved", "verbose"):
            lines = [line for name in names if (line := _line(done, name, figure))["points"]]
            if lines:
                yield {"title": title, "figure": figure, "lines": lines}


def _line(done: Sequence[CellResult], name: str, figure: str) -> dict[str, JsonValue]:
    by_step: dict[int, list[float]] = {}
    for cell in done:
        for look in cell.looks if cell.condition == name else ():
            value = getattr(look, figure)
            if value is not None:
                by_step.setdefault(look.step, []).append(value)
    points = [[step, sum(of) / len(of)] for step, of in sorted(by_step.items())]
    return {"name": name, "points": points}


# ------------------------------------------------------------------------------------ tables


def _condition_rows(
    settings: StudySettings,
    done: Sequence[CellResult],
    tables: Mapping[Endpoint, Mapping[str, Estimate]],
) -> list[dict[str, object]]:
    """A row for each condition that has a cell, in the grid's order."""
    rows = []
    for name in [WARM, *(condition.name for condition in settings.conditions)]:
        cells = [cell for cell in done if cell.condition == name]
        if name not in tables[Endpoint.SAMPLED]:
            continue
        after = [cell.accuracy_after for cell in cells if cell.accuracy_after is not None]
        rows.append(
            {
                "name": name,
                "seeds": tables[Endpoint.SAMPLED][name].clusters,
                "estimates": [_share(tables[endpoint][name]) for endpoint in _ENDPOINTS],
                "after": _percent(sum(after) / len(after)) if after else _NONE,
                "alarms": _alarms(cells, settings.look_problems),
                "seconds": f"{sum(c.train_s for c in cells) / len(cells):.0f}" if cells else _NONE,
            }
        )
    return rows


def _alarms(cells: Sequence[CellResult], problems: int) -> str:
    """In how many seeds the reward-hacking alarm is raised, and when at the earliest."""
    watched = [cell for cell in cells if any(look.thinking is not None for look in cell.looks)]
    raised = [found for cell in watched if (found := analysis.alarm_of(cell, problems))]
    if not watched:
        return _NONE
    first = f", first at step {min(found.step for found in raised)}" if raised else ""
    return f"{len(raised)} of {len(watched)}{first}"


def _row(finding: Finding) -> dict[str, str]:
    estimate = finding.estimate
    return {
        "endpoint": str(finding.endpoint),
        "name": finding.contrast.name,
        "asks": finding.contrast.asks,
        "estimate": _points(estimate),
        "seeds": str(estimate.clusters),
        "signs": f"{sum(value > 0 for value in finding.by_seed)} of {len(finding.by_seed)}",
        "p": p_text(finding.p_value),
        "p_adjusted": p_text(finding.p_adjusted),
    }


def _warm_rows(warm: Sequence[WarmResult]) -> list[dict[str, object]]:
    return [
        {
            "seed": one.seed,
            "steps": f"{one.steps}{'' if one.reached else ' (target not reached)'}",
            "estimates": [
                _percent(value) for value in (one.measured.pass_at_1, one.measured.greedy_pass)
            ],
            "soundness": _percent(one.measured.soundness),
            "copies": ", ".join(f"{copy.name} {_percent(copy.accuracy)}" for copy in one.copies),
        }
        for one in sorted(warm, key=lambda result: result.seed)
    ]


def _facts(settings: StudySettings) -> list[tuple[str, str]]:
    training, task = settings.training, settings.task
    return [
        ("problems", f"chains of {task.maps} maps modulo {task.modulus}"),
        ("policy", f"Llama, width {settings.warm_up.width}, {settings.warm_up.layers} layers"),
        (
            "a training",
            f"{training.steps} batches of {training.prompts} x {training.group} replies",
        ),
        ("updates of a batch", str(training.updates)),
        ("learning rate", f"{training.learning_rate:g}"),
        ("weight of the thinking score", f"{training.weight:g}"),
        ("problems held out", f"{settings.problems}, {settings.samples} samples of each"),
    ]


def _percent(value: float | None) -> str:
    return _NONE if value is None else f"{100 * value:.1f}"


def _share(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return _percent(estimate.value)
    return f"{_percent(estimate.value)} [{_percent(estimate.low)}, {_percent(estimate.high)}]"


def _points(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{100 * estimate.value:+.1f}"
    return f"{100 * estimate.value:+.1f} [{100 * estimate.low:+.1f}, {100 * estimate.high:+.1f}]"


# --------------------------------------------------------------------------------- sentences


def _sentences(
    settings: StudySettings,
    done: Sequence[CellResult],
    found: Sequence[Finding],
    told: Sequence[Sensitivity],
) -> Iterator[str]:
    """What a reader must know first, by the results alone."""
    if not done:
        yield "No training is done yet."
        return
    wanted = {condition.name for condition in settings.conditions}
    seeds = {cell.seed for cell in done}
    whole = sum(wanted <= {c.condition for c in done if c.seed == seed} for seed in seeds)
    yield f"{whole} of {len(seeds)} seeds are whole: {len(done)} trainings in all."
    for finding in found:
        if finding.p_value is not None:
            yield _sentence(finding)
    for one in told:
        if one.endpoint in analysis.TESTED and one.detectable is not None:
            yield (
                f"Two trainings that differ in their draws alone differ by {100 * one.sd:.1f} "
                f"points of {one.endpoint} (standard deviation over {one.seeds} seeds), so "
                f"{one.seeds} seeds find a difference of {100 * one.detectable:.1f} points in 80% "
                f"of studies, before Holm. No p value here can be below {one.least_p:.3f}."
            )
    yield (
        "These are policies of about a million parameters on one generated family of problems: "
        "nothing here says how large an effect is for a 7B model. A copy of the oracle has its "
        "accuracy on the warm policy's samples; what it has after training stands in the table."
    )


def _failure(failed: FailedCell) -> str:
    return f"Seed {failed.seed}, {failed.condition} failed: {failed.message}."


def _sentence(finding: Finding) -> str:
    significant = finding.p_adjusted is not None and finding.p_adjusted < ALPHA
    verdict = "told from chance" if significant else "not told from chance"
    return (
        f"{finding.contrast.asks[0].upper()}{finding.contrast.asks[1:]} {finding.contrast.name}, "
        f"{finding.endpoint}: {_points(finding.estimate)} points, {verdict} "
        f"(p = {p_text(finding.p_adjusted)} by Holm)."
    )
