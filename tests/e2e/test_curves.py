"""The page of a training's curves in a real browser."""

import pytest
from boards import record

from lcbrb.training.page import render_curves, thinned
from lcbrb.types import Estimate, TrainingStep

HOSTILE = "lost <img src=x onerror='window.harmed=1'></script> power"
KEPT = Estimate(value=0.83, low=0.71, high=0.92, n=40, clusters=20, level=0.95, method="wilson")
RUN = {"kind": "training", "subject": "reward model on tiny", "config": {"margins": {"od": 0.25}}}
COUNTS = {"best_step": 20}


def steps(count=30, every=10):
    """Losses fall, accuracies rise to the second evaluation and fall after it."""
    return [
        TrainingStep(
            step=n,
            epoch=n / 10,
            loss=0.7 - n / (2 * count),
            learning_rate=1e-3 * (1 - n / count),
            grad_norm=1.0 + n % 3,
            accuracy=None if n % every else {1: 0.6, 2: 0.8}.get(n // every, 0.75),
            held_out_loss=None if n % every else 0.65 - n / 1000,
        )
        for n in range(1, count + 1)
    ]


@pytest.fixture
def shown(opened, tmp_path):
    """Opens the page of a run."""

    def show(*given, **options):
        path = tmp_path / "curves.html"
        path.write_text(render_curves(*given), encoding="utf-8")
        return opened(at=path, **options)

    return show


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_curves_and_their_numbers_are_shown(shown, colours):
    one = shown(record(**RUN, counts=COUNTS), steps(), KEPT, color_scheme=colours)
    tab = one.go()
    assert tab.title() == "Training curves: reward model on tiny"
    assert tab.locator("#curves svg.plot").count() == 4
    assert one.column("Step", "evaluations") == ["10", "20 (best)", "30"]
    assert one.column("Held-out accuracy", "evaluations") == ["60.0%", "80.0%", "75.0%"]
    assert one.column("Held-out loss", "evaluations") == ["0.64", "0.63", "0.62"]
    assert "best: step 20" in tab.inner_text("#curves")
    assert "95% interval 71.0% to 92.0%" in tab.inner_text("main")
    assert tab.locator("#curves .error").count() == 1
    labels = tab.evaluate("[...document.querySelectorAll('svg.plot')].map(x => x.ariaLabel)")
    assert "held-out loss: 0.64 at step 10, 0.62 at step 30" in labels[0]
    facts = tab.inner_text("#record")
    assert "ab" * 32 in facts
    assert '{"od": 0.25}' in facts
    places = tab.evaluate(
        "[...document.querySelectorAll('polyline')].flatMap(l => [...l.points].flatMap(p => [p.x, p.y]))"
    )
    assert len(places) == 2 * (30 + 3 + 3 + 30 + 30)
    assert all(0 <= place <= 640 for place in places)


def test_a_note_with_markup_stays_text(shown):
    stopped = record(**RUN, complete=False, notes=(HOSTILE,))
    tab = shown(stopped, steps()).go()
    assert HOSTILE in tab.locator(".note").all_inner_texts()
    assert tab.evaluate("window.harmed === undefined && document.images.length === 0")
    assert "it ended after 30 steps" in tab.inner_text("main")
    assert "best: step 20" in tab.inner_text("#curves")  # so far


def test_a_run_without_steps_says_so(shown):
    tab = shown(record(**RUN, complete=False), []).go()
    assert "No step was recorded, so there are no curves." in tab.inner_text("main")
    assert tab.inner_text("#evaluations tbody") == "None."
    assert tab.locator("svg.plot").count() == 0


def test_one_step_without_pairs_held_out_is_a_page(shown):
    odd = TrainingStep(step=1, epoch=1.0, loss=0.5, grad_norm=float("inf"))
    tab = shown(record(**RUN, counts={"best_step": 1}), [odd]).go()
    assert tab.locator("svg.plot").count() == 1
    assert tab.inner_text("#curves").count("Nothing was recorded.") == 3


def test_readers_without_scripts_see_the_evaluations(shown):
    one = shown(record(**RUN, counts=COUNTS), steps(), KEPT, java_script_enabled=False)
    one.tab.goto(one.board.as_uri())
    assert "switched off here" in one.tab.inner_text("noscript")
    assert "20 (best)" in one.tab.inner_text("#evaluations")


def test_a_long_run_is_thinned_and_the_page_says_so(shown):
    many = steps(20_000, 50)
    tab = shown(record(**RUN, counts={"best_step": 100}), many, KEPT).go()
    assert "are thinned" in tab.inner_text("main")
    drawn = "JSON.parse(document.getElementById('meta').textContent).lines['training loss'].length"
    assert tab.evaluate(drawn) <= 800
    assert tab.locator("#evaluations tbody tr").count() <= 202
    assert tab.locator(".mark").count() < 20  # names and what was kept; long lines have none


def test_thinned_lines_keep_their_peaks_and_their_order():
    points = [(step, 9.0 if step == 777 else step % 7) for step in range(1, 2001)]
    drawn = thinned(points, 100)
    assert len(drawn) <= 100
    assert (777, 9.0) in drawn
    assert drawn == sorted(drawn)
    assert thinned(points, 2000) == points
