"""`lcbrb pairs review`: its numbers, what it accepts, other tools, and what it refuses. The page: tests/e2e."""

import json

import httpx
import pytest
from reviews import opened, pair_set, say

import lcbrb as library
from lcbrb import codec
from lcbrb.types import PairManifest, PreferencePair

PAIRS = pair_set(12)


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.jsonl"
    codec.write_records(path, PAIRS.pairs)
    return path


@pytest.fixture
def review(lcbrb, pairs):
    return lambda *options: lcbrb("pairs", "review", pairs, *options)


def judge(pairs, *letters, **settings):
    with opened(pairs.with_name("pairs.review.sqlite"), PAIRS, **settings) as store:
        for name, said in zip(("ann", "ben", "cat"), letters, strict=False):
            say(store, name, said)
        return store.sample


def test_a_report_is_tables_or_one_document(review, pairs):
    judge(pairs, "ccccrc", "ccccr=", sample=6)
    ended = review("--report")
    assert ended.code == 0
    for word in ("confirmed", "disputed", "ann, ben", "Cohen's kappa", "Krippendorff's alpha"):
        assert word in ended.out
    assert "in a random sample of 6 of 12 pairs 2 labels were not confirmed" in ended.out
    document = json.loads(review("--report", "--json").out)
    assert document["findings"]["confirmed"] == 4
    assert document["certificate"]["in_set"]["method"] == "hypergeometric, one-sided"


def test_accepting_writes_the_reviewed_pairs_and_eval_reads_them(review, lcbrb, pairs, tmp_path):
    judge(pairs, "ccccrc", "ccccr=", sample=6)
    out = tmp_path / "reviewed.jsonl"
    ended = review("--accept", out)
    assert ended.code == 4
    assert "1 of the 6 pairs under review are not settled" in ended.err
    assert not out.exists()
    judge(pairs, ".....c", ".....c")
    ended = review("--accept", out)
    assert ended.code == 0
    assert "11 pairs ->" in ended.out
    assert "1 of 6 reviewed pairs left out" in ended.out
    kept = codec.read_records(PreferencePair, out)
    assert sum(one.review is not None for one in kept) == 5
    manifest = codec.read_record(PairManifest, tmp_path / "reviewed.manifest.json")
    assert any("reviewed by two people" in note for note in manifest.notes)
    assert lcbrb("eval", "-m", "length", "--pairs", out).code == 0
    again = review("--accept", pairs)
    assert again.code == 2
    assert "is also an input of this command" in again.err


def test_potato_there_and_back(review, pairs, tmp_path):
    ended = review("--export", f"potato:{tmp_path / 'tasks'}", "--sample", 5, "--annotators", 1)
    assert ended.code == 0
    assert ended.out.split() == [
        str(tmp_path / "tasks" / name) for name in ("tasks.jsonl", "config.yaml")
    ]
    tasks = [
        json.loads(line) for line in (tmp_path / "tasks" / "tasks.jsonl").read_text().splitlines()
    ]
    rows = [
        {"instance_id": task["id"], "user_id": "ann", "labels": {"better": {"selection": "AB"[not task["sides"][0].startswith("Right")]}}}
        for task in tasks
    ]  # fmt: skip
    (tmp_path / "said.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    ended = review("--import", f"potato:{tmp_path / 'said.jsonl'}", "--json")
    assert json.loads(ended.out)["findings"]["confirmed"] == 5
    broken = {**rows[0], "labels": {"better": {"selection": "Z"}}}
    (tmp_path / "broken.jsonl").write_text(
        json.dumps({**rows[0], "user_id": "ben"}) + "\n" + json.dumps(broken)
    )
    ended = review("--import", f"potato:{tmp_path / 'broken.jsonl'}")
    assert (ended.code, "line 2" in ended.err) == (2, True)
    assert "ben" not in review("--report").out  # all of a file is taken in, or nothing


def test_an_export_writes_over_its_own_files_alone(review, tmp_path):
    for tool, name in (("label-studio", "tasks.json"), ("potato", "config.yaml")):
        folder = tmp_path / tool
        assert review("--export", f"{tool}:{folder}").code == 0
        assert review("--export", f"{tool}:{folder}").code == 0
        (folder / name).write_text("my own project\n")
        ended = review("--export", f"{tool}:{folder}")
        assert (ended.code, "overwrite it with --force" in ended.err) == (2, True)
        assert (folder / name).read_text() == "my own project\n"
        assert review("--export", f"{tool}:{folder}", "--force").code == 0


@pytest.mark.parametrize(
    "case",
    [
        (["--report"], 3, "there is no such review"),
        (["--accept", "out.jsonl"], 3, "there is no such review"),
        (["--export", "prodigy:x"], 2, "unknown annotation tool 'prodigy'"),
        (["--export", "potato"], 2, "takes TOOL:PATH"),
        (["--import", "potato:nowhere.jsonl"], 3, "there is no such review"),
        (["--sample", "0"], 2, "--sample"),
        (["--store", "."], 2, "is a folder"),
    ],
)
def test_mistakes_are_said_in_one_sentence(review, monkeypatch, tmp_path, case):
    options, code, why = case
    monkeypatch.chdir(tmp_path)
    ended = review(*options)
    assert ended.code == code
    assert why in ended.err


def test_a_missing_extra_is_named_before_anything_is_made(review, monkeypatch, pairs):
    monkeypatch.setattr("lcbrb.registry.importlib.util.find_spec", lambda name: None)
    ended = review()
    assert ended.code == 3
    assert "pip install 'lcbrb[review]'" in ended.err
    assert not pairs.with_name("pairs.review.sqlite").exists()


def test_interrupting_the_page_ends_it_with_the_report(review, pairs, monkeypatch):
    seen = []

    def interrupted(_):
        ((_, url),) = [line.split("open at ") for line in seen]
        answers = [httpx.get(url), httpx.get(url.partition("/enter")[0])]
        seen[:] = [answer.status_code for answer in answers]
        raise KeyboardInterrupt

    monkeypatch.setattr("lcbrb.pairs.review.server.sleep", interrupted)
    monkeypatch.setattr(
        "lcbrb.cli.pairs.review_output.say",
        lambda text, err: "open at" in text and seen.append(text),
    )
    ended = review("--sample", 3, "--no-browser")
    assert (ended.code, seen) == (0, [200, 403])
    assert "none of the 3 pairs under review is settled" in ended.out
    assert pairs.with_name("pairs.review.sqlite").is_file()


def test_a_port_that_is_taken_is_said(review, pairs):
    from lcbrb.pairs.review.server import ReviewServer

    with (
        opened(pairs.with_name("other.sqlite"), PAIRS) as store,
        ReviewServer(PAIRS, store) as server,
    ):
        ended = review("--port", server.port)
    assert ended.code == 3
    assert "name another --port" in ended.err


def test_pairs_from_elsewhere_are_reviewed_in_the_working_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    library.export_review("mini", "label-studio", "tasks", sample=3)
    assert (tmp_path / "mini.review.sqlite").is_file()
    assert library.review_summary("mini").sample == 3
