"""`lcbrb train reward-model`: what it shows, that `lcbrb eval` takes what it wrote, what it refuses."""

import json

import pytest
from tiny import save_classifier, write_pairs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return save_classifier(tmp_path_factory.mktemp("base") / "bert", "bert")


@pytest.fixture
def train(lcbrb, tmp_path, monkeypatch, base):
    monkeypatch.setenv("LCBRB_CACHE", str(tmp_path / "cache"))
    pairs = write_pairs(tmp_path / "pairs.jsonl")

    def run(*more, out="run", base=base, pairs=pairs):
        return lcbrb(
            "train", "reward-model", "--pairs", pairs, "--base", base, "--out", tmp_path / out,
            "--trunk", "frozen", "-c", "epochs=2", "-c", "held_out=0.3", *more,
        )  # fmt: skip

    return run


def test_it_shows_what_it_measured_and_eval_takes_the_folder(train, lcbrb, tmp_path):
    ended = train("-c", "folds=2")
    assert (ended.code, ended.err) == (0, "")
    assert "cross-validated accuracy" in ended.out
    assert "on held-out pairs" in ended.out
    ended = lcbrb("eval", "-m", tmp_path / "run", "--pairs", tmp_path / "pairs.jsonl", "--json")
    assert ended.code == 0, ended.err
    ended = lcbrb("leaderboard", tmp_path / "run", "-o", tmp_path / "board.html")
    assert ended.code == 0, ended.err
    assert "1 models, 1 benchmarks" in ended.out + ended.err
    ended = lcbrb("gate", tmp_path / "run", tmp_path / "run")
    assert "can't compare training runs" in (ended.out + ended.err).replace("\n", " ")


def test_json_is_the_record(train):
    record = json.loads(train("--json").out)
    assert record["kind"] == "training"
    assert record["config"]["trunk"] == "frozen"
    assert record["complete"] is True


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        (["-c", "epoch=3"], 2, "epoch"),
        (["-c", "epochs=0"], 2, "epochs"),
        (["--trunk", "half"], 2, "trunk"),
        (["-c", "trunk=lora"], 2, "give only one of them"),
        (["--loss", "hinge"], 2, "loss"),
        (["-c", "dtype=float7"], 2, "float7"),
        (["-c", "device=abacus"], 3, "abacus"),
    ],
)
def test_a_setting_that_can_not_be_is_named(train, tmp_path, more, code, told):
    ended = train(*more)
    assert ended.code == code
    assert told in ended.err
    assert "Traceback" not in ended.err
    assert not (tmp_path / "run" / "model").exists()


def test_a_base_or_pairs_that_are_not_there(train, tmp_path):
    ended = train(base=tmp_path / "nowhere")
    assert ended.code in {2, 3}
    assert "nowhere" in ended.err
    ended = train(pairs=tmp_path / "none.jsonl")
    assert ended.code == 3
    assert "none.jsonl" in ended.err


def test_pairs_held_out_that_are_trained_on_are_refused(train, tmp_path):
    ended = train("--held-out", tmp_path / "pairs.jsonl")
    assert ended.code == 2
    assert "would measure memory" in ended.err.replace("\n", " ")


def test_out_may_not_be_a_file(train, tmp_path):
    (tmp_path / "run").write_text("mine")
    ended = train()
    assert ended.code == 2
    assert (tmp_path / "run").read_text() == "mine"
