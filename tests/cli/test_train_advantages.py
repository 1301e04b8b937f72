"""`lcbrb train advantages` and `train page`: what they show, and how they refuse."""

import json

from policy_runs import NAN, RIGHT, policy_steps, rows, write_policy_run


def test_the_table_and_the_document(lcbrb, tmp_path):
    run = write_policy_run(tmp_path / "run", rows(0, [[1, 1, NAN, 1], *RIGHT[1:]]))
    ended = lcbrb("train", "advantages", run)
    assert (ended.code, ended.err) == (0, "")
    assert "pgrpo (trained)" in ended.out
    assert "left out: soft: the share of tests passed" in ended.out
    assert "1 replies that could not be graded are left out of all figures" in ended.out
    document = json.loads(lcbrb("train", "advantages", run, "--json").out)
    arms = document["runs"][0]["arms"]
    assert [arm["arm"] for arm in arms][:2] == ["pgrpo", "outcome"]
    assert arms[0]["mean_absolute"]["n"] == 11
    assert document["runs"][0]["left_out"].keys() == {"soft"}


def test_a_mistake_is_one_sentence(lcbrb, tmp_path):
    for arguments, told, code in (
        ([tmp_path / "none"], "no such folder", 3),
        ([write_policy_run(tmp_path / "run", rows(0)), "-c", "arm=soft"], "unknown option", 2),
        ([write_policy_run(tmp_path / "empty", None)], "has no rollouts.jsonl", 2),
        ([write_policy_run(tmp_path / "torn", rows(0)[:-1])], "rollouts.jsonl: the groups", 2),
    ):
        ended = lcbrb("train", "advantages", *arguments)
        assert (ended.code, ended.out) == (code, "")
        assert told in ended.err
        assert "Traceback" not in ended.err


def test_runs_on_one_page(lcbrb, tmp_path):
    for name in ("one", "other"):
        write_policy_run(tmp_path / "runs" / name, rows(0), policy_steps())
    ended = lcbrb("train", "page", tmp_path / "runs", "-o", tmp_path / "page.html")
    assert (ended.code, ended.err) == (0, "")
    assert "KiB" in ended.out
    assert "2 trainings of policies" in (tmp_path / "page.html").read_text("utf-8")
    ended = lcbrb("train", "page", tmp_path / "none", "-o", tmp_path / "other.html")
    assert ended.code == 3
    assert "no such folder" in ended.err
    assert not (tmp_path / "other.html").exists()
