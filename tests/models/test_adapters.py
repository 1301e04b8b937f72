"""Adapters: merged into the base that they name, whole, or refused in one sentence."""

import json
import shutil
import sys
from importlib.util import find_spec

import kinds
import pytest
import tiny

from lcbrb import models
from lcbrb.errors import BadInputError, MissingExtraError, ModelLoadError, UsageError
from lcbrb.protocols.reward import Item
from lcbrb.rewards import reward_model

torch = pytest.importorskip("torch", reason="the extra 'hf' is not installed")
# what this release of PEFT asks of a model is deprecated in this release of the library
pytestmark = [
    pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing.:FutureWarning"),
    pytest.mark.skipif(find_spec("peft") is None, reason="the extra 'hf' is not installed"),
]

CLOSE = 1e-5
ITEMS = [
    Item(prompt="Add two numbers.", response="Read both, add them, print the sum."),
    Item(prompt="Add two numbers.", response="Multiply."),
    Item(prompt="?", response="x"),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """As language models are: the library gives a head on one two outputs, unless told otherwise."""
    return tiny.save_language_model(
        tmp_path_factory.mktemp("base"), "llama", chat=True, num_labels=2
    )


@pytest.fixture(scope="module")
def saved(tmp_path_factory, base):
    """Adapters of a reward model and of a language model; copy them before changing anything."""
    folder = tmp_path_factory.mktemp("adapters")
    return {
        "hf": kinds.save_adapter(folder / "hf", base),
        "likelihood": kinds.save_adapter(folder / "lm", base, "CAUSAL_LM"),
    }


@pytest.fixture
def adapter(saved, tmp_path):
    return shutil.copytree(saved["hf"], tmp_path / "adapter")


def scores(spec):
    return reward_model(spec).score(ITEMS)


def by_hand(adapter, base, auto, read):
    """The adapter beside its base, not merged, one text at a time, as PEFT itself applies it."""
    import transformers
    from peft import PeftModel

    model = getattr(transformers, auto).from_pretrained(base, num_labels=1)
    model = PeftModel.from_pretrained(model, adapter).eval()
    words = transformers.AutoTokenizer.from_pretrained(adapter)
    found = []
    for item in ITEMS:
        text = tiny.chat_text(item.prompt, item.response)
        ids = words(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            found.append(read(model(input_ids=ids).logits[0], ids[0], item))
    return found


def mean_log_likelihood(logits, ids, item):
    length = len(item.response.encode())
    start = len(ids) - length - 1  # the end of text follows the response
    chosen = torch.log_softmax(logits.double(), -1)[range(start - 1, start + length - 1)]
    return float(chosen.gather(1, ids[start : start + length, None]).mean())


# ------------------------------------------------------------------------------- the right score


def test_an_adapted_reward_model_scores_as_peft_applies_it(saved, base):
    expected = by_hand(
        saved["hf"],
        base,
        "AutoModelForSequenceClassification",
        lambda logits, ids, item: float(logits[0]),
    )
    assert max(expected) - min(expected) > 0.05
    assert scores(f"hf:{saved['hf']}") == pytest.approx(expected, abs=CLOSE)


def test_an_adapted_language_model_finds_texts_as_likely_as_peft_does(saved, base):
    expected = by_hand(saved["likelihood"], base, "AutoModelForCausalLM", mean_log_likelihood)
    found = scores(f"likelihood:{saved['likelihood']}")
    assert found == pytest.approx(expected, abs=CLOSE)
    assert found != pytest.approx(scores(f"likelihood:{base}"), abs=1e-2)


def test_an_adapter_saved_with_torch_s_own_format_is_the_same(adapter, saved):
    from safetensors.torch import load_file

    tensors = load_file(adapter / "adapter_model.safetensors")
    torch.save(tensors, adapter / "adapter_model.bin")
    (adapter / "adapter_model.safetensors").unlink()
    assert scores(f"hf:{adapter}") == pytest.approx(scores(f"hf:{saved['hf']}"), abs=CLOSE)


def test_a_trained_head_that_was_saved_whole_is_not_made_up(saved):
    first = scores(f"hf:{saved['hf']}")
    torch.manual_seed(99)
    assert scores(f"hf:{saved['hf']}") == first


@pytest.mark.parametrize("part", ["score", "q_proj.lora_A", "layers.1."])
def test_a_tensor_that_the_adapter_lacks_is_an_error(adapter, part):
    kinds.drop_tensors(adapter, part)
    with pytest.raises(ModelLoadError, match=r"would be random|also needs") as caught:
        scores(f"hf:{adapter}")
    assert "\n" not in str(caught.value)


def test_an_adapter_without_a_head_has_no_reward(saved):
    with pytest.raises(ModelLoadError, match=r"no trained reward head: score\.weight"):
        scores(f"hf:{saved['likelihood']}")


def test_tensors_that_find_no_place_are_an_error(adapter):
    """PEFT passes over them: the adapter would act in part."""
    kinds.edit(adapter, "adapter_config.json", target_modules=["q_proj"])
    with pytest.raises(
        ModelLoadError, match=r"does not fit its base: .* has no place for .*v_proj"
    ):
        scores(f"hf:{adapter}")


def test_an_adapter_for_another_width_is_one_sentence(adapter, tmp_path):
    other = tiny.save_language_model(tmp_path / "wide", "llama", hidden_size=64)
    with pytest.raises(ModelLoadError, match=r"did not load: .*size mismatch") as caught:
        scores(f"hf:{adapter}?base={other}")
    assert "\n" not in str(caught.value)


def test_what_can_not_be_merged_is_named(base, tmp_path):
    from peft import PromptTuningConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base)
    prompted = get_peft_model(
        model, PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=2)
    )
    prompted.save_pretrained(tmp_path / "prompted")
    with pytest.raises(ModelLoadError, match="the kind PROMPT_TUNING, which can't be merged"):
        scores(f"likelihood:{tmp_path / 'prompted'}")


