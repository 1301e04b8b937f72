"""`lcbrb pairs od`: what it writes, that `lcbrb eval` reads it, and what it refuses."""

import json

import pytest

from lcbrb import codec
from lcbrb.cli.pairs.options import read_mix, read_range
from lcbrb.errors import UsageError
from lcbrb.runs.folder import RECORD
from lcbrb.types import PairManifest, PreferencePair, RunRecord


@pytest.fixture
def od(lcbrb, tmp_path):
    """Runs the command; other options come after."""

    def run(*more, output="out/od.jsonl", problems="arithmetic,words,traces", n=24):
        where = tmp_path / output
        return lcbrb("pairs", "od", "--problems", problems, "-n", n, "-o", where, *more)

    return run


def test_it_writes_pairs_a_manifest_and_a_run_folder(od, tmp_path):
    ended = od()
    assert (ended.code, ended.err) == (0, "")
    assert "24 pairs of 24 problems" in ended.out.replace("\n", " ")
    out = tmp_path / "out"
    pairs = codec.read_records(PreferencePair, out / "od.jsonl")
    manifest = codec.read_record(PairManifest, out / "od.manifest.json")
    assert manifest.pairs_sha256 == codec.sha256_file(out / "od.jsonl")
    assert (manifest.pairs, manifest.problems) == (len(pairs), 24)
    assert manifest.counts["chosen_longer"] == manifest.counts["chosen_shorter"] == 12
    assert manifest.counts["relation_optimized_over_degraded"] == 12
    assert manifest.counts["category_circular"] == 3
    assert manifest.config["mix"] == {"strong": 2, "optimized": 1, "degraded": 1}
    record = codec.read_record(RunRecord, out / "od.run" / RECORD)
    assert (record.complete, record.kind, record.counts["pairs"]) == (True, "pairs", 24)


def test_again_it_gives_the_same_bytes_and_other_options_are_another_run(od, tmp_path):
    assert od().code == 0
    first = (tmp_path / "out" / "od.jsonl").read_bytes()
    assert od().code == 0
    assert (tmp_path / "out" / "od.jsonl").read_bytes() == first
    ended = od("--seed", 1)
    assert ended.code == 2
    assert "contains another run" in ended.err
    assert "seed" in ended.err
    assert (tmp_path / "out" / "od.jsonl").read_bytes() == first


def test_eval_reads_it_kind_by_kind(od, lcbrb, tmp_path):
    assert od("--mix", "strong=1,degraded=1", n=48).code == 0
    pairs = tmp_path / "out" / "od.jsonl"
    ended = lcbrb("eval", "-m", "length", "-m", "random", "--pairs", pairs, "--json")
    assert ended.code == 0
    length = json.loads(ended.out)["records"][0]
    slices = {
        (row["metric"], *row["slices"].values()): row
        for row in length["estimates"]
        if row["metric"] == "accuracy"
    }
    assert slices["accuracy",]["value"] == 0.5
    assert slices["accuracy",]["clusters"] == 48
    for kind in ("propagated-error", "dropped-step", "circular", "unjustified-leap"):
        assert slices["accuracy", kind]["value"] == 0.5
    assert slices["accuracy", "optimized_over_degraded"]["n"] == 24


def test_traces_alone_have_no_pairs_that_stray_unless_asked_for(od):
    ended = od("--json", problems="traces", n=6)
    assert json.loads(ended.out)["config"]["mix"] == {"strong": 2, "degraded": 1}
    ended = od("--mix", "optimized=1", problems="traces", output="b.jsonl")
    assert ended.code == 2
    assert "has no unneeded steps" in ended.err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--mix", "strong"], "'strong' is not KIND=PART"),
        (["--mix", "strnog=1"], "unknown kind of pair 'strnog': did you mean strong?"),
        (["--mix", "strong=0"], "name at least one"),
        (["--kinds", "circulr"], "unknown kind of degradation 'circulr': did you mean circular?"),
        (["--steps", "four"], "'four' is not a range"),
        (["--steps", "2-4"], "expected a range within 3-12"),
        (["--degrade", "policy"], "unknown way to degrade 'policy'"),
    ],
)
def test_what_can_not_be_is_one_sentence_and_writes_nothing(od, tmp_path, more, said):
    ended = od(*more)
    assert ended.code == 2
    assert ended.err.startswith("lcbrb: ")
    assert ended.err.count("\n") == 1
    assert said in ended.err
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_family_is_one_sentence_and_writes_nothing(od, tmp_path):
    ended = od(problems="poems")
    assert (ended.code, "unknown family of problems 'poems'" in ended.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_as_output_is_refused(od, tmp_path):
    (tmp_path / "out").mkdir()
    ended = od(output="out")
    assert (ended.code, "is a folder" in ended.err) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_mix_and_a_range_are_read():
    assert read_mix("strong=2, degraded=0.5") == {"strong": 2.0, "degraded": 0.5}
    assert (read_range("4-8"), read_range("5")) == ((4, 8), (5, 5))


@pytest.mark.parametrize("text", ["", "a=1,", "=1", "a=x", "a=nan", "a=1_0", "a=-1", "a=1,a=2"])
def test_a_mix_in_another_form_is_refused(text):
    with pytest.raises(UsageError, match="--mix"):
        read_mix(text)


@pytest.mark.parametrize("text", ["", "x", "4-", "-4", "٤-٨", "1_0"])
def test_a_range_in_another_form_is_refused(text):
    with pytest.raises(UsageError, match="--steps"):
        read_range(text)
