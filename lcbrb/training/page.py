"""The curves of a reward model's training, as one offline page in the run's folder."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from lcbrb import codec
from lcbrb.pages import Page, render_page
from lcbrb.rewards.evaluation import Evaluated
from lcbrb.rewards.metrics.accuracy import ACCURACY
from lcbrb.runs.folder import Run
from lcbrb.runs.journal import check_own
from lcbrb.types import Estimate, JsonValue, PolicyStep, RunRecord, TrainingStep

CURVES = "curves.html"
STYLES = ("shell.css", "charts.css", "curves.css")
_SCRIPTS = "decode.js dom.js choices.js state.js tables.js charts.js steps.js curves.js".split()
_MOST_POINTS = 800  # of a line; more can't be told apart at its width
_MOST_ROWS = 200
_LARGEST = 1e300  # beyond it the script's own arithmetic ends
_LINES: dict[str, Callable[[TrainingStep], float | None]] = {
    "training loss": lambda step: step.loss,
    "held-out loss": lambda step: step.held_out_loss,
    "accuracy": lambda step: step.accuracy,
    "learning rate": lambda step: step.learning_rate,
    "gradient norm": lambda step: step.grad_norm,
}

Point = tuple[int, float]
S = TypeVar("S", TrainingStep, PolicyStep)


def write_curves(
    run: Run, steps: Sequence[TrainingStep], held_out: Evaluated | None = None
) -> None:
    """Write ``curves.html`` into a run's folder; a `UsageError` where a link has its place."""
    check_own(run.path / CURVES)
    kept = held_out.record.estimates.get(ACCURACY) if held_out else None
    codec.write_text(run.path / CURVES, render_curves(run.record, steps, kept))


def render_curves(
    record: RunRecord, steps: Sequence[TrainingStep], kept: Estimate | None = None
) -> str:
    """The whole page. Long lines are thinned for drawing, and the page says so.

    Args:
        record: of the training, finished or not.
        steps: in their order; there may be none.
        kept: accuracy on the pairs held out of the weights that were kept, with its interval.
    """
    evaluations = [s for s in steps if s.accuracy is not None or s.held_out_loss is not None]
    best = _best_step(record, evaluations)
    lines = {name: drawable(steps, value) for name, value in _LINES.items()}
    meta: dict[str, JsonValue] = {
        "made": f"Started {record.started_at:%Y-%m-%d %H:%M} UTC",
        "steps": steps[-1].step if steps else 0,
        "best": best,
        "kept": None if kept is None else codec.to_dict(kept),
        "lines": {name: [*map(list, thinned(line))] for name, line in lines.items()},
    }
    shown = {
        "sentences": list(_sentences(record, steps, lines, kept)),
        "rows": _thinned_rows(evaluations, best),
        "evaluations": len(evaluations),
        "best": best,
        "record": record,
    }
    return render_page(
        Page(
            package="lcbrb.training",
            title=f"Training curves: {record.subject}",
            template="curves.html",
            styles=STYLES,
            scripts=_SCRIPTS,
            meta=meta,
            shown=shown,
        )
    )


def thinned(points: Sequence[Point], most: int = _MOST_POINTS) -> list[Point]:
    """At most so many points: of each stretch the lowest and the highest, so that peaks stay."""
    size = math.ceil(2 * len(points) / most) if len(points) > most else 1
    stretches = [points[begin : begin + size] for begin in range(0, len(points), size)]
    ends = [(min(s, key=lambda p: p[1]), max(s, key=lambda p: p[1])) for s in stretches]
    return [point for pair in ends for point in sorted(set(pair))]


def drawable(steps: Sequence[S], value_of: Callable[[S], float | None]) -> list[Point]:
    """What a line shows: each step that has a value, without what no script can reckon with."""
    values = [(step.step, value_of(step)) for step in steps]
    return [(step, v) for step, v in values if v is not None and abs(v) < _LARGEST]


def _best_step(record: RunRecord, evaluations: Sequence[TrainingStep]) -> int | None:
    """The step whose weights were kept or, where training did not finish, the best so far."""
    chosen = record.counts.get("best_step")
    if chosen is not None:
        return chosen if any(step.step == chosen for step in evaluations) else None
    best = max(evaluations, key=lambda s: (s.accuracy or 0, -(s.held_out_loss or 0)), default=None)
    return None if best is None else best.step


def _thinned_rows(evaluations: Sequence[TrainingStep], best: int | None) -> list[TrainingStep]:
    every = math.ceil(len(evaluations) / _MOST_ROWS) or 1
    last = len(evaluations) - 1
    return [s for i, s in enumerate(evaluations) if i % every == 0 or i == last or s.step == best]


def _share(value: float) -> str:
    return f"{100 * value:.1f}%"


def _accuracy_text(kept: Estimate) -> str:
    share = f"The weights that were kept: {_share(kept.value)} of {kept.n} pairs"
    if kept.low is None or kept.high is None:
        return f"{share}, too few for an interval."
    return f"{share}; {100 * kept.level:g}% interval {_share(kept.low)} to {_share(kept.high)}."


def _sentences(
    record: RunRecord,
    steps: Sequence[TrainingStep],
    lines: dict[str, list[Point]],
    kept: Estimate | None,
) -> Iterator[str]:
    """What a reader must know first: how it ended, what is not drawn, what the notes say."""
    yield (
        f"Training finished after {len(steps)} steps."
        if record.complete
        else f"Training has not finished: it ended after {len(steps)} steps."
    )
    if not steps:
        yield "No step was recorded, so there are no curves."
    if kept is not None:
        yield _accuracy_text(kept)
    if any(len(line) > _MOST_POINTS for line in lines.values()):
        yield (
            f"Lines of more than {_MOST_POINTS} points are thinned: of each stretch of steps the "
            "lowest and the highest value are drawn. metrics.jsonl has every step."
        )
    lost = len(steps) - len(lines["training loss"])
    if lost:
        yield f"The training loss is no number at {lost} steps, which are not drawn."
    yield from record.notes