# ------------------------------------------------------------------------- finding base and words


def test_the_base_may_lie_beside_the_adapter_or_be_named_in_the_spec(adapter, base, saved):
    expected = scores(f"hf:{saved['hf']}")
    shutil.copytree(base, adapter / "base")
    kinds.edit(adapter, "adapter_config.json", base_model_name_or_path="base")
    assert scores(f"hf:{adapter}") == pytest.approx(expected, abs=CLOSE)
    kinds.edit(adapter, "adapter_config.json", base_model_name_or_path="/gone/away")
    assert scores(f"hf:{adapter}?base={base}") == pytest.approx(expected, abs=CLOSE)
    kinds.edit(adapter, "adapter_config.json", base_model_name_or_path=None)
    assert scores(f"hf:{adapter}?base={base}") == pytest.approx(expected, abs=CLOSE)


def test_a_base_that_is_not_here_is_named_with_a_way_out(adapter):
    kinds.edit(adapter, "adapter_config.json", base_model_name_or_path="/gone/away")
    with pytest.raises(ModelLoadError, match=r"made for '/gone/away', .* with \?base="):
        reward_model(f"hf:{adapter}")


def test_a_base_on_the_hub_has_the_revision_that_the_adapter_names(adapter):
    kinds.edit(adapter, "adapter_config.json", base_model_name_or_path="org/base", revision="abc")
    weights = models.locate(str(adapter))
    assert (weights.base.name, weights.base.revision) == ("org/base", "abc")
    assert weights.base.arguments["revision"] == "abc"
    assert weights.revision.endswith(" on org/base@abc")
    other = models.locate(str(adapter), base="org/other@def").base
    assert (other.name, other.revision) == ("org/other", "def")


def test_the_tokenizer_is_the_adapter_s_or_else_its_base_s(base, tmp_path):
    bare = kinds.save_adapter(tmp_path / "bare", base, words=False)
    assert models.load_tokenizer(models.locate(str(bare))).chat_template == tiny.CHAT
    own = kinds.save_adapter(tmp_path / "own", base)
    kinds.edit(own, "tokenizer_config.json", eos_token=tiny.PAD)
    assert models.load_tokenizer(models.locate(str(own))).eos_token == tiny.PAD


def test_the_revision_names_adapter_and_base(saved, base, tmp_path):
    def revision(folder, **options):
        return models.locate(str(folder), **options).revision

    first = revision(saved["hf"])
    assert first.startswith("files:")
    assert models.fingerprint(base) in first
    assert revision(saved["likelihood"]) != first
    other = tiny.save_language_model(tmp_path / "other", "llama", chat=True, seed=5)
    assert revision(saved["hf"], base=str(other)) not in {first, revision(other)}


# -------------------------------------------------------------------------------- what is no adapter


def test_an_adapter_beside_a_whole_model_is_refused(adapter, base):
    shutil.copy(base / "model.safetensors", adapter)
    with pytest.raises(ModelLoadError, match="a whole model and an adapter"):
        reward_model(f"hf:{adapter}")


