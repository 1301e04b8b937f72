"""Loading: what is in no file is refused, what is tied is not missing, failures are one sentence."""

import kinds
import pytest
import tiny

from lcbrb import models
from lcbrb.errors import ModelLoadError
from lcbrb.protocols.reward import Item
from lcbrb.rewards import reward_model

pytest.importorskip("transformers", reason="the extra 'hf' is not installed")

ITEMS = [Item(prompt="Add.", response="Read both.\n\nPrint the sum.")]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return tiny.save_classifier(tmp_path_factory.mktemp("scalar"), "llama", chat=True)


@pytest.mark.parametrize(
    "spec",
    [
        "likelihood:{0}",
        "dpo:{0}",
        "prm:likelihood:{0}",
        "prm:{0}?layout=shepherd",
        "prm:{0}?layout=rlhflow",
    ],
)
def test_a_classifier_is_no_language_model(classifier, spec):
    with pytest.raises(
        ModelLoadError,
        match=r"no trained language-model head: lm_head\.weight would be random .*score\.weight",
    ):
        reward_model(spec.format(classifier)).score(ITEMS)


def test_a_token_classifier_is_none_either(tmp_path):
    folder = kinds.save_step_model(tmp_path)
    with pytest.raises(ModelLoadError, match=r"no trained language-model head: lm_head\.weight"):
        models.load_causal(models.locate(str(folder)), "float32", "cpu")


def test_a_policy_without_its_head_is_refused(classifier):
    with pytest.raises(ModelLoadError, match="no trained language-model head"):
        models.load_causal(models.locate(str(classifier)), "float32", "cpu")


def test_an_adapter_on_a_base_without_a_head_is_refused(classifier, tmp_path):
    pytest.importorskip("peft", reason="the extra 'hf' is not installed")
    base = tiny.save_language_model(tmp_path / "lm", "llama", chat=True)
    adapter = kinds.save_adapter(tmp_path / "adapter", base, "CAUSAL_LM")
    with pytest.raises(ModelLoadError, match="no trained language-model head"):
        reward_model(f"likelihood:{adapter}?base={classifier}").score(ITEMS)


@pytest.mark.parametrize("kind", ["llama", "qwen2", "gemma"])
def test_a_head_that_is_tied_to_the_embeddings_is_not_missing(tmp_path, kind):
    from safetensors import safe_open

    folder = tiny.save_language_model(tmp_path, kind, tie_word_embeddings=True)
    with safe_open(folder / "model.safetensors", framework="pt") as file:
        assert "lm_head.weight" not in file.keys()  # noqa: SIM118 - no dict
    model = models.load_causal(models.locate(str(folder)), "float32", "cpu")
    assert model.lm_head.weight is model.get_input_embeddings().weight


def test_an_adapter_on_a_base_with_a_tied_head_is_merged(tmp_path):
    pytest.importorskip("peft", reason="the extra 'hf' is not installed")
    base = tiny.save_language_model(tmp_path / "lm", "llama", tie_word_embeddings=True)
    adapter = kinds.save_adapter(tmp_path / "adapter", base, "CAUSAL_LM")
    plain, adapted = (reward_model(f"likelihood:{one}").score(ITEMS) for one in (base, adapter))
    assert plain != adapted


@pytest.mark.parametrize("end", [":", ": ", ":\t"])
def test_a_reason_on_the_next_line_is_told_too(end):
    def fails():
        raise ValueError(f"Couldn't be made from one of{end}\n  (1) a file, \n(2) another\n")

    with pytest.raises(ModelLoadError, match=r"did not load: .* one of: \(1\) a file,$"):
        models.load(models.locate("smollm2"), fails)
