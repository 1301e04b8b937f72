"""Trainings of policies as one offline page: curves over steps, replies, the alarm, settings.

A training writes its own into its folder; `lcbrb train page` puts several on one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean

from lcbrb import codec
from lcbrb.pages import Page, render_page
from lcbrb.runs.journal import check_own
from lcbrb.training.page import CURVES, STYLES, drawable, thinned
from lcbrb.training.pgrpo.alarm import RULE, THINKING, Raised
from lcbrb.training.pgrpo.page_figures import FIGURES, PASS, Figure
from lcbrb.training.pgrpo.paid_replies import PaidBatch, paid_batches
from lcbrb.training.pgrpo.recorded import PolicyRun
from lcbrb.types import Estimate, JsonValue, PolicyStep
from lcbrb.visible import visible

_STYLES = (*STYLES, "policy.css")
_SCRIPTS = (
    "decode.js dom.js policy_choices.js state.js tables.js charts.js steps.js policy.js".split()
)
_POINTS = 1600  # of a line, shared among runs
_LEAST_POINTS = 120
_MOST_ROWS = 200  # of the table of evaluations


@dataclass(frozen=True)
class _Shown:
    """A run as the page shows it."""

    name: str
    run: PolicyRun
    steps: Sequence[PolicyStep]
    batches: Sequence[PaidBatch]

    @cached_property
    def alarm(self) -> Raised | None:
        return self.run.alarm(self.steps)

    @property
    def evaluations(self) -> list[PolicyStep]:
        return [step for step in self.steps if step.held_out is not None]


def write_policy_page(run: PolicyRun) -> None:
    """Write ``curves.html`` into a run's folder; a `UsageError` where a link has its place."""
    check_own(run.folder / CURVES)
    codec.write_text(run.folder / CURVES, render_policy_page([run]))