def test_a_configuration_beside_an_adapter_is_not_a_whole_model(adapter, base, saved):
    shutil.copy(base / "config.json", adapter)
    assert scores(f"hf:{adapter}") == pytest.approx(scores(f"hf:{saved['hf']}"), abs=CLOSE)


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_a_configuration_that_says_nothing_is_bad_input(adapter, text):
    (adapter / "adapter_config.json").write_text(text)
    with pytest.raises(BadInputError, match=r"adapter_config\.json: "):
        reward_model(f"hf:{adapter}")


def test_an_adapter_without_weights_is_named(adapter):
    (adapter / "adapter_model.safetensors").unlink()
    with pytest.raises(ModelLoadError, match="no weights"):
        reward_model(f"hf:{adapter}")


def test_without_peft_the_extra_is_named(adapter, monkeypatch):
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lcbrb\[hf\]'"):
        reward_model(f"hf:{adapter}")


def test_a_base_for_a_whole_model_is_refused(base):
    with pytest.raises(UsageError, match=r"\?base= is only for adapters"):
        reward_model(f"likelihood:{base}?base={base}")


# ----------------------------------------------------------------------------------- from the hub


@pytest.fixture
def hub(monkeypatch, tmp_path, saved, base):
    """A hub that has one adapter, as far as the library's calls go; its base is a folder here."""
    import huggingface_hub
    from huggingface_hub.errors import OfflineModeIsEnabled

    files = shutil.copytree(saved["hf"], tmp_path / "snapshots" / ("c" * 40))
    asked = []

    def adapter_config(name, revision=None, **rest):
        asked.append((name, revision))
        return str(files / "adapter_config.json") if name == "org/adapter" else None

    def names(name, revision=None):
        raise OfflineModeIsEnabled("offline")

    def snapshot(name, revision=None, allow_patterns=None):
        return str(files)

    monkeypatch.setattr("transformers.utils.peft_utils.find_adapter_config_file", adapter_config)
    monkeypatch.setattr(huggingface_hub, "list_repo_files", names)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
    return asked


def test_an_adapter_on_the_hub_is_asked_for_when_it_is_loaded(hub, saved):
    model = reward_model("hf:org/adapter@v1")
    assert hub == []
    assert model.revision == "v1"
    assert model.score(ITEMS) == pytest.approx(scores(f"hf:{saved['hf']}"), abs=CLOSE)
    assert set(hub) == {("org/adapter", "v1")}
    assert models.commit_of(model.weights) == "c" * 40


def test_an_adapter_on_the_hub_takes_another_base(hub, tmp_path, saved):
    other = tiny.save_language_model(tmp_path / "other", "llama", chat=True, seed=5)
    expected = scores(f"hf:{saved['hf']}?base={other}")
    assert scores(f"hf:org/adapter?base={other}") == pytest.approx(expected, abs=CLOSE)
    assert expected != pytest.approx(scores(f"hf:{saved['hf']}"), abs=1e-3)


def test_a_whole_model_beside_an_adapter_on_the_hub_is_refused(hub, monkeypatch):
    names = ["adapter_config.json", "adapter_model.safetensors", "model-00001-of-00002.safetensors"]
    monkeypatch.setattr("huggingface_hub.list_repo_files", lambda name, revision=None: names)
    with pytest.raises(ModelLoadError, match="a whole model and an adapter"):
        scores("hf:org/adapter")


def test_a_base_for_a_whole_model_on_the_hub_is_refused(hub, base):
    with pytest.raises(ModelLoadError, match=r"whole model, and \?base= is only for adapters"):
        scores(f"hf:org/whole?base={base}")


def test_the_saved_configuration_is_peft_s(saved):
    found = json.loads((saved["hf"] / "adapter_config.json").read_text())
    assert (found["peft_type"], found["task_type"]) == ("LORA", "SEQ_CLS")
    assert "score" in found["modules_to_save"]


def test_what_is_merged_is_the_low_rank_product_times_alpha_over_rank(saved, base):
    from safetensors.torch import load_file

    changed = load_file(saved["likelihood"] / "adapter_model.safetensors")
    before = load_file(base / "model.safetensors")
    merged = models.load_causal(models.locate(str(saved["likelihood"])), "float32", "cpu")
    for name in ("model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.v_proj"):
        down, up = (changed[f"base_model.model.{name}.lora_{part}.weight"] for part in "AB")
        expected = before[f"{name}.weight"] + 8 / 4 * up @ down
        torch.testing.assert_close(merged.get_submodule(name).weight.data, expected)
    untouched = "model.layers.0.self_attn.k_proj"
    assert merged.get_submodule(untouched).weight.equal(before[f"{untouched}.weight"])
