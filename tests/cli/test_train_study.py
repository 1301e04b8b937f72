"""`lcbrb train study`: a whole tiny one, what it tells first, and what it refuses."""

import json

import pytest


@pytest.mark.long
def test_a_tiny_study_is_trained_measured_and_shown(lcbrb, tmp_path):
    out = tmp_path / "study"
    ended = lcbrb("train", "study", "--out", out, "--preset", "tiny", "--seeds", 1, "--json")
    assert ended.code == 0, ended.err
    assert "11 of 11 trainings are left" in ended.err
    left = json.loads(ended.out)
    assert (left["cells"], left["cells_left"], left["measured"]) == (11, 0, True)
    names = {path.stem for path in (out / "cells" / "seed-0").iterdir()}
    assert {"warm", "outcome", "outcome-again", "oracle", "placebo", "noise-62.6"} <= names
    assert all(path.stat().st_size < 40_000 for path in (out / "cells" / "seed-0").iterdir())
    cell = json.loads((out / "cells" / "seed-0" / "trapdoor-ungated.json").read_text())
    assert [look["step"] for look in cell["looks"]] == [0, 2]
    assert len(cell["log"]["gate_rate"]) == 2
    page = (out / "study.html").read_text()
    assert "1 of 1 seeds are whole: 11 trainings in all." in page
    again = lcbrb("train", "study", "--out", out, "--preset", "tiny", "--seeds", 1)
    assert again.code == 0
    assert "11 of 11 trainings are done" in again.out


def test_another_preset_in_the_same_folder_is_refused(lcbrb, tmp_path):
    lcbrb("train", "study", "--out", tmp_path / "x", "--preset", "tiny", "--hours", 1e-9)
    ended = lcbrb("train", "study", "--out", tmp_path / "x", "--hours", 1e-9)
    assert ended.code == 2
    assert "other settings" in ended.err.replace("\n", " ")


def test_an_unknown_preset_is_told(lcbrb, tmp_path):
    ended = lcbrb("train", "study", "--out", tmp_path / "x", "--preset", "smal")
    assert ended.code == 2
    assert "did you mean small" in ended.err
