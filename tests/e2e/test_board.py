"""The page in a browser: every control, the drill-down and the exports work.

The fixture `opened` also holds that no request leaves the page and nothing is said on its console.
"""

import csv
from urllib.parse import parse_qs

import numpy as np
import pytest

from leaderboards.scoring import observe, standings

DATED = "benchmark=dated+v1"


# ------------------------------------------------------------------------------ controls


def test_heads_sort_both_ways_and_say_so(opened):
    one = opened()
    tab = one.go(DATED)
    scores = one.column("pass@1")
    assert scores == sorted(scores, reverse=True)
    tab.click("[data-sort=model]")
    names = one.column("Model")
    assert names == sorted(names, key=str.lower)
    assert tab.get_attribute("th:has([data-sort=model])", "aria-sort") == "ascending"
    tab.keyboard.press("Enter")  # the focus stays on the head
    assert one.column("Model") == names[::-1]
    assert tab.get_attribute("th:has([data-sort=model])", "aria-sort") == "descending"


def test_what_is_not_known_is_last_in_both_directions(opened):
    one = opened()
    tab = one.go("benchmark=plain+v1&sort=size")
    assert one.column("Model")[0] == "alpha"
    tab.click("[data-sort=size]")
    assert "down=1" in tab.url
    assert one.column("Model")[0] == "alpha"


def test_bare_figures_have_a_table_without_ranks(opened):
    one = opened()
    tab = one.go("benchmark=study+v1")
    assert (one.column("Rank"), one.column("gate rate")) == (["\N{EN DASH}"], ["0.3333"])
    assert tab.input_value("#metric") == "gate_rate"
    tab.click("a.model")
    assert "gate_rate" in tab.inner_text("#detail-body")


def test_search_size_and_kind_filter_the_rows(opened):
    one = opened()
    tab = one.go()
    assert len(one.column("Model")) == 4
    assert sorted(one.column("Model", "scores-1")) == ["judge", "length"]
    tab.fill("#find", "ALP")
    assert one.column("Model") == ["alpha"]
    tab.fill("#find", "")
    tab.select_option("#size", "large")
    assert one.column("Model") == ["=gamma"]
    tab.select_option("#size", "")
    tab.select_option("#kind", "reward model")
    assert sorted(one.column("Model")) == ["judge", "length"]
    tab.fill("#find", "nobody")
    assert "No model fits" in tab.inner_text("#board")


def test_a_missing_score_is_never_a_number(opened):
    one = opened()
    one.go("sort=model")
    at = one.column("Model").index("beta")
    assert one.column("plain v1")[at] == "\N{EN DASH}"
    assert one.column("dated v1")[at][0].isdigit()


def test_our_failures_and_the_coverage_are_shown(opened):
    one = opened()
    one.go(DATED)
    at = [name.startswith("=gamma") for name in one.column("Model")].index(True)
    assert one.column("Errors")[at] == "2"
    assert one.column("Coverage")[at] == "118 of 120"
    assert one.column("Samples")[at] == "118"


def test_the_slider_works_from_the_keyboard_and_marks_cut_offs(opened):
    one = opened()
    tab = one.go(DATED)
    assert "cut-off 2024-02-10" in tab.inner_text("#board")
    before = one.column("pass@1")
    tab.focus("#from")
    for _ in range(10):
        tab.keyboard.press("ArrowRight")
    assert tab.get_attribute("#from", "aria-valuetext") == "Mar 2024"
    assert tab.inner_text("#window-text").startswith("Mar 2024 to Dec 2024: ")
    assert "from=2024-03" in tab.url
    assert one.column("pass@1") != before
    assert "cut-off" not in tab.inner_text("#board")
    tab.focus("#to")
    tab.keyboard.press("Home")  # a handle stops at the other
    assert "to=2024-03" in tab.url
    tab.focus("#from")
    tab.keyboard.press("End")
    assert "from=2024-03" in tab.url
    tab.click("#whole")
    assert one.column("pass@1") == before
    tab.check("#hide")
    assert not [name for name in one.column("Model") if name.startswith("beta")]


