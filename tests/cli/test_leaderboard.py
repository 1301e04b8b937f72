"""`lcbrb leaderboard`: a page is written whole, or a sentence says why not."""

import re

from boards import policy_run, problems
from packed import inflated

from evaluators import benchmark
from lcbrb.runs.folder import RECORD, SAMPLES


def test_a_page_is_written_and_described(lcbrb, tmp_path):
    policy_run(tmp_path / "runs" / "a", {"a": problems("pw")}, texts="x")
    page = tmp_path / "out" / "board.html"
    done = lcbrb("leaderboard", tmp_path / "runs", "-o", page, "--title", "Mine")
    assert done.code == 0
    assert done.out.startswith(f"{page}: 1 models, 1 benchmarks, ")
    assert "texts of 2 of 2" in done.out
    assert "<title>Mine</title>" in page.read_text()


def test_notes_are_shown(lcbrb, tmp_path):
    policy_run(tmp_path / "runs" / "a", {"a": problems("pw")}, complete=False)
    done = lcbrb("leaderboard", tmp_path / "runs", "-o", tmp_path / "b.html", "--texts-mb", "0")
    assert "note: a on bench v1: the run is not finished" in done.out


def test_a_broken_run_leaves_no_page_and_an_older_one_as_it_was(lcbrb, tmp_path):
    folder = policy_run(tmp_path / "runs" / "a", {"a": problems("pw")})
    (folder / SAMPLES).write_text("{")
    page = tmp_path / "board.html"
    page.write_text("older")
    done = lcbrb("leaderboard", tmp_path / "runs", "-o", page)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert page.read_text() == "older"
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".tmp"] == []


def test_what_is_not_there_is_said(lcbrb, tmp_path):
    done = lcbrb("leaderboard", tmp_path / "none")
    assert (done.code, "no such folder" in done.err) == (3, True)
    done = lcbrb("leaderboard", tmp_path)
    assert (done.code, "contains no run" in done.err) == (2, True)
    policy_run(tmp_path / "a", {"a": problems("p")})
    done = lcbrb("leaderboard", tmp_path, "--models", tmp_path / "none.toml")
    assert (done.code, "none.toml" in done.err) == (3, True)


def test_a_run_that_can_not_be_read_is_left_out_with_a_note(lcbrb, tmp_path):
    policy_run(tmp_path / "runs" / "a", {"a": problems("pw")})
    broken = policy_run(tmp_path / "runs" / "b", {"b": problems("pw")})
    (broken / RECORD).write_text('{"kind": "be')
    done = lcbrb("leaderboard", tmp_path / "runs", "-o", tmp_path / "board.html")
    assert done.code == 0, done.err
    assert f"note: a run was left out because it can't be read: {broken / RECORD}" in done.out
    assert ": 1 models, 1 benchmarks" in done.out


def test_statements_are_on_the_page_where_they_are_asked_for(lcbrb, tmp_path):
    (problem, *_) = benchmark("mini").load()
    policy_run(tmp_path / "runs" / "a", {"a": {problem.id: "w"}}, benchmark="mini")
    policy_run(tmp_path / "runs" / "b", {"b": {"x": "w"}}, benchmark="python:./evil.py:make")
    page = tmp_path / "board.html"
    for more, there in ((["--statements"], True), ([], False)):
        done = lcbrb("leaderboard", tmp_path / "runs", "-o", page, *more)
        assert done.code == 0, done.err
        chunks = re.findall(r'id="texts-\d+"[^>]*>([^<]+)<', page.read_text())
        told = [item for chunk in chunks for item in inflated(chunk)]
        found = [item for item in told if item.get("text") == problem.prompt]
        assert [item["at"] for item in found] == ([0] if there else [])
        assert ("unknown packaged benchmark 'python'" in done.out) is there
