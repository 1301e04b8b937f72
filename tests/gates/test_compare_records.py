"""Run folders that are broken, too new or hostile are refused."""

import json

import pytest
from gate_runs import bench_run, pair_run, sample

from lcbrb import codec
from lcbrb.errors import BadInputError, DataUnavailableError, LcbrbError, UsageError
from lcbrb.gates import GateVerdict
from lcbrb.gates.config import Check
from lcbrb.runs.folder import RECORD, SAMPLES, SCORES

PASS = GateVerdict.PASS


def refused(gate, kind=LcbrbError):
    with pytest.raises(kind) as caught:
        gate()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_newer_schema_is_refused(gate, both, tmp_path):
    both("+-", "+-")
    path = tmp_path / "cand" / RECORD
    path.write_text(path.read_text().replace('"schema_version": 2', '"schema_version": 99'))
    told = refused(gate, BadInputError)
    assert f"{path}: RunRecord has schema version 99" in told
    assert "upgrade lcbrb" in told


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999"])
def test_a_score_that_is_no_number_is_refused(gate, tmp_path, value):
    for side in ("base", "cand"):
        pair_run(tmp_path / side, {"p": "+-", "q": "++"})
    path = tmp_path / "cand" / SCORES
    path.write_text(path.read_text().replace('"chosen_score": 1.0', f'"chosen_score": {value}', 1))
    assert f"{path}, line 1" in refused(gate, BadInputError)


def test_a_finished_run_whose_file_lost_lines_is_refused(gate, both, tmp_path):
    both("+" * 10, "+" * 10)
    path = tmp_path / "cand" / SAMPLES
    path.write_bytes(path.read_bytes()[:-30])
    assert f"{path}: has 9 of the 10 results" in refused(gate, BadInputError)
    path.unlink()
    assert "has 0 of the 10 results" in refused(gate, BadInputError)


def test_a_finished_run_whose_file_gained_lines_is_refused(gate, both, tmp_path):
    both("+" * 10, "+" * 10)
    path = tmp_path / "cand" / SAMPLES
    *_, last = path.read_text().splitlines()
    more = json.loads(last) | {"sample_index": 7}
    path.write_text(f"{path.read_text()}{last}\n{json.dumps(more)}\n")
    told = f"{path}: has 11 results, but its finished record counts 10"
    assert told in refused(gate, BadInputError)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"schema_version": 1}'])
def test_a_broken_record_is_refused(gate, both, tmp_path, content):
    both("+-", "+-")
    (tmp_path / "base" / RECORD).write_bytes(content)
    assert str(tmp_path / "base" / RECORD) in refused(gate, BadInputError)


def test_no_folder_a_file_and_an_empty_folder_are_told_apart(gate, tmp_path):
    bench_run(tmp_path / "cand", "+-")
    refused(gate, DataUnavailableError)
    (tmp_path / "base").mkdir()
    assert "no record.json" in refused(gate, UsageError)


def test_a_sample_of_ten_megabytes_is_read_and_not_shown(gate, both, tmp_path):
    both("+" * 200, "+" * 200)
    huge = sample("p0000", 0, "+", "new", detail="x" * 10_000_000)
    path = tmp_path / "cand" / SAMPLES
    rest = path.read_text().split("\n", 1)[1]
    path.write_text(codec.encode(huge) + "\n" + rest)
    report = gate()
    assert report.verdict is PASS
    assert len(codec.encode(report)) < 10_000


def test_a_metric_that_a_run_does_not_have_is_refused(gate, both):
    both("+-", "+-")
    for metric, told in (
        ("pass@5", "5 samples of a problem, but the run has at most 1"),
        ("pass@1/plus", "needs plus tests"),
    ):
        with pytest.raises(UsageError, match=told):
            gate(checks=(Check(benchmark="code", metric=metric),))
