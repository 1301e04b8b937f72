"""What comes from files, models and servers is shown, and obeyed by no terminal."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from boards import policy_run
from fakes import write_lines
from gate_runs import pair_run
from hypothesis import given, strategies as st

from lcbrb.cli.progress import BARS
from lcbrb.cli.terminal import Table, console
from lcbrb.types import Estimate, Metric
from lcbrb.visible import is_hidden, visible, visible_json

#: the window's title, a colour in eight bits, right to left, new lines of three kinds, tag letters
HOSTILE = "a\x1b]0;x\x07\x9b31m\u202e\u2066\u2028\nlcbrb: all good\r\x08\x7f\U000e0041\ufeffz"
EVERY = st.text(st.characters(codec=None))
CLI = Path(__file__).parents[2] / "lcbrb" / "cli"


def obeyed(text):
    """The characters that are neither shown nor the end of a line of ours."""
    return {c for c in text if is_hidden(c) and c != "\n"}


@given(EVERY)
def test_a_visible_text_is_one_line_and_says_all(text):
    shown = visible(text)
    assert not any(map(is_hidden, shown))
    assert len(shown.splitlines()) <= 1
    assert shown == text or any(map(is_hidden, text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("é 日本 😀", "é 日本 😀"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\x9b\x7f", r"\x9b\x7f"),
        ("\u202e\u2066\u200f\u2028", r"\u202e\u2066\u200f\u2028"),
        ("\ud800\udcff", r"\ud800\udcff"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_is_hidden_is_written_as_python_writes_it(text, shown):
    assert visible(text) == shown


@given(st.dictionaries(EVERY, EVERY | st.lists(EVERY)))
def test_a_visible_document_says_the_same(value):
    shown = visible_json(json.dumps(value, ensure_ascii=False, indent=2))
    assert json.loads(shown) == json.loads(json.dumps(value))
    assert obeyed(shown) == set()


def test_cells_heads_and_titles_are_visible(capsys):
    table = Table(HOSTILE, title=HOSTILE)
    table.add_column(HOSTILE)
    table.add_row(HOSTILE, HOSTILE)
    console().print(table)
    console().print(HOSTILE, ":smile: [bold]x[/bold]", sep="\n")
    out = capsys.readouterr().out
    assert obeyed(out) == set()
    assert ":smile: [bold]x[/bold]" in out
    assert "all good" in out
    assert not any(line.startswith("lcbrb: all good") for line in out.splitlines())


def test_progress_is_visible(capsys):
    with BARS.sampling(HOSTILE, 1):
        pass
    BARS.say(HOSTILE)
    assert obeyed(capsys.readouterr().err) == set()


def test_nothing_is_printed_past_the_terminal():
    past = re.compile(r"typer\.echo|click\.echo|(?<!\.)\bprint\(|import (Console|Table)\b.*rich")
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted(CLI.rglob("*.py"))
        if path.name != "terminal.py"
        for line in path.read_text().splitlines()
        if past.search(line) or re.search(r"from rich\.(console|table) import", line)
    ]
    assert found == []


# ----------------------------------------------------------------------------------- commands


def shows(ended, *, code):
    """A command's end, with nothing in it that is obeyed; the name in it is shown."""
    assert ended.code == code, ended
    assert obeyed(ended.out + ended.err) == set()
    assert "\nlcbrb: all good" not in f"\n{ended.out}\n{ended.err}"
    assert r"a\x1b]0;x" in re.sub(r"[\s│]", "", ended.out + ended.err)


def test_names_of_files_that_are_not_there(lcbrb):
    shows(lcbrb("eval", "-m", "length", "--pairs", f"{HOSTILE}.jsonl"), code=3)
    shows(lcbrb("gate", HOSTILE, HOSTILE), code=3)
    shows(lcbrb("leaderboard", HOSTILE), code=3)


def test_calls_that_are_wrong(lcbrb):
    shows(lcbrb("eval", "-m", HOSTILE, "--pairs", "mini"), code=2)
    shows(lcbrb("list", HOSTILE), code=2)
    shows(lcbrb(HOSTILE), code=2)
    assert obeyed(lcbrb("bench", "--limit", HOSTILE).err) == set()


def test_contents_of_files(lcbrb, tmp_path):
    rows = [{"prompt": "Q", "chosen": "A", "rejected": "B", HOSTILE: 1}]
    path = write_lines(tmp_path / "p.jsonl", rows)
    shows(lcbrb("eval", "-m", "length", "--pairs", f"{path}?prompt=question"), code=2)
    sides = {"chosen": "A", "rejected": "B"}
    rows = [{"prompt": f"Q{name}", "category": name, **sides} for name in (HOSTILE, "other")]
    path = write_lines(tmp_path / "p.jsonl", rows)
    shows(lcbrb("eval", "-m", "length", "--pairs", path), code=0)
    ended = lcbrb("eval", "-m", "length", "--pairs", path, "--json")
    assert obeyed(ended.out) == set()
    assert json.dumps(HOSTILE)[1:-1] in json.dumps(json.loads(ended.out))


def test_runs_of_others(lcbrb, tmp_path):
    """The subject of a record, its benchmark, its metrics and notes, the problems' ids."""
    estimate = Estimate(value=0.5, low=0.4, high=0.6, n=2, clusters=2, level=0.95, method=HOSTILE)
    policy_run(
        tmp_path / "a",
        {HOSTILE: {HOSTILE: "p", "q": "w"}},
        benchmark=HOSTILE,
        estimates={Metric.of("pass@1", **{HOSTILE: HOSTILE}): estimate},
        notes=(HOSTILE,),
        config={HOSTILE: HOSTILE},
    )
    pair_run(tmp_path / "b", {HOSTILE: "+-"}, subject=HOSTILE, benchmark=f"{HOSTILE}pairs")
    lost = {HOSTILE: {HOSTILE: "w", "q": "w"}}
    policy_run(tmp_path / "c", lost, benchmark=HOSTILE, config={HOSTILE: "x"})
    for arguments in (
        ("gate", tmp_path / "a", tmp_path / "c"),
        ("gate", tmp_path / "b", tmp_path / "b"),
        ("gate", tmp_path / "a", tmp_path / "c", "--json"),
        ("leaderboard", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "board.html"),
    ):
        ended = lcbrb(*arguments)
        assert obeyed(ended.out + ended.err) == set(), arguments


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoding", "more"), [("ascii", []), ("latin-1", []), ("utf-8", []), ("ascii", ["--json"])]
)
def test_an_output_that_lacks_characters_shows_them_otherwise(tmp_path, encoding, more):
    rows = [
        {"prompt": name, "category": name, "chosen": "A", "rejected": "B"}
        for name in ("é日😀", "other")
    ]
    path = write_lines(tmp_path / "p日.jsonl", rows)
    ended = subprocess.run(
        [sys.executable, "-m", "lcbrb.cli.main", "eval", "-m", "length", "--pairs", path, *more],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        check=True,
    )
    out = ended.stdout.decode(encoding)
    shown = json.dumps(json.loads(out), ensure_ascii=False) if more else out
    lossy = "utf-8" if more else encoding
    assert "é日😀".encode(lossy, "backslashreplace").decode(lossy) in shown
