"""The review's page in a real browser: two people, keys alone, a restart, other origins, hostile texts."""

import importlib.util

import httpx
import pytest
from reviews import HOSTILE, opened, pair, pair_set

from lcbrb.pairs.review.findings import Finding
from lcbrb.pairs.review.server import ReviewServer
from lcbrb.protocols.reward import PairSet

RIGHT = "() => { const t = document.querySelector('.sides').innerText; return t.indexOf('Right r') < t.indexOf('Wrong r'); }"


@pytest.fixture
def visit(browser):
    """Opens a browser of its own at an address; nothing may ask elsewhere, or complain."""
    contexts, asked, complaints = [], [], []

    def start(server, **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        tab = context.new_page()
        tab.on("request", lambda one: asked.append(one.url))
        tab.on("console", lambda one: complaints.append(one.text))
        tab.on("pageerror", lambda one: complaints.append(str(one)))
        tab.goto(server.url)
        tab.wait_for_selector("#name")
        return tab

    yield start
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(("http://127.0.0.1:", "data:"))] == []
    assert complaints == []


def no_violations(tab):
    if importlib.util.find_spec("axe_playwright_python") is None:
        pytest.skip("no axe-core here (pip install 'lcbrb[browser]')")
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()


def come(tab, name):
    """The name, by keys: the field has the focus."""
    tab.keyboard.type(name)
    press(tab, "Enter")  # keys do nothing before the page is whole
    tab.wait_for_selector(".sides, .card h1:has-text('Thank you')")


def press(tab, key):
    """A key that leads to another page."""
    with tab.expect_navigation():
        tab.keyboard.press(key)


def compare(tab, times, wrong=()):
    """Choose the right side by its key, and the other one at these turns."""
    for turn in range(times):
        right_first = tab.evaluate(RIGHT)
        press(tab, "1" if right_first != (turn in wrong) else "2")


def test_two_people_review_by_keys_with_a_restart_and_decide_what_they_differ_on(visit, tmp_path):
    pairs, path = pair_set(3), tmp_path / "r.sqlite"
    with opened(path, pairs) as store, ReviewServer(pairs, store) as server:
        ann = visit(server)
        no_violations(ann)
        come(ann, "ann")
        no_violations(ann)
        assert "secret-model" not in ann.content()
        compare(ann, 1)
        ann.keyboard.press("n")
        ann.keyboard.type("12 of them, a note")  # typed keys choose nothing
        ann.keyboard.press("Escape")
        compare(ann, 1)
        assert "2 of 3" in ann.inner_text("header")
    with opened(path, pairs) as store, ReviewServer(pairs, store) as server:
        ann = visit(server, color_scheme="dark")
        come(ann, "ann")
        assert "2 of 3" in ann.inner_text("header")
        press(ann, "a")  # asks
        assert "secret-model-1" in ann.inner_text("#hidden")
        no_violations(ann)
        press(ann, "4")
        assert "Thank you, ann" in ann.inner_text("main")
        ben = visit(server)
        come(ben, "ben")
        compare(ben, 3, wrong=(0,))
        ben.get_by_role("link", name="Decide between them").focus()
        press(ben, "Enter")
        no_violations(ben)
        assert "What people said" in ben.inner_text("main")
        while "/adjudicate/" in ben.url:
            press(ben, "1" if ben.evaluate(RIGHT) else "2")
        ben.get_by_role("link", name="Summary").focus()
        press(ben, "Enter")
        no_violations(ben)
        assert "In all 3 pairs 0 labels were not confirmed" in ben.inner_text("main")
        said = store.said()
    assert {one.finding(2) for one in said.values()} == {Finding.CONFIRMED}
    notes = [one.by("ann").note for one in said.values()]
    assert sorted(notes) == ["", "", "12 of them, a note"]
    assert all(one.by("ben").first in {"chosen", "rejected"} for one in said.values())


def test_other_sites_in_the_same_browser_change_and_read_nothing(visit, tmp_path):
    pairs = pair_set(2)
    with opened(tmp_path / "r.sqlite", pairs) as store, ReviewServer(pairs, store) as server:
        ann = visit(server)
        come(ann, "ann")
        number = ann.url.rpartition("/")[2]
        evil = f"""<form method=post action="{server.address}/compare/{number}"><input name=choice value=first></form>
            <script>document.forms[0].submit()</script>"""
        tab = ann.context.new_page()  # the browser that has the cookie
        tab.route(
            "http://evil.test/", lambda route: route.fulfill(body=evil, content_type="text/html")
        )
        with tab.expect_response(f"{server.address}/compare/{number}") as answer:
            tab.goto("http://evil.test/")
        assert answer.value.status == 403
        tab.route(
            "http://evil.test/", lambda route: route.fulfill(body="<p>", content_type="text/html")
        )
        tab.goto("http://evil.test/")
        read = tab.evaluate(
            "address => fetch(address, {credentials: 'include'}).then(r => r.text(), () => 'refused')",
            f"{server.address}/compare/{number}",
        )
        assert read == "refused"
        rebound = httpx.get(server.url, headers={"Host": f"evil.test:{server.port}"})
        assert (rebound.status_code, "set-cookie" in rebound.headers) == (403, False)
        assert store.people() == []


def test_what_a_model_wrote_runs_nowhere_and_fits_a_narrow_screen(visit, tmp_path):
    long = "w" * 10**6
    pairs = PairSet(
        name=HOSTILE, version="1", pairs=[pair(1, prompt=HOSTILE, chosen=HOSTILE + long, rejected="```" + HOSTILE)]
    )  # fmt: skip
    with opened(tmp_path / "r.sqlite", pairs) as store, ReviewServer(pairs, store) as server:
        tab = visit(server, viewport={"width": 390, "height": 800}, color_scheme="dark")
        come(tab, HOSTILE.replace("\x00", "").replace("\ud83d", ""))
        shown = tab.locator(".sides").inner_text()
        assert "<script>window.harmed=1</script>" in shown
        assert "\\x1b[31mred\\x1b[0m \\x00 \\ud83d \\u202etxt.exe" in shown
        assert tab.evaluate("window.harmed === undefined && document.images.length === 0")
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        no_violations(tab)
        tab.uncheck("#shortcuts")
        tab.keyboard.press("1")
        assert store.people() == []
        tab.get_by_role("button", name="First is better").click()
        tab.wait_for_selector("text=Thank you")
        assert len(store.people()) == 1
