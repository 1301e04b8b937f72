"""`lcbrb eval` with every kind of reward model, each a tiny real one, from the spec to the record."""

import json
from importlib.util import find_spec

import kinds
import pytest
import tiny
from estimates import by_name

from lcbrb import codec
from lcbrb.rewards import reward_model
from lcbrb.rewards.pair_scores import score_portion
from lcbrb.runs.folder import SCORES
from lcbrb.sources.pairs.by_name import open_pairs
from lcbrb.types import ScoredPair

pytestmark = pytest.mark.skipif(
    find_spec("torch") is None or find_spec("peft") is None,
    reason="the extra 'hf' is not installed",
)

CODE = """
def shortest(completions, **columns):
    return [-len(text) for text in completions]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folders of all kinds, by the names that the specs below have for them."""
    root = tmp_path_factory.mktemp("models")
    base = tiny.save_language_model(root / "base", "llama", chat=True, num_labels=2)
    (root / "mine.py").write_text(CODE)
    qwen = kinds.save_qwen_head(root / "qwen", "Qwen2ForProcessRewardModel", labels=2)
    kinds.add_token(qwen, "<extra_0>")
    return {
        "base": base,
        "policy": tiny.save_language_model(root / "policy", "llama", chat=True, seed=1),
        "trained": tiny.save_classifier(root / "checkpoint-3", "qwen2", chat=True),
        "adapter": kinds.save_adapter(root / "adapter", base),
        "own": kinds.save_own_code(root / "own", name="cli"),
        "rm": kinds.save_qwen_head(root / "rm"),
        "qwen": qwen,
        "trl": kinds.save_step_model(root / "trl"),
        "mine": root / "mine.py",
    }


@pytest.fixture
def pairs(tmp_path):
    return tiny.write_pairs(tmp_path / "pairs.jsonl", count=8)


@pytest.fixture(autouse=True)
def modules(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "code")
    )
    monkeypatch.syspath_prepend(tmp_path / "code")


SPECS = {
    "trainer's folder": "hf:{trained}",
    "adapter": "hf:{adapter}",
    "adapter on another base": "hf:{adapter}?base={policy}",
    "its own code": "hf:{own}?trust_remote_code=true",
    "qwen's reward model": "hf:{rm}",
    "dpo": "dpo:{policy}+{base}",
    "dpo, averaged": "dpo:{policy}+{base}?beta=0.5&average=true&eos=false",
    "dpo, reference-free": "dpo:{policy}?reference_free=norm",
    "prm of trl": "prm:{trl}?aggregate=mean&steps=lines",
    "prm of qwen": "prm:{qwen}?aggregate=product",
    "prm like math-shepherd": "prm:{base}?layout=shepherd&aggregate=last",
    "prm of any language model": "prm:likelihood:{base}",
    "ensemble": "ensemble:hf:{trained}|hf:{adapter}?combine=uncertainty",
    "ensemble of different kinds": "ensemble:(prm:{trl}?aggregate=mean)|(likelihood:{base})|(length)"
    "?combine=min&scale=unit",
    "vote": "ensemble:length|hf:{trained}|dpo:{policy}+{base}?combine=vote",
    "function": "python:{mine}:shortest",
}


@pytest.mark.parametrize("kind", SPECS)
def test_a_kind_is_evaluated_and_the_record_says_what_it_was(lcbrb, made, pairs, tmp_path, kind):
    spec = SPECS[kind].format(**made)
    ended = lcbrb("eval", "-m", spec, "--pairs", pairs, "--out", tmp_path / "out", "--json")
    assert (ended.code, ended.err) == (0, "")
    (record,) = json.loads(ended.out)["records"]
    assert record["subject"] == spec
    assert record["complete"]
    assert record["counts"]["pairs"] == 8
    assert record["counts"]["truncated"] == 0
    assert by_name(record["estimates"])["accuracy"]["n"] == 8
    model = reward_model(spec)
    assert record["revision"] == getattr(model, "revision", None)
    assert record["config"].get("model") == getattr(model, "identity", None)
    (folder,) = (tmp_path / "out").iterdir()
    kept = {one.pair_id: one for one in codec.read_records(ScoredPair, folder / SCORES)}
    for one in score_portion(model, open_pairs(str(pairs)).pairs):
        assert kept[one.pair_id].outcome is one.outcome
        assert kept[one.pair_id].chosen_score == pytest.approx(one.chosen_score, abs=1e-4)


def test_steps_that_a_cut_took_away_are_counted(lcbrb, made, tmp_path):
    rows = [{"prompt": "p", "chosen": "\n".join(["abcdefg"] * 40), "rejected": "one\ntwo"}]
    path = tmp_path / "long.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    spec = f"prm:{made['trl']}?truncation=right"
    ended = lcbrb("eval", "-m", spec, "--pairs", path, "--json")
    assert (ended.code, ended.err) == (0, "")
    (record,) = json.loads(ended.out)["records"]
    assert record["counts"]["truncated"] == 1
    assert record["counts"]["steps"] + record["counts"]["steps_cut"] == 42
    assert record["counts"]["steps_cut"] == 9  # 31 steps of 8 tokens fit, with BOS and a prompt


@pytest.mark.parametrize("spec", ["dpo:{policy}+{base}", "prm:{trl}", "hf:{adapter}"])
def test_half_precision_is_held_against_float32(lcbrb, made, pairs, spec):
    text = f"{spec.format(**made)}?dtype=bfloat16&flips=4"
    ended = lcbrb("eval", "-m", text, "--pairs", pairs, "--json")
    assert (ended.code, ended.err) == (0, "")
    (record,) = json.loads(ended.out)["records"]
    assert record["counts"]["flips_sampled"] == 4
    assert by_name(record["estimates"])["flip_rate"]["n"] == 4


REFUSED = {
    "hf:{own}": (3, "?trust_remote_code=true"),
    "prm:{base}": (3, "set ?layout=qwen"),
    "dpo:{base}+": (2, "is not POLICY+REFERENCE"),
    "ensemble:length|hf:{trained}": (2, "different ranges"),
    "python:{mine}:longest": (3, "has no 'longest'"),
    "hf:{base}": (3, "no trained reward head"),
}


@pytest.mark.parametrize("spec", REFUSED)
def test_what_can_not_be_is_one_sentence(lcbrb, made, pairs, spec):
    code, words = REFUSED[spec]
    ended = lcbrb("eval", "-m", spec.format(**made), "--pairs", pairs)
    assert (ended.code, ended.out) == (code, "")
    assert words in ended.err
    assert ended.err.count("\n") == 1