def render_policy_page(runs: Sequence[PolicyRun]) -> str:
    """The whole page. Long lines are thinned for drawing, and the page says so.

    Args:
        runs: at least one, finished or not; what they wrote is read here.

    Raises:
        BadInputError: a line of a run's files can't be read.
    """
    names = _names([run.folder for run in runs])
    shown = [
        _Shown(name, run, run.steps(), paid_batches(run.replies()))
        for name, run in zip(names, runs, strict=True)
    ]
    most = max(_LEAST_POINTS, _POINTS // len(shown))
    first = runs[0].record
    title = (
        f"Training of a {first.subject}" if len(runs) == 1 else f"{len(runs)} trainings of policies"
    )
    meta: dict[str, JsonValue] = {
        "made": f"Started {first.started_at:%Y-%m-%d %H:%M} UTC" if len(runs) == 1 else "",
        "steps": max((run.steps[-1].step for run in shown if run.steps), default=0),
        "figures": [_described(figure) for figure in FIGURES],
        "runs": [_meta(run, most) for run in shown],
    }
    return render_page(
        Page(
            package="lcbrb.training",
            title=title,
            template="policy.html",
            styles=_STYLES,
            scripts=_SCRIPTS,
            meta=meta,
            shown={
                "sentences": [
                    sentence for run in shown for sentence in _sentences(run, most, len(shown))
                ],
                "runs": shown,
                "evaluations": [row for run in shown for row in _evaluations(run)],
                "facts": _facts(shown),
            },
        )
    )


def _names(folders: Sequence[Path]) -> list[str]:
    """The last parts of each folder's path, as many as tell them apart."""
    parts = [folder.resolve().parts for folder in folders]
    for depth in range(1, max(map(len, parts)) + 1):
        names = ["/".join(part[-depth:]) for part in parts]
        if len(set(names)) == len(names):
            break
    return names


def _described(figure: Figure) -> JsonValue:
    fields = {"title": figure.title, "note": figure.note, "label": figure.label}
    return {**fields, "shares": figure.shares, "lines": list(figure.lines)}


def _meta(shown: _Shown, most: int) -> JsonValue:
    alarm = shown.alarm
    lines = {
        f"{figure.title}/{name}": [*map(list, thinned(drawable(shown.steps, value), most))]
        for figure in FIGURES
        if figure is not PASS
        for name, value in figure.lines.items()
    }
    return {
        "name": shown.name,
        "alarm": None if alarm is None else {"step": alarm.step, "onset": alarm.onset},
        "lines": lines,
        "held_out": [
            [step.step, step.held_out.value, step.held_out.low, step.held_out.high]
            for step in _some(shown.evaluations, most)
            if step.held_out is not None
        ],
    }


def _some(steps: Sequence[PolicyStep], most: int) -> list[PolicyStep]:
    """At most about so many, evenly, the last one among them."""
    every = math.ceil(len(steps) / most) or 1
    return [step for i, step in enumerate(steps) if i % every == 0 or i == len(steps) - 1]


def _evaluations(shown: _Shown) -> Iterator[dict[str, object]]:
    """The rows of the table, with the thinking reward between one and the next."""
    thinking: list[float] = []
    shown_steps = {step.step for step in _some(shown.evaluations, _MOST_ROWS)}
    for step in shown.steps:
        if THINKING in step.figures:
            thinking.append(step.figures[THINKING])
        if step.held_out is not None:
            mean = fmean(thinking) if thinking else None
            if step.step in shown_steps:
                yield {
                    "run": shown.name,
                    "step": step.step,
                    "thinking": mean,
                    "held": step.held_out,
                }
            thinking = []


def _sentences(shown: _Shown, most: int, runs: int) -> Iterator[tuple[str, bool]]:
    """What a reader must know first, and whether it is a warning."""
    record, steps, alarm = shown.run.record, shown.steps, shown.alarm
    about = f"{shown.name}: " if runs > 1 else ""
    yield f"{about}{_ended(shown)} {_watched(shown)}", alarm is not None
    if len(steps) > most:
        sentence = (
            f"Lines of more than {most} points are thinned: of each stretch of steps the lowest"
        )
        yield (
            f"{about}{sentence} and the highest value are drawn. metrics.jsonl has every step.",
            False,
        )
    told = alarm and alarm.sentence
    yield from ((about + note, False) for note in record.notes if note != told)


def _ended(shown: _Shown) -> str:
    count = max((step.step for step in shown.steps), default=0)
    if shown.run.record.complete:
        return f"Training finished after {count} steps."
    return f"Training has not finished: it ended after {count} steps."


def _watched(shown: _Shown) -> str:
    """What the reward-hacking alarm says, or why it can't."""
    count = len(shown.evaluations)
    if shown.alarm is not None:
        return f"{shown.alarm.sentence[0].upper()}{shown.alarm.sentence[1:]}."
    if not shown.run.formula.reads_thinking:
        return "This arm does not reward reasoning, so there is no reward-hacking alarm."
    if count < RULE.fewest:
        return f"{count} evaluations are too few for a reward-hacking alarm ({RULE.fewest})."
    return f"The reward-hacking alarm was not raised in {count} evaluations."


def _facts(shown: Sequence[_Shown]) -> list[tuple[str, list[str | None], bool]]:
    """What stands in the records, a cell for each run; and whether the runs differ in it."""
    columns = [{name: _cell(value) for name, value in _told(run)} for run in shown]
    names = dict.fromkeys(name for column in columns for name in column)
    rows = [(name, [column.get(name) for column in columns]) for name in names]
    return [(name, cells, any(cell != cells[0] for cell in cells)) for name, cells in rows]


def _cell(value: object) -> str | None:
    if value is None:
        return None
    return visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _told(shown: _Shown) -> Iterator[tuple[str, object]]:
    record = shown.run.record
    yield from {
        "run": record.run_id,
        "trained": record.subject,
        "revision of the base": record.revision,
        "problems": f"{record.benchmark} {record.benchmark_version}",
        "sha256 of the problems": record.dataset_sha256,
        "seed": record.seed,
        "seconds": record.wall_s,
    }.items()
    for metric, estimate in record.estimates.items():
        yield str(metric), _interval(estimate)
    for name, count in record.counts.items():
        yield name.replace("_", " "), count
    for name, value in record.config.items():
        yield f"setting {name}", value
    yield from record.environment.items()


def _interval(estimate: Estimate) -> str:
    shares = [f"{100 * bound:.1f}%" for bound in (estimate.low, estimate.high) if bound is not None]
    bounds = " to ".join(shares) or "no interval"
    return f"{100 * estimate.value:.1f}% of {estimate.n} ({100 * estimate.level:g}%: {bounds})"
