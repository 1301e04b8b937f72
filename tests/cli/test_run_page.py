"""``--html``: one page of what a command measured, whether its runs are kept or not."""

import re

from boards import policy_run, problems

from lcbrb import build_run_page


def titles(page):
    text = page.read_text()
    assert '<meta name="generator" content="lcbrb' in text
    assert not re.search(r'(src|href)="(https?:)?//', text)
    return re.findall("<title>(.*)</title>", text)


def test_eval_writes_a_page_of_its_own_runs_alone(lcbrb, tmp_path):
    arguments = ("eval", "--pairs", "mini", "--limit", "6", "--quiet", "--brief", "--out", tmp_path)
    lcbrb(*arguments, "-m", "random")  # another run in the same folder
    page = tmp_path / "page" / "one.html"
    done = lcbrb(*arguments, "-m", "length", "-m", "format", "--html", page)
    assert (done.code, f"page: {page}" in done.out) == (0, True)
    assert titles(page) == ["length, format on mini"]
    assert "random" not in page.read_text().split("<noscript>")[1].split("</noscript>")[0]


def test_a_page_is_made_of_runs_that_are_not_kept(lcbrb, tmp_path):
    page = tmp_path / "one.html"
    done = lcbrb("eval", "--limit", "6", "--quiet", "--json", "-m", "length", "--html", page)
    assert (done.code, done.out[0]) == (0, "{")
    assert titles(page) == ["length on mini"]
    assert [one.name for one in tmp_path.iterdir()] == ["one.html"]


def test_what_is_no_page_is_not_written_over_and_nothing_is_run(lcbrb, tmp_path):
    notes = tmp_path / "notes.html"
    notes.write_text("mine")
    for command in (("eval", "-m", "length"), ("bench", "--policy", "x:", "--benchmark", "mini")):
        done = lcbrb(*command, "--html", notes)
        assert (done.code, "exists and is not a" in done.err) == (2, True)
    assert notes.read_text() == "mine"


def test_bench_writes_one_too(lcbrb, tmp_path):
    page = tmp_path / "one.html"
    bench = ("bench", "--policy", "replay:mini", "--benchmark", "mini", "--limit", "1", "--quiet")
    assert lcbrb(*bench, "--html", page).code == 0
    (title,) = titles(page)
    assert title.endswith(" on mini")


def test_a_title_of_many_names_is_short(tmp_path):
    for name in "abcde":
        policy_run(tmp_path / name, {name: problems("p")}, subject=name)
    assert re.findall("<title>(.*)</title>", build_run_page(tmp_path).html) == [
        "a, b, c and 2 more on bench"
    ]
    assert "<title>Mine</title>" in build_run_page([tmp_path / "a"], title="Mine").html
