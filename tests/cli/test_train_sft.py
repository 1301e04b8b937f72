"""`lcbrb train sft`: from completions that passed to a policy that `bench` asks, and what it refuses."""

import json

import pytest
import tiny
from fakes import write_lines

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # of the libraries below


@pytest.fixture
def train(lcbrb, tmp_path, monkeypatch):
    monkeypatch.setenv("LCBRB_CACHE", str(tmp_path / "cache"))
    base = tiny.save_language_model(tmp_path / "base", chat=True, max_position_embeddings=2048)
    problems = tiny.write_problems(tmp_path, 4)
    recorded = tiny.write_completions(tmp_path, 4)

    def run(*more, data=f"{recorded}?benchmark={problems}", policy=f"hf:{base}"):
        return lcbrb(
            "train", "sft", "--policy", policy, "--data", data, "--out", tmp_path / "run",
            "-c", "batch_size=4", "-c", "held_out=0.25", *more,
        )  # fmt: skip

    return run


def test_it_shows_what_it_did_and_bench_takes_the_folder(train, lcbrb, tmp_path):
    ended = train()
    assert (ended.code, ended.err) == (0, "")
    assert "6 examples of 3 problems, 2 steps" in ended.out
    assert "held-out loss of a reply token" in ended.out
    assert "no examples: 8 failed" in ended.out
    ended = lcbrb(
        "bench", "--policy", f"hf:{tmp_path / 'run'}", "--benchmark", tmp_path / "problems.jsonl",
        "-c", "max_tokens=4", "-c", "template=think-answer", "--json",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    (record,) = json.loads(ended.out)["records"]
    assert record["counts"]["trained_on"] == 3
    assert "was trained on 3 of these 4 problems" in " ".join(record["notes"])
    record = json.loads(train("--json").out)
    assert record["kind"] == "training"
    assert record["counts"]["left_out_failed"] == 8


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        (["-c", "epoch=3"], 2, "epoch"),
        (["-c", "batch_size=3", "-c", "micro_batch=2"], 2, "not a multiple"),
        (["-c", "max_length=9"], 2, "raise max_length"),
        (["-c", "device=abacus"], 3, "abacus"),
        (["--seed", "-1"], 2, "seed"),
        (["--held-out", "nowhere.jsonl"], 3, "nowhere.jsonl"),
    ],
)
def test_what_can_not_be_is_named(train, tmp_path, more, code, told):
    ended = train(*more)
    assert ended.code == code
    assert told in ended.err
    assert not (tmp_path / "run" / "model").exists()


def test_data_and_policies_that_are_not_there(train, tmp_path):
    ended = train(data=tmp_path / "none.jsonl")
    assert (ended.code, "none.jsonl" in ended.err) == (3, True)
    ended = train(policy=tmp_path / "nowhere")
    assert (ended.code, "nowhere" in ended.err) == (2, True)
    bad = write_lines(tmp_path / "bad.jsonl", [{"question": 1}])
    ended = train(data=bad)
    assert (ended.code, "line 1" in ended.err) == (2, True)
