"""The study's page in a real browser."""

import pytest
from made_up_study import study

from lcbrb.training.study.grid import StudySettings
from lcbrb.training.study.page import Done, render_study


def page(done, warm):
    return render_study(StudySettings(), Done(cells=done, warm=warm, planned=3))


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_figures_are_drawn_and_told(opened, tmp_path, colours):
    path = tmp_path / "study.html"
    path.write_text(page(*study(3)), encoding="utf-8")
    tab = opened(at=path, color_scheme=colours).go()
    assert tab.locator("#gains svg.plot").count() == 4
    assert tab.locator("#dose svg.plot").count() == 3
    assert tab.locator("#curves svg.plot").count() == 10
    label = tab.locator("#gains svg.plot").first.get_attribute("aria-label")
    assert "errors by noise: " in label
    assert "points at 62.6" in label
    assert tab.locator("#gains .error").count() > 40


def test_a_study_without_results_is_shown(opened, tmp_path):
    path = tmp_path / "study.html"
    path.write_text(page([], []), encoding="utf-8")
    tab = opened(at=path).go()
    assert tab.locator("svg.plot").count() == 0
    assert "No training is done yet." in tab.inner_text("main")
