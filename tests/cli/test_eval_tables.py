"""The tables of `lcbrb eval`: whole at 120 columns, whatever the number of models."""

import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tiny
from estimates import by_name

from lcbrb import codec
from lcbrb.runs.folder import RECORD
from lcbrb.types import RunRecord


@pytest.fixture
def pairs(tmp_path):
    return tiny.write_pairs(tmp_path / "pairs.jsonl", count=40)


def models(count):
    return [part for seed in range(count) for part in ("-m", f"random?seed={seed}")]


def test_many_models_fit_120_columns_and_none_is_cut(lcbrb, pairs):
    long = "random?seed=123456789012345678901234567890"
    ended = lcbrb("eval", *models(9), "-m", long, "-m", "length", "--pairs", pairs)
    assert (ended.code, ended.err) == (0, "")
    assert max(len(line) for line in ended.out.splitlines()) <= 120
    assert "…" not in ended.out
    for seed in range(9):
        assert f"random?seed={seed}" in ended.out
    assert "accuracy by slice (1 to 3)" in ended.out
    assert "accuracy by slice (10 to 11)" in ended.out


def test_of_many_comparisons_those_with_the_best_are_shown(lcbrb, pairs):
    ended = lcbrb("eval", *models(7), "-m", "length", "--pairs", pairs)
    table = ended.out[ended.out.index("paired comparisons") :]
    shown = [line for line in table.splitlines() if " - " in line and line.startswith("│")]
    assert len(shown) == 7
    assert all("length" in line for line in shown)
    assert "comparisons: with length; --json has all 28" in ended.out


def test_the_audit_shows_baselines_that_are_not_among_the_models(lcbrb, pairs):
    ended = lcbrb("eval", "-m", "random", "-m", "length", "--pairs", pairs)
    audit = ended.out[ended.out.index("audit: length and format") :]
    assert "(format alone)" in audit
    assert "(length alone)" not in audit
    assert "│ length " in audit
    assert "audit: position" not in ended.out
    assert "audit: calibration" not in ended.out


def test_a_model_with_logits_is_calibrated_and_the_record_says_so(lcbrb, pairs, plugin, tmp_path):
    out = tmp_path / "out"
    ended = lcbrb("eval", "-m", "logits", "-m", "length", "--pairs", pairs, "--out", out)
    assert (ended.code, ended.err) == (0, "")
    _, _, rest = ended.out.partition("audit: calibration of sigma(margin)")
    table = rest.partition("paired comparisons")[0].splitlines()
    assert [line.split()[1] for line in table if line.startswith("│")] == ["logits"]
    record = codec.read_record(RunRecord, out / "logits" / RECORD)
    assert "audit/calibration error" in by_name(record.estimates)
    bounded = codec.read_record(RunRecord, out / "length" / RECORD)
    assert "audit/calibration error" not in by_name(bounded.estimates)


def test_json_has_groups_and_the_whole_audit(lcbrb, pairs):
    ended = lcbrb("eval", "-m", "random", "-m", "length", "--pairs", pairs, "--json")
    document = json.loads(ended.out)
    assert {one["subject"] for one in document["groups"]} == {"random", "length"}
    audit = document["audit"]["models"]["random"]
    assert audit["by_gap"]
    assert audit["calibration"] is None
    record = next(one for one in document["records"] if one["subject"] == "random")
    row = by_name(record["estimates"])["audit/equal length"]
    assert row == {"metric": "audit/equal length", "slices": {}, **audit["length"]["equal"]}


def test_reward_bench_shows_the_score_of_a_section(lcbrb, tmp_path, monkeypatch):
    rows = [
        {"prompt": f"Q{i}", "chosen": "x" * 5, "rejected": "x" * 3, "subset": subset, "id": i}
        for subset in (
            "math-prm",
            "hep-cpp",
            "hep-go",
            "hep-java",
            "hep-js",
            "hep-python",
            "hep-rust",
        )
        for i in range(4)
    ]
    folder = tmp_path / "preference" / "reward-bench"
    folder.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / "filtered.parquet")
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    ended = lcbrb("eval", "-m", "random", "-m", "length", "--pairs", "reward-bench:reasoning")
    assert (ended.code, ended.err) == (0, "")
    table = ended.out.partition("scores of the benchmark's own")[2].partition("accuracy by")[0]
    assert re.search(r"│ section │ reasoning │ +28 │ +100\.0% \[", table)
    ended = lcbrb("eval", "-m", "length", "--pairs", "reward-bench:math", "--json")
    (record,) = json.loads(ended.out)["records"]
    assert (record["counts"]["pairs"], record["benchmark"]) == (4, "reward-bench:math")
    assert not any(key.startswith("suite/") for key in by_name(record["estimates"]))


def test_the_footer_names_every_method_that_is_shown(lcbrb, pairs):
    # length is right on all pairs or on none of a slice: those intervals are Wilson's
    command = ("eval", "-m", "random", "-m", "length", "--pairs", pairs)
    ended = lcbrb(*command)
    _, _, footer = ended.out.partition("intervals, clustered by problem: ")
    footer = " ".join(footer.split())
    document = json.loads(lcbrb(*command, "--json").out)
    found = {one["method"] for row in document["records"] for one in row["estimates"]}
    assert len(found) > 1
    for method in found:
        assert footer.count(method.partition(" resamples")[0]) == 1
    assert max(len(line) for line in ended.out.splitlines()) <= 120
