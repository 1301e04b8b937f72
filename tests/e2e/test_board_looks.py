"""The page for everybody: accessible by axe-core's rules, in both modes, on narrow screens, on paper."""

import importlib.util

import pytest

DATED = "benchmark=dated+v1"
VIEWS = [
    "",
    DATED,
    f"{DATED}&from=2023-08&theme=light",
    "benchmark=pairs+v1",
    "model=alpha&on=dated+v1",
    "find=nobody",
]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_axe_core_finds_nothing(opened, view, colours):
    if importlib.util.find_spec("axe_playwright_python") is None:
        pytest.skip("no axe-core here (pip install 'lcbrb[browser]')")
    from axe_playwright_python.sync_playwright import Axe

    tab = opened(color_scheme=colours).go(view)
    if "model=" in view:
        tab.locator("#problems summary").first.click()
        tab.locator("#problems pre").first.wait_for()
    tab.locator(".about summary").evaluate("node => node.click()")
    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()


def test_the_reader_s_choice_of_colours_goes_before_the_system_s(opened):
    def background(tab):
        return tab.evaluate("getComputedStyle(document.body).backgroundColor")

    light, dark = opened(color_scheme="light").go(), opened(color_scheme="dark").go()
    assert background(light) != background(dark)
    light.select_option("#theme", "dark")
    assert background(light) == background(dark)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("width", [360, 768])
def test_a_narrow_screen_needs_no_sideways_scrolling_of_the_page(opened, view, width):
    tab = opened(viewport={"width": width, "height": 700}).go(view)
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_every_control_is_reached_by_tab_and_shows_its_focus(opened):
    tab = opened().go(DATED)
    met = []
    for _ in range(60):
        tab.keyboard.press("Tab")
        met.append(tab.evaluate("document.activeElement.id || document.activeElement.className"))
        outlined = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outlined != "none" or met[-1] in {"from", "to"}  # there the handle is outlined
    wanted = [
        "skip",
        "theme",
        "benchmark",
        "find",
        "from",
        "to",
        "csv",
        "link",
        "board",
        "sort",
        "model",
        "axis",
        "a",
        "b",
    ]
    places = [met.index(name) for name in wanted]
    assert places == sorted(places)


def test_the_skip_link_goes_to_the_table_and_keeps_the_choice(opened):
    tab = opened().go(DATED)
    tab.focus("#skip")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "board"
    assert DATED in tab.url


def test_paper_gets_the_table_in_dark_on_white_without_controls(opened):
    tab = opened(own=True, color_scheme="dark").go(DATED)
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not tab.is_visible("#controls")
    assert tab.is_visible("#scores")


def test_changes_are_announced(opened):
    tab = opened().go(DATED)
    tab.fill("#find", "alpha")
    assert tab.inner_text("#said") == "dated v1: 1 model"
