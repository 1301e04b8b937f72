"""`lcbrb pairs audit` and `lcbrb pairs publish`: from a file of pairs to a folder that eval reads."""

import json
import random

import pytest
import tiny
from fakes import write_lines


@pytest.fixture
def file(tmp_path):
    return tiny.write_pairs(tmp_path / "pairs.jsonl", count=30)


def test_an_audit_is_written_published_and_evaluated(lcbrb, file, tmp_path):
    limits = tmp_path / "limits.toml"
    limits.write_text("length = 1.0\nformat = 1.0\nwords = 1.0\nverdict = 1.0\ndetectable = 1.0\n")
    ended = lcbrb("pairs", "audit", file, "--thresholds", limits, "--out", tmp_path / "audit")
    assert (ended.code, ended.err) == (0, "")
    assert "no check failed" in ended.out
    assert (tmp_path / "audit" / "audit.html").read_text().startswith("<!DOCTYPE html>")
    to = tmp_path / "set"
    audit = tmp_path / "audit" / "audit.json"
    ended = lcbrb(
        "pairs", "publish", file, "--to", to, "--audit", audit, "--license", "mit", "--json"
    )
    assert ended.code == 0
    assert json.loads(ended.out)["pairs"] == 30
    ended = lcbrb("eval", "-m", "length", "--pairs", to, "--json")
    assert json.loads(ended.out)["records"][0]["counts"]["pairs"] == 30


def test_several_sets_stand_side_by_side_and_are_kept_apart(lcbrb, file, tmp_path):
    other = tiny.write_pairs(tmp_path / "other.jsonl", count=24)
    out = tmp_path / "audit"
    ended = lcbrb("pairs", "audit", file, other, "--against", other, "--out", out)
    assert (ended.code, ended.err) == (1, "")  # both fail: they are small
    heads = next(line for line in ended.out.splitlines() if "pairs.jsonl" in line)
    assert "other.jsonl" in heads
    line = next(line for line in ended.out.splitlines() if "│ pairs " in line)
    assert [cell.strip() for cell in line.split("│")[2:4]] == ["30", "24"]
    assert "overlap with other.jsonl" in ended.out
    for name in ("pairs.jsonl", "other.jsonl"):
        assert json.loads((out / name / "audit.json").read_text())["name"] == name
        assert (out / name / "audit.html").exists()
    (tmp_path / "again").mkdir()
    twin = tiny.write_pairs(tmp_path / "again" / "pairs.jsonl", count=24)
    for more, said in (((), "two sets"), (("--out", out), "two audits")):
        ended = lcbrb("pairs", "audit", file, twin, *more)
        assert (ended.code, said in ended.err) == (2, True)


def test_a_failed_check_ends_with_one_and_an_open_one_with_five_if_strict(lcbrb, file, tmp_path):
    ended = lcbrb("pairs", "audit", file, "--json")
    assert ended.code == 1
    assert any(check["outcome"] == "FAIL" for check in json.loads(ended.out)["checks"])
    limits = tmp_path / "limits.toml"
    limits.write_text("length = 0.5\nformat = 1.0\nwords = 1.0\nverdict = 1.0\ndetectable = 1.0\n")
    rng = random.Random(0)
    rows = [
        {"id": i % 20, "prompt": f"Q{i % 20}", **{side: "word " * rng.randrange(9, 60) for side in ("chosen", "rejected")}}
        for i in range(60)
    ]  # fmt: skip
    path = write_lines(tmp_path / "open.jsonl", rows)
    assert lcbrb("pairs", "audit", path, "--thresholds", limits).code == 0
    ended = lcbrb("pairs", "audit", path, "--thresholds", limits, "--strict")
    assert ended.code == 5
    assert "open: length reaches" in ended.out


@pytest.mark.parametrize(
    ("more", "told", "code"),
    [
        (("--cutoff", "Qwen"), "is not NAME=DATE", 2),
        (("--cutoff", "Qwen=soon"), "not a date like 2024-06-30", 2),
        (("--cutoff", "a=2024-01-01", "--cutoff", "a=2024-01-02"), "given twice", 2),
        (("--against", "humanevall+"), "did you mean humaneval+", 2),
        (("--encoder", "hf:x"), "name the other set", 2),
        (("--thresholds", "no.toml"), "no.toml", 3),
    ],
)
def test_a_mistake_ends_in_a_sentence(lcbrb, file, more, told, code):
    ended = lcbrb("pairs", "audit", file, *more)
    assert (ended.code, ended.out) == (code, "")
    assert told in ended.err


def test_hostile_texts_reach_the_terminal_visibly(lcbrb, tmp_path):
    code = "```\n\x1b[31mreturn\u202e\x07 {}\n```"
    rows = [
        {"id": f"p{i}\x1b[2J", "prompt": f"Q{i}", "chosen": code.format("a"), "rejected": code.format("b\x1b"),
         "category": "\x1b]0;title\x07"}
        for i in range(24)
    ]  # fmt: skip
    path = write_lines(tmp_path / "pairs.jsonl", rows)
    ended = lcbrb("pairs", "audit", path, "--against", path, "--out", tmp_path / "audit")
    assert ended.code == 1
    assert r"`\x1b`" in ended.out
    ended = lcbrb("pairs", "publish", path, "--to", tmp_path / "set", "--title", "\x1b[31m")
    written = ended.out + (tmp_path / "audit" / "audit.html").read_text()
    written += (tmp_path / "set" / "README.md").read_text() + (
        tmp_path / "set" / "eval.yaml"
    ).read_text()
    assert not {"\x1b", "\x07", "\u202e"} & set(written)


def test_nobodys_files_are_written_over(lcbrb, file, tmp_path):
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "audit.html").write_text("<p>mine")
    ended = lcbrb("pairs", "audit", file, "--out", tmp_path / "audit")
    assert ended.code == 2
    assert "--force" in ended.err
