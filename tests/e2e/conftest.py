"""A board in a real browser; tests that want it skip where there is none."""

import datetime as dt
import importlib.util
import random
import shutil

import pytest
from boards import pair, policy_run, problems, record, reward_run, write_record

from lcbrb.runs.results import read_results
from lcbrb.stats import wilson
from lcbrb.types import Metric
from leaderboards import Options, build_board
from leaderboards.columns import columns
from leaderboards.models import read_models

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
HOSTILE = "</script><script>window.harmed=1</script><img src=x onerror='window.harmed=1'>"
MODELS = """
[models.alpha]
size_b = 7
released = 2024-06-01
[models.beta]
size_b = 1.5
released = 2023-06-01
cutoff = 2024-02-10
[models."=gamma"]
size_b = 34
"""
DATED = 120


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium here (Debian: apt-get install chromium)")
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("no playwright here (pip install 'lcbrb[browser]')")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


def write_runs(folder):
    """Three policies on a dated benchmark, two on another, two reward models, a hostile one."""
    rng = random.Random(4)
    names = [f"q{number}" for number in range(DATED)]
    released = {
        name: dt.date(2023, 5, 3) + dt.timedelta(days=5 * i) for i, name in enumerate(names)
    }
    difficulty = {name: ("easy", "hard")[i % 2] for i, name in enumerate(names)}

    def answers(chance, samples):
        return {
            name: "".join(
                "p" if rng.random() < chance else rng.choice("wtn") for _ in range(samples)
            )
            for name in names
        }

    told = {"released": released, "difficulty": difficulty, "benchmark": "dated"}
    policy_run(
        folder / "alpha", {"alpha": answers(0.8, 4)}, texts=lambda *which: f"text {which}", **told
    )
    policy_run(folder / "beta", {"beta": answers(0.5, 4)}, texts="beta's text", **told)
    lacking = {**answers(0.55, 1), "q0": "h", "q1": "h"}
    policy_run(folder / "gamma", {"=gamma": lacking}, texts="gamma's text", **told)
    policy_run(folder / "plain-a", {"alpha": problems("pppwwwpp")}, benchmark="plain")
    policy_run(
        folder / "plain-h", {HOSTILE: problems("pwwwpppp")}, benchmark="plain", texts=HOSTILE
    )
    pairs = [
        pair(f"x{i}", f"q{i // 2}", "c" * (i % 9), "r" * 4, category="cd"[i % 2]) for i in range(60)
    ]
    for name, chance in (("length", 0.5), ("judge", 0.9)):
        outcomes = {
            one.id: (one.problem_id, rng.choice("LT") if rng.random() > chance else "W")
            for one in pairs
        }
        reward_run(folder / name, name, outcomes, pairs=pairs)
    figures = {Metric("gate_rate"): wilson(3, 9)}
    study = record(
        run_id="study", kind="study", subject="arm", benchmark="study", estimates=figures
    )
    write_record(folder / "study", study)
    return folder


@pytest.fixture(scope="session")
def board(tmp_path_factory):
    """The page's path and the runs' folder."""
    folder = tmp_path_factory.mktemp("board")
    runs = write_runs(folder / "runs")
    models = folder / "models.toml"
    models.write_text(MODELS)
    page = folder / "board.html"
    page.write_text(
        build_board([runs], Options(title="Test board", models=models)).html, encoding="utf-8"
    )
    return page


@pytest.fixture(scope="session")
def in_python(board):
    """The columns of the same runs, by label."""
    found = columns(
        read_results([board.parent / "runs"]), read_models(board.parent / "models.toml")
    )
    return {column.label: column for column in found}


class Tabs:
    """Tabs that one test after another uses: a new one takes three times as long as a page in it.

    Each comes blank. A test that changes more of it than the page there (its size, its media, its
    network) asks for one of its own.
    """

    def __init__(self, browser):
        self._browser = browser
        self._idle = {}

    def take(self, **options):
        idle = self._idle.get(repr(options))
        return idle.pop() if idle else self.new(**options)

    def new(self, **options):
        context = self._browser.new_context(
            **{"viewport": {"width": 1280, "height": 900}, **options}
        )
        return context.new_page()

    def give_back(self, tab, **options):
        tab.mouse.move(0, 0)
        tab.goto("about:blank")
        self._idle.setdefault(repr(options), []).append(tab)


@pytest.fixture(scope="session")
def tabs(browser):
    return Tabs(browser)


class Opened:
    """A tab with the board (or another page) in it, and what it asked for or complained of."""

    def __init__(self, tab, board):
        self.tab = tab
        self.board = board
        self.requests, self.complaints = [], []
        self._listeners = {
            "request": lambda request: self.requests.append(request.url),
            "console": lambda said: self.complaints.append(said.text),
            "pageerror": lambda error: self.complaints.append(str(error)),
        }
        for event, listener in self._listeners.items():
            tab.on(event, listener)

    def leave(self):
        """Listen to the tab no more."""
        for event, listener in self._listeners.items():
            self.tab.remove_listener(event, listener)

    def go(self, choice=""):
        """Open the board anew, with what a link chooses."""
        self.tab.goto("about:blank")
        self.tab.goto(self.board.as_uri() + (f"#{choice}" if choice else ""))
        self.tab.wait_for_selector("html[data-ready]", state="attached")
        return self.tab

    def column(self, heading, table="scores"):
        """The texts of a column of a table, without what is for screen readers."""
        cells = "row => [...row.cells].map(c => {const d=c.cloneNode(true); d.querySelectorAll('.hidden,.arrow').forEach(x=>x.remove()); return d.textContent.trim()})"
        rows = self.tab.evaluate(f"[...document.getElementById('{table}').rows].map({cells})")
        place = rows[0].index(heading)
        return [row[place] for row in rows[1:]]


@pytest.fixture
def opened(tabs, board):
    """Opens the board, or a page `at` another path; at the end nothing may have been asked for, and nothing complained of."""
    started = []

    def start(at=board, *, own=False, **options):
        one = Opened(tabs.new(**options) if own else tabs.take(**options), at)
        started.append((one, own, options))
        return one

    yield start
    for one, own, options in started:
        if own:
            one.tab.context.close()
        else:
            tabs.give_back(one.tab, **options)
        one.leave()
        assert [
            url
            for url in one.requests
            if not url.startswith((one.board.as_uri(), "about:", "blob:"))
        ] == []
        assert one.complaints == []
