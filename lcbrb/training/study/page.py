"""The study's page: what accuracy buys, what the gate does, what could be told, and what could not.

Every number that a figure shows stands in a table too, made here, for readers without scripts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lcbrb.pages import Page, render_page
from lcbrb.stats.estimate_text import interval, points
from lcbrb.stats.groups import p_text
from lcbrb.training.study import analysis, figures
from lcbrb.training.study.analysis import ALPHA, WARM, Finding
from lcbrb.training.study.endpoints import Endpoint
from lcbrb.training.study.grid import Scorer, StudySettings
from lcbrb.training.study.results import CellResult, FailedCell, WarmResult
from lcbrb.training.study.sensitivity import Sensitivity, sensitivity
from lcbrb.training.study.sequence import Step, fixed_sequence
from lcbrb.types import Estimate, JsonValue

_STYLES = ("shell.css", "charts.css", "curves.css")
_SCRIPTS = "decode.js dom.js choices.js state.js tables.js charts.js study.js".split()
_NONE = "-"  # no value
_ENDPOINTS = (Endpoint.SAMPLED, Endpoint.SOUNDNESS, Endpoint.GREEDY, Endpoint.ANY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What there is of a study, and how many seeds were planned."""

    cells: Sequence[CellResult]
    warm: Sequence[WarmResult]
    failed: Sequence[FailedCell] = ()
    planned: int


def render_study(settings: StudySettings, study: Done) -> str:
    """The whole page, of as many cells as there are."""
    done, warm = study.cells, study.warm
    results = analysis.by_condition(done, {policy.seed: policy.measured for policy in warm})
    tested = analysis.seeds_to_test(results, settings, study.planned)
    asked = analysis.contrasts(settings)
    tables = {endpoint: analysis.estimates(results, endpoint) for endpoint in _ENDPOINTS}
    findings = analysis.findings(results, asked, tested)
    steps = fixed_sequence(results, settings, tested)
    sensitivities = sensitivity(results, study.planned, sum(contrast.planned for contrast in asked))
    told = [finding for finding in findings if finding.endpoint in analysis.TESTED]
    right = figures.measured_accuracies(warm)
    meta: dict[str, JsonValue] = {
        "made": f"{len(done)} trainings of {len({cell.seed for cell in done})} seeds",
        "gains": [figures.gains(settings, endpoint, findings, right) for endpoint in _ENDPOINTS],
        "dose": [
            figures.dose(settings, endpoint, tables[endpoint], right) for endpoint in _ENDPOINTS[:3]
        ],
        "curves": [*figures.curves(settings, done)],
    }
    shown = {
        "sentences": [
            *_sentences(settings, study, findings, sensitivities),
            *_answer(steps),
            *(f"Seed {f.seed}, {f.condition} failed: {f.message}." for f in study.failed),
        ],
        "steps": [_step_row(step) for step in steps],
        "conditions": _condition_rows(settings, done, tables),
        "endpoints": [str(end).replace("@k", f"@{settings.samples}") for end in _ENDPOINTS],
        "planned": [_row(finding) for finding in told if finding.contrast.planned],
        "others": [_row(finding) for finding in told if not finding.contrast.planned],
        "told": sensitivities,
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
                "estimates": [
                    interval(tables[endpoint].get(name), unit="") for endpoint in _ENDPOINTS
                ],
                "after": _after(after, len(cells)),
                "alarms": _alarms(cells, settings.look_problems),
                "seconds": f"{sum(c.train_s for c in cells) / len(cells):.0f}" if cells else _NONE,
            }
        )
    return rows


def _percent(value: float | None) -> str:
    return _NONE if value is None else f"{100 * value:.1f}"


def _after(accuracies: Sequence[float], seeds: int) -> str:
    """A reward model's accuracy after training, and over how many seeds, where some have none."""
    if not accuracies:
        return _NONE
    text = _percent(sum(accuracies) / len(accuracies))
    return text if len(accuracies) == seeds else f"{text} ({len(accuracies)} of {seeds} seeds)"


def _unscored(done: Sequence[CellResult]) -> int:
    """Replies in training that could not be graded."""
    series = [cell.log.get("unscored") for cell in done]
    counts = [value for numbers in series if isinstance(numbers, list) for value in numbers]
    return round(sum(value for value in counts if isinstance(value, int | float)))


def _alarms(cells: Sequence[CellResult], problems: int) -> str:
    """In how many seeds the reward-hacking alarm is raised, and when at the earliest."""
    watched = [
        cell
        for cell in cells
        if cell.scorer != Scorer.NONE and any(look.thinking is not None for look in cell.looks)
    ]
    raised = [alarm for cell in watched if (alarm := analysis.alarm_of(cell, problems))]
    if not watched:
        return _NONE
    first = f", first at step {min(alarm.step for alarm in raised)}" if raised else ""
    return f"{len(raised)} of {len(watched)}{first}"