def test_parts_and_other_scores_are_computed(opened):
    one = opened()
    tab = one.go(DATED)
    tab.select_option("#part", "difficulty=hard")
    assert set(one.column("Problems")) == {"60", "59"}
    tab.select_option("#part", "")
    passing = tab.evaluate(
        "(() => {const B=lcbrbBoard, c=B.chosenColumn(); return c.rows.map(r => B.score(c, r, {metric:'pass@4', part:'', from:'', to:''})?.value ?? null)})()"
    )
    assert passing[0] > 0.9
    assert passing[2] is None  # one sample a problem has no pass@4


def test_a_link_brings_everything_back(opened):
    choice = (
        f"{DATED}&part=difficulty%3Dhard&find=a&size=&from=2023-08&to=2024-05&sort=coverage&down=1"
        "&axis=released&a=beta&b=alpha&theme=dark"
    )
    one, other = opened(), opened()
    tab = one.go()
    wanted = {key: found[0] for key, found in parse_qs(choice).items()}
    tab.evaluate("changes => lcbrbBoard.choose(changes)", wanted)
    again = other.go(tab.url.split("#", 1)[1])
    for name in ("#board", "#compared", "#window-text", "#plots"):
        assert again.inner_text(name) == tab.inner_text(name)
    for name in ("#benchmark", "#part", "#find", "#a", "#b", "#axis", "#theme", "#from", "#to"):
        assert again.input_value(name) == tab.input_value(name)
    assert again.evaluate("document.documentElement.dataset.theme") == "dark"
    again.go_back()


def test_an_address_of_nonsense_shows_the_board(opened):
    tab = opened().go(
        "benchmark=none&metric=x&part=y&from=9999-99&sort=constructor&size=toString&model=x&on=y&a=z"
    )
    assert tab.locator("#board tbody tr").count() == 7


def test_two_models_are_compared(opened, in_python):
    one = opened()
    tab = one.go(f"{DATED}&a=alpha&b=beta")
    column = in_python["dated v1"]
    rows = {row.name: observe(column, row).values_U for row in column.rows}
    differences = (rows["alpha"] - rows["beta"]).tolist()
    shown = "d => {const one = lcbrbBoard.adjustedDifference(d, d.map(() => 1), d.length); return [one.value, one.low, one.high].map(x => 100 * x)}"
    value, low, high = tab.evaluate(shown, differences)
    assert value == pytest.approx(100 * sum(differences) / 120)
    cells = tab.locator("#comparison tbody td").all_inner_texts()
    assert cells[2] == f"+{value:.1f}"
    assert cells[3] == f"+{low:.1f} to +{high:.1f}"
    assert cells[-1] == "alpha is better"
    better = sum(one > 1e-12 for one in differences)
    assert f"Better: alpha ({better} problems)" in tab.inner_text("#compared")
    tab.click("#swap")
    assert tab.locator("#comparison tbody td").all_inner_texts()[2] == f"\N{MINUS SIGN}{value:.1f}"
    tab.locator(".chip").first.click()
    assert tab.locator("#detail details.problem[open]").count() == 1


def test_compared_scores_are_over_what_both_have_and_one_rule_decides(opened, in_python):
    tab = opened().go(f"{DATED}&a=alpha&b=%3Dgamma")
    column = in_python["dated v1"]
    rows = {row.name: observe(column, row).values_U for row in column.rows}
    both = ~(np.isnan(rows["alpha"]) | np.isnan(rows["=gamma"]))
    assert both.sum() == 118
    cells = tab.locator("#comparison tbody td").all_inner_texts()
    values = [100 * rows[name][both].mean() for name in ("alpha", "=gamma")]
    assert cells[:2] == [f"{value:.1f}%" for value in values]
    assert cells[2] == f"+{values[0] - values[1]:.1f}"
    assert "two models differ beyond chance only if p is below 0.05" in tab.inner_text("#compared")


