"""`lcbrb eval` says what a transformer computed, and what it could not do the fast way."""

import json

import pytest
import tiny
from fakes import write_lines

pytest.importorskip("torch", reason="the extra 'hf' is not installed")
pytest.importorskip("transformers", reason="the extra 'hf' is not installed")


@pytest.fixture
def pairs(tmp_path):
    """Two pairs whose four texts have one prompt."""
    rows = [
        {"prompt": "Add two numbers.", "chosen": f"Add them {i}.", "rejected": f"Guess {i}."}
        for i in (1, 2)
    ]
    return write_lines(tmp_path / "pairs.jsonl", rows)


@pytest.fixture
def folder(tmp_path):
    return tiny.save_classifier(tmp_path / "model", "llama", chat=True)


def test_tokens_are_told_and_kept_in_the_record(lcbrb, pairs, folder, tmp_path):
    command = ("eval", "-m", f"hf:{folder}", "--pairs", pairs, "--out", tmp_path / "out")
    ended = lcbrb(*command)
    assert ended.code == 0
    prompt = len("[user]Add two numbers.[assistant]") + 2  # the beginning, and the end of a turn
    texts = [len("Add them 1.") + 1, len("Guess 1.") + 1] * 2
    real = 4 * prompt + sum(texts)
    assert f"{real} tokens" in ended.out
    (line,) = [one for one in ended.out.splitlines() if "after sharing" in one]
    assert line.startswith(f"note: hf:{folder}: ")
    (path,) = (tmp_path / "out").rglob("record.json")
    counts = json.loads(path.read_text())["counts"]
    assert counts["tokens_real"] == real
    # each pair's texts differ in the digit and the point and end behind it
    shared = prompt + len("Add them ") + len("Guess ") + 4 * len("1.") + 4
    assert counts["tokens_shared"] == counts["tokens_computed"] == shared
    assert counts["tokens_naive"] == 2 * (2 * prompt + max(texts) + min(texts))
    again = lcbrb(*command)  # nothing is scored, nothing is lost
    assert line in again.out.splitlines()


def test_a_model_that_can_not_share_says_so(lcbrb, pairs, folder, monkeypatch):
    monkeypatch.setattr(
        "lcbrb.rewards.forward.hidden_states._objection", lambda base, how: "for a reason"
    )
    ended = lcbrb("eval", "-m", f"hf:{folder}", "--pairs", pairs, "--json")
    (record,) = json.loads(ended.out)["records"]
    assert any("can't process packed sequences (for a reason)" in note for note in record["notes"])
    assert any("for a reason" in note for note in json.loads(ended.out)["notes"])


def test_models_without_tokens_have_nothing_to_tell(lcbrb, pairs):
    ended = lcbrb("eval", "-m", "length", "--pairs", pairs)
    assert "tokens" not in ended.out