def _row(finding: Finding) -> dict[str, str]:
    estimate = finding.estimate
    return {
        "endpoint": str(finding.endpoint),
        "name": finding.contrast.name,
        "asks": finding.contrast.asks,
        "estimate": points(estimate),
        "seeds": str(estimate.clusters),
        "signs": f"{sum(value > 0 for value in finding.by_seed)} of {len(finding.by_seed)}",
        "p": p_text(finding.p_value),
        "p_adjusted": p_text(finding.p_adjusted),
    }


def _warm_rows(warm: Sequence[WarmResult]) -> list[dict[str, object]]:
    return [
        {
            "seed": policy.seed,
            "steps": f"{policy.steps}{'' if policy.reached else ' (target not reached)'}",
            "estimates": [
                _percent(policy.measured.pass_at_1),
                _percent(policy.measured.greedy_pass),
            ],
            "soundness": _percent(policy.measured.soundness),
            "copies": ", ".join(f"{copy.name} {_percent(copy.accuracy)}" for copy in policy.copies),
        }
        for policy in sorted(warm, key=lambda result: result.seed)
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


# --------------------------------------------------------------------------------- sentences


def _sentences(
    settings: StudySettings,
    study: Done,
    findings: Sequence[Finding],
    sensitivities: Sequence[Sensitivity],
) -> Iterator[str]:
    """What a reader must know first, by the results alone."""
    done = study.cells
    if not done:
        yield "No training is done yet."
        return
    wanted = {condition.name for condition in settings.conditions}
    seeds = {cell.seed for cell in done}
    whole = sum(wanted <= {c.condition for c in done if c.seed == seed} for seed in seeds)
    yield f"{whole} of {len(seeds)} seeds are whole: {len(done)} trainings in all."
    if unscored := _unscored(done):
        yield f"{unscored} replies in training could not be graded and are not trained on."
    if not any(finding.p_value is not None for finding in findings):
        yield f"Nothing is tested before all {study.planned} seeds that were planned are whole."
    for finding in findings:
        if finding.p_value is not None:
            yield _sentence(finding)
    for row in sensitivities:
        if row.endpoint in analysis.TESTED:
            yield _sensitivity(row)
    yield (
        "On soundness, whether the oracle helps, and whether more accuracy does, is all but given: "
        "there what is paid for is what is measured. Pass@1 is what they are asked for."
    )
    yield (
        "These are policies of about a million parameters on one generated family of problems: "
        "nothing here says how large an effect is for a 7B model. A copy of the oracle has its "
        "accuracy on the warm policy's samples; figures stand at what it has on other samples, the "
        "mean over seeds, and what it has after training stands in the table."
    )


def _sensitivity(row: Sensitivity) -> str:
    text = (
        f"Two trainings that differ only in their random draws differ by {100 * row.sd:.1f} "
        f"points of {row.endpoint} (standard deviation over {row.seeds} seeds)"
    )
    if row.detectable is None:
        return f"{text}; {row.planned} seeds can tell no planned contrast from chance, after Holm."
    return (
        f"{text}, so {row.planned} seeds tell a difference of two conditions of "
        f"{100 * row.detectable:.1f} points from chance in 80% of studies, after Holm. No p value "
        f"can be below {row.least_p:.3f} by Holm."
    )


def _answer(steps: Sequence[Step]) -> Iterator[str]:
    """How good a reward model must be, as far as the fixed sequence tells."""
    if not steps:
        return
    gains = [step.accuracy for step in steps if step.gains]
    if gains:
        reach = (
            "a gain can be distinguished from chance down to a pairwise accuracy of "
            f"{min(gains):g}%"
        )
    else:
        reach = "not even the oracle's gain can be distinguished from chance"
    yield (
        f"How good must the reward model be? On pass@1 against outcome, errors by noise, {reach} "
        f"(a fixed sequence from the oracle downwards, each step at {ALPHA:g})."
    )


def _step_row(step: Step) -> dict[str, str]:
    verdicts = {True: "a gain", False: "not distinguishable from chance", None: "not asked"}
    return {
        "name": step.finding.contrast.name,
        "accuracy": f"{step.accuracy:g}",
        "estimate": points(step.finding.estimate),
        "p": _NONE if step.gains is None else p_text(step.finding.p_value),
        "verdict": verdicts[step.gains],
    }


def _sentence(finding: Finding) -> str:
    significant = finding.p_adjusted is not None and finding.p_adjusted < ALPHA
    verdict = "distinguishable from chance" if significant else "not distinguishable from chance"
    seeds = ", ".join(map(str, finding.left_out))
    left_out = f" Without seed {seeds}, in which no answer is right." if seeds else ""
    return (
        f"{finding.contrast.asks[0].upper()}{finding.contrast.asks[1:]} {finding.contrast.name}, "
        f"{finding.endpoint}: {points(finding.estimate)} points, {verdict} "
        f"(p = {p_text(finding.p_adjusted)} by Holm).{left_out}"
    )
