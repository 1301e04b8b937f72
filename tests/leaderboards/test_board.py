"""The page as a file: what it holds, what it allows, and what hostile names do to it (nothing)."""

import base64
import datetime as dt
import hashlib
import json
import re
import shutil
from html.parser import HTMLParser

import pytest
from boards import pair, policy_run, problems, reward_run
from packed import inflated

from lcbrb.errors import UsageError
from leaderboards import Options, build_board

HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)">{{script}}'


class Parsed(HTMLParser):
    """Every element with its attributes, and the text of scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.inside = None
        self.texts = {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in {"script", "style"}:
            self.inside = dict(attrs).get("id", tag)
            self.texts.setdefault(self.inside, "")

    def handle_endtag(self, tag):
        if tag in {"script", "style"}:
            self.inside = None

    def handle_data(self, data):
        if self.inside:
            self.texts[self.inside] += data


def board(*folders, **options):
    return build_board(list(folders), Options(**options))


def test_a_folder_is_given_as_a_notebook_does(tmp_path):
    policy_run(tmp_path / "run", {"a": problems("p")})
    assert build_board(str(tmp_path)).html == build_board([tmp_path], Options()).html
    with pytest.raises(UsageError, match="give the options of a board"):
        build_board(str(tmp_path), "board.html")


def test_a_run_that_is_given_twice_counts_once(tmp_path):
    folder = policy_run(tmp_path / "run", {"a": problems("p")})
    shutil.copytree(folder, tmp_path / "copy")
    page = Parsed(board(tmp_path, folder).html)
    (column,) = json.loads(page.texts["meta"])["columns"]
    assert len(column["rows"]) == 1


@pytest.mark.parametrize(("level", "doubts"), [("A", []), ("D", ["tests in reach"])])
def test_a_run_whose_programs_could_read_the_tests_is_marked(tmp_path, level, doubts):
    policy_run(tmp_path / "run", {"a": problems("p")}, config={"isolation": level})
    made = board(tmp_path)
    (column,) = json.loads(Parsed(made.html).texts["meta"])["columns"]
    (row,) = column["rows"]
    assert [doubt["badge"] for doubt in row["doubts"]] == doubts
    assert ("could have read the tests" in " ".join(made.notes)) is bool(doubts)


def test_the_page_holds_every_verdict(tmp_path):
    policy_run(tmp_path / "a", {"a": {"q1": "pw", "q2": "n"}})
    page = Parsed(board(tmp_path).html)
    (column,) = inflated(page.texts["verdicts"])
    assert (column["problems"], column["letters"]) == (["q1", "q2"], [["pwn.", "", ""]])
    meta = json.loads(page.texts["meta"])
    assert meta["letters"]["n"] == "no_answer"
    assert [one["name"] for one in meta["models"]] == ["a"]


def test_a_script_in_a_name_a_text_or_the_title_stays_text(tmp_path):
    policy_run(
        tmp_path / "a",
        {HOSTILE: {HOSTILE: "w"}},
        texts=HOSTILE,
        benchmark=HOSTILE,
        notes=(HOSTILE,),
    )
    pairs = [pair("x", HOSTILE, HOSTILE, "r", category=HOSTILE)]
    reward_run(tmp_path / "b", HOSTILE, {"x": (HOSTILE, "W")}, pairs=pairs)
    plain = Parsed(board(policy_run(tmp_path / "c", {"c": problems("w")}, texts="x")).html)
    page = Parsed(board(tmp_path / "a", tmp_path / "b", title=HOSTILE).html)
    executed = [dict(a) for tag, a in page.elements if tag == "script" and "type" not in a]
    assert len(executed) == 1
    assert not [tag for tag, _ in page.elements if tag in {"img", "iframe", "object", "embed"}]
    assert page.texts["script"] == plain.texts["script"]
    assert json.loads(page.texts["meta"])["title"] == HOSTILE


def test_the_policy_allows_this_script_and_this_style_and_nothing_else(tmp_path):
    policy_run(tmp_path / "a", {"a": problems("p")})
    page = Parsed(board(tmp_path).html)
    (policy,) = [
        a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["connect-src"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "data:"
    for kind in ("script", "style"):
        digest = hashlib.sha256(page.texts[kind].encode()).digest()
        assert rules[f"{kind}-src"] == f"'sha256-{base64.b64encode(digest).decode()}'"
    assert not [
        a for _, a in page.elements if "style" in a or any(name.startswith("on") for name in a)
    ]


def test_nothing_on_the_page_names_another_place(tmp_path):
    policy_run(tmp_path / "a", {"a": problems("p")}, texts="text")
    html = board(tmp_path).html
    page = Parsed(html)
    addresses = [
        a[key] for _, a in page.elements for key in ("src", "href", "action", "data") if key in a
    ]
    assert addresses == ["data:,", "#board"]
    without_namespaces = html.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|@import|url\(", without_namespaces)
    assert "/secret/path" not in html  # where a run's files lay is nobody's business


def test_readers_without_scripts_see_the_scores(tmp_path):
    policy_run(tmp_path / "a", {"<b>a": problems("ppww"), "b": problems("hhhh")})
    html = board(tmp_path).html
    static = html[html.index("<noscript>") : html.index("</noscript>")]
    assert "<td>&lt;b&gt;a</td><td>50.0%</td>" in static
    assert "<td>b</td><td>no score</td><td>none</td>" in static


def test_what_the_user_should_know_is_said(tmp_path):
    policy_run(tmp_path / "a", {"a": problems("pw")}, complete=False)
    models = tmp_path / "models.toml"
    models.write_text("[models.other]\n")
    notes = board(tmp_path, models=models).notes
    assert any("no run of 'other'" in note for note in notes)
    assert "a on bench v1: the run is not finished" in notes


def test_our_failures_are_told_of_the_rows_that_have_them(tmp_path):
    runs = {"a": problems("pwh"), "b": problems("pww")}
    policy_run(tmp_path / "a", runs, complete=False)
    (note,) = board(tmp_path).notes
    assert note.startswith("a on bench v1: 1 of its samples")


def test_the_same_runs_give_the_same_page(tmp_path, monkeypatch):
    for name in "ba":
        policy_run(tmp_path / name, {name: problems("pw")}, texts="x")
    monkeypatch.setattr("leaderboards.board.now", lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert board(tmp_path).html == board(tmp_path).html


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_a_budget_that_is_none_is_refused(tmp_path, wrong):
    policy_run(tmp_path / "a", {"a": problems("p")})
    with pytest.raises(UsageError, match="texts-mb"):
        board(tmp_path, texts_mib=wrong)
