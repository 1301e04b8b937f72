"""The page of an audit in a real browser."""

import dataclasses
import datetime as dt
import random

import pytest
import tiny

import lcbrb
from lcbrb.types import Judgement, Side, Status, Verdict

HOSTILE = "</script><script>window.harmed=1</script><img src=x onerror='window.harmed=1'>"
WORDS = "sort the list then scan from left to right and keep the best sum of each prefix".split()


def side(index, *, passes, sound):
    status = Status.PASSED if passes else Status.WRONG_ANSWER
    return Side(
        sampler="m", sample_index=index, verdict=Verdict(status=status, tests_total=5),
        judgements=(Judgement(judge=HOSTILE, sound=sound),),
    )  # fmt: skip


def pair(i, rng):
    texts = [" ".join(rng.choices(WORDS, k=40)) for _ in range(2)]
    made = tiny.pair(
        f"p{i % 30}",
        f"{texts[0]}\n- {HOSTILE} \x1b[31m\n```\ncode\n```",
        texts[1],
        category=HOSTILE,
    )
    return dataclasses.replace(
        made, released=dt.date(2024, 1 + i % 12, 1),
        chosen_side=side(2 * i, passes=True, sound=i % 3 > 0),
        rejected_side=side(2 * i + 1, passes=False, sound=False),
    )  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    rng = random.Random(0)
    pairs = [pair(i, rng) for i in range(90)]
    audited = lcbrb.audit_pairs(pairs, cutoffs={HOSTILE: dt.date(2024, 6, 15)}, against=["mini"])
    path = tmp_path_factory.mktemp("audit") / "audit.html"
    path.write_text(lcbrb.build_audit_page(audited), encoding="utf-8")
    return path


def test_the_page_draws_every_figure_and_its_tables_hold_the_numbers(opened, page):
    one = opened(at=page)
    tab = one.go()
    assert tab.locator("figure h3").all_inner_texts() == [
        "What rankers reach that read no reasoning", "Length of the two sides",
        "Format of the two sides", "When the problems were released",
    ]  # fmt: skip
    checks = dict(zip(one.column("Check", "checks"), one.column("Outcome", "checks"), strict=True))
    assert checks["format reaches"] == "FAIL"
    assert checks["labels in doubt"] == "FAIL"
    assert f"pairs before the cut-off of {HOSTILE}" in checks
    told = tab.locator("figure:first-child svg").get_attribute("aria-label")
    assert "verdict known: 100.0%" in told
    assert one.column("Accuracy [95%]", "shortcuts")[-2].startswith("100.0%")
    places = tab.evaluate(
        "[...document.querySelectorAll('figure circle')].flatMap(c => [+c.getAttribute('cx'), +c.getAttribute('cy')])"
    )
    assert places
    assert all(0 <= place <= 640 for place in places)
    assert tab.evaluate("window.harmed === undefined && document.images.length === 0")


def test_it_reads_without_scripts_in_the_dark_and_on_a_narrow_window(opened, page):
    dark = opened(at=page, color_scheme="dark", viewport={"width": 390, "height": 800}).go()
    assert dark.evaluate("document.documentElement.scrollWidth <= innerWidth")
    bare = opened(at=page, java_script_enabled=False)
    bare.tab.goto(bare.board.as_uri())
    assert "switched off here" in bare.tab.inner_text("noscript")
    assert "FAIL" in bare.tab.inner_text("#checks")


def test_nothing_in_it_bars_the_way_for_whoever_can_not_see_it(opened, page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-core here")
    found = axe.Axe().run(opened(at=page, color_scheme="dark").go())
    assert found.violations_count == 0, found.generate_report()