# ---------------------------------------------------------------------------- drill-down


def test_a_model_s_problems_open_from_the_keyboard_down_to_the_texts(opened):
    one = opened()
    tab = one.go(DATED)
    tab.focus("a.model:text-is('alpha')")
    tab.keyboard.press("Enter")
    assert tab.inner_text("#detail-title") == "alpha"
    first = tab.locator("#problems details").first
    assert first.locator("summary .outcome").inner_text() != "4 passed"  # failures first
    first.locator("summary").focus()
    tab.keyboard.press("Enter")
    first.locator("pre").first.wait_for()
    assert "text ('alpha', 'q" in first.inner_text()
    assert "detail of q" in first.inner_text()
    tab.select_option("#outcome", "time_limit")
    assert "time limit" in tab.locator("#problems summary").first.inner_text()
    tab.keyboard.press("Escape")
    assert not tab.evaluate("document.getElementById('detail').open")
    assert tab.evaluate("document.activeElement.textContent") == "alpha"
    assert "model=" not in tab.url


def test_a_pair_shows_its_texts_and_scores(opened):
    tab = opened().go("model=judge&on=pairs+v1")
    tab.locator("#problems summary").first.click()
    first = tab.locator("#problems details").first
    first.locator("pre").nth(2).wait_for()
    assert "prompt of q" in first.inner_text()
    assert "Rejected: score 0.5" in first.inner_text()


def test_what_a_model_writes_is_text(opened):
    one = opened()
    tab = one.go("benchmark=plain+v1")
    tab.locator("a.model", has_text="harmed").click()
    tab.locator("#problems summary").first.click()
    tab.locator("#problems pre").nth(1).wait_for()
    assert "<img src=x" in tab.locator("#problems pre").nth(1).inner_text()
    assert tab.evaluate("window.harmed === undefined && document.images.length === 0")


# ------------------------------------------------------------------------------- exports


def saved(tab, button):
    with tab.expect_download() as download:
        tab.click(button)
    with open(download.value.path(), newline="", encoding="utf-8") as file:  # noqa: PTH123
        return list(csv.DictReader(file))


def test_the_csv_holds_the_table_in_full_precision(opened, in_python):
    tab = opened().go(DATED)
    rows = {row["model"]: row for row in saved(tab, "#csv")}
    assert set(rows) == {"alpha", "beta", "'=gamma"}  # no formula for a spreadsheet
    (here,) = [s for s in standings(in_python["dated v1"]) if s.row.name == "alpha"]
    assert float(rows["alpha"]["score"]) == here.estimate.value
    assert (rows["beta"]["exposed"], rows["'=gamma"]["harness_errors"]) == ("57", "2")
    whole = saved(opened().go(), "#csv")
    assert len(whole) == 8
    assert {row["benchmark"] for row in whole} == {"dated v1", "plain v1", "pairs v1", "study v1"}


def test_a_comparison_s_csv_has_every_problem(opened):
    rows = saved(opened().go(f"{DATED}&a=alpha&b=beta"), "#compare-csv")
    assert len(rows) == 120
    assert {row["a"] for row in rows} == {"alpha"}


def test_the_table_can_be_pasted(opened):
    text = opened().go("benchmark=plain+v1&sort=model").evaluate("lcbrbBoard.markdown()")
    heads, rule, hostile, alpha = text.strip().split("\n")
    assert heads.startswith("| Rank | Model | pass@1 | 95% interval |")
    assert set(rule) <= set("|-: ")
    assert "\\<script>" in hostile
    assert alpha.startswith("| =1 | alpha | 62.5% |")


def test_without_scripts_the_scores_are_there(opened):
    one = opened(own=True, java_script_enabled=False)
    one.tab.goto(one.board.as_uri())
    assert "alpha" in one.tab.inner_text("noscript")
    assert not one.tab.is_visible("#controls")  # which would do nothing
    one.tab.context.set_offline(True)
