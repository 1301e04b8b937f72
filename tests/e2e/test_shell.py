"""A page of another kind, made of the shared shell, scripts and styles, in a real browser."""

import pytest

from lcbrb.pages import Page, deflated, render_page

TEMPLATE = """{% extends "shell.html" %}
{% block noscript %}<p>Losses: {{ losses }}</p>{% endblock %}
{% block main %}<div id="table" class="scroll"></div><div id="plot"></div><button id="csv">CSV</button>{% endblock %}
"""
SCRIPT = """
const DEFAULTS = { sort: "", down: "", run: "" };
"""
DRAWING = """
async function draw() {
  const losses = await unpack("losses");
  const rows = sorted(losses, (one) => one.loss, state.down === "1")
    .map(({ step, loss }) => el("tr", {}, numberCell(String(step)), numberCell(figure(loss))));
  const heads = [numberHead("Step"), sortingHead("loss", "Loss", { first: true })];
  byId("table").replaceChildren(table({ id: "losses", caption: meta.run, heads, rows }));
  const points = losses.map(({ step, loss }) => [100 + 100 * step, { value: loss, low: null, high: null }]);
  byId("plot").replaceChildren(lineChart({ title: "Loss", note: "", series: [{ name: meta.run, points }],
    ticks: [[100, "0"]], xLabel: "step", yLabel: "loss", told: "falling" }));
  document.documentElement.dataset.ready = "yes";
}
startState(draw);
byId("csv").addEventListener("click", () => save(fileName(), csv(tableCells(byId("losses")))));
draw();
"""
HOSTILE = "<img src=x onerror='window.harmed=1'></script>"


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A package of one template and two scripts, and the page that is made of it."""
    templates = tmp_path / "runpage" / "templates"
    templates.mkdir(parents=True)
    (templates.parent / "__init__.py").touch()
    (templates / "run.html").write_text(TEMPLATE)
    (templates / "choices.js").write_text(SCRIPT)
    (templates / "run.js").write_text(DRAWING)
    monkeypatch.syspath_prepend(tmp_path)
    shared = ("tables.js", "charts.js", "export.js")
    html = render_page(
        Page(
            package="runpage",
            title=HOSTILE,
            template="run.html",
            styles=("shell.css", "charts.css"),
            scripts=("decode.js", "dom.js", "choices.js", "state.js", *shared, "run.js"),
            meta={"run": HOSTILE},
            packed={"losses": deflated([{"step": i, "loss": 0.9 / (i + 1)} for i in range(3)])},
            shown={"losses": f"0.9, 0.45 {HOSTILE}"},
        )
    )
    path = tmp_path / "run.html"
    path.write_text(html, encoding="utf-8")
    return path


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_another_page_works_without_a_request_or_a_complaint(opened, page, colours):
    one = opened(at=page, color_scheme=colours)
    tab = one.go()
    assert one.column("Loss", "losses") == ["0.3", "0.45", "0.9"]
    tab.click("[data-sort=loss]")
    tab.wait_for_function("document.querySelector('#losses td:nth-child(2)').textContent === '0.9'")
    assert "down=1" in tab.url
    tab.select_option("#theme", "dark")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 28)"
    assert tab.locator("#plot .mark").count() == 4  # three points, and the name's
    assert tab.inner_text("caption") == tab.title() == HOSTILE
    assert tab.evaluate("window.harmed === undefined && document.images.length === 0")
    with tab.expect_download() as download:
        tab.click("#csv")
    with open(download.value.path(), encoding="utf-8") as file:  # noqa: PTH123
        assert file.read().splitlines() == ["Step,Loss", "0,0.9", "1,0.45", "2,0.3"]
    tab.focus("#skip")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"


def test_readers_without_scripts_see_the_page_s_own_words(opened, page):
    one = opened(at=page, java_script_enabled=False)
    one.tab.goto(page.as_uri())
    assert one.tab.inner_text("noscript") == f"Losses: 0.9, 0.45 {HOSTILE}"


def test_a_script_that_is_not_the_page_s_own_is_refused_by_the_browser(opened, page):
    """The policy is what refuses it: the same words with another script run nothing."""
    page.write_text(page.read_text("utf-8").replace("startState(draw);", "startState(draw); "))
    one = opened(at=page)
    one.tab.goto(page.as_uri())
    assert one.tab.evaluate("document.documentElement.dataset.ready") is None
    assert "Content Security Policy" in one.complaints.pop()
