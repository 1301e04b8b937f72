"""Heads of every sort: the library's, Qwen's, and models that bring code of their own."""

import json

import kinds
import pytest
import tiny

from lcbrb import models
from lcbrb.errors import ModelLoadError
from lcbrb.protocols.reward import Item
from lcbrb.rewards import reward_model
from lcbrb.rewards.forward import heads

torch = pytest.importorskip("torch", reason="the extra 'hf' is not installed")
pytest.importorskip("transformers", reason="the extra 'hf' is not installed")

CLOSE = 1e-5
ITEMS = [
    Item(prompt="Add two numbers.", response="Read both, add them, print the sum."),
    Item(prompt="Add two numbers.", response="Multiply."),
    Item(prompt="?", response="x"),
    Item(prompt="?", response="y"),
]
TRUSTED = "?trust_remote_code=true"


@pytest.fixture(autouse=True)
def modules(tmp_path, monkeypatch):
    """Where the library keeps the code that it runs: nowhere that lasts."""
    monkeypatch.setattr(
        "transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "code")
    )
    monkeypatch.syspath_prepend(tmp_path / "code")
    return tmp_path / "code"


def scores(folder, options="", items=ITEMS):
    return reward_model(f"hf:{folder}{options}").score(items)


def ids_of(item):
    words = tiny.tokenizer(chat=True)
    return words(tiny.chat_text(item.prompt, item.response), add_special_tokens=False)["input_ids"]


# --------------------------------------------------------------------------- code of one's own


def own_score(folder, item):
    """What `kinds.OWN_CODE` computes, by hand."""
    from safetensors.torch import load_file

    tensors = load_file(folder / "model.safetensors")
    state = tensors["words.weight"][ids_of(item)].sum(0)
    return float((tensors["last.weight"] @ state + tensors["last.bias"])[0])


def test_code_of_its_own_runs_only_where_it_was_asked_for(tmp_path, modules):
    folder = kinds.save_own_code(tmp_path / "model")
    ran = "open(__file__ + '.ran', 'w').close()"
    path = folder / "modeling_own.py"
    path.write_text(f"{path.read_text()}\n{ran}\n")
    with pytest.raises(ModelLoadError, match=r"its own code.*\?trust_remote_code=true") as caught:
        scores(folder)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.rglob("*.ran"))
    assert not modules.exists()
    scores(folder, TRUSTED)
    assert list(modules.rglob("*.ran"))


@pytest.mark.parametrize(
    ("name", "returns"),
    [
        ("score", "return OwnOutput(score=x_B_3[:, 0], rewards=x_B_3)"),
        ("column", "return OwnOutput(logits=x_B_3[:, :1])"),
        ("rewards", "return OwnOutput(rewards=x_B_3[:, 0], gates=x_B_3)"),
        ("tensor", "return x_B_3[:, 0]"),
        ("tuple", "return (x_B_3[:, :1],)"),
        ("dict", "return {'rewards': x_B_3[:, 0], 'other': 'text'}"),
    ],
)
def test_one_number_is_found_in_what_the_model_gives(tmp_path, name, returns):
    folder = kinds.save_own_code(tmp_path / name, returns, name=name)
    expected = [own_score(folder, item) for item in ITEMS]
    for batch_tokens in (1, 5000):  # it reads the last column: padding would move its scores
        found = scores(folder, f"{TRUSTED}&batch_tokens={batch_tokens}")
        assert found == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "returns", "words"),
    [
        (
            "many",
            "return OwnOutput(logits=x_B_3, gates=x_B_3)",
            r"logits \(\d, 3\), gates \(\d, 3\)",
        ),
        ("none", "return OwnOutput(gates=x_B_3)", r"gates \(\d, 3\)"),
        ("wide", "return x_B_3", r"a tensor \(\d, 3\)"),
        ("text", "return 'good'", "str"),
    ],
)
def test_more_outputs_than_one_are_an_error_that_names_them(tmp_path, name, returns, words):
    folder = kinds.save_own_code(tmp_path / name, returns, name=name)
    with pytest.raises(ModelLoadError, match=f"does not give one number per input: .*{words}"):
        scores(folder, TRUSTED)


def test_code_that_fails_is_one_sentence(tmp_path):
    folder = kinds.save_own_code(tmp_path / "model", name="broken")
    (folder / "modeling_own.py").write_text("raise ValueError('not\\ntoday')\n")
    with pytest.raises(ModelLoadError, match="did not load: not") as caught:
        scores(folder, TRUSTED)
    assert "\n" not in str(caught.value)


def test_a_known_type_with_code_for_its_head_is_not_read_as_something_else(tmp_path):
    """The library would load its own Llama classifier and pass over the code."""
    folder = tiny.save_classifier(tmp_path / "model", "llama")
    code = {"AutoModelForSequenceClassification": "modeling_own.LlamaWithGates"}
    kinds.edit(folder, "config.json", architectures=["LlamaWithGates"], auto_map=code)
    with pytest.raises(ModelLoadError, match="its own code"):
        scores(folder)
    # left over from the base model, and the library's own class is what was saved: nothing is lost
    left = {"AutoModelForCausalLM": "modeling_own.Llama"}
    kinds.edit(
        folder, "config.json", architectures=["LlamaForSequenceClassification"], auto_map=left
    )
    assert len(scores(folder)) == len(ITEMS)


def test_a_language_model_with_code_of_its_own_is_asked_for_too(tmp_path):
    folder = kinds.save_own_code(tmp_path / "model", name="lm")
    with pytest.raises(ModelLoadError, match=r"\?trust_remote_code=true"):
        reward_model(f"likelihood:{folder}").score(ITEMS)


def test_a_known_type_with_code_for_its_language_model_is_asked_for(tmp_path):
    folder = tiny.save_language_model(tmp_path / "lm", "llama")
    code = {"AutoModelForCausalLM": "modeling_own.LlamaOfMine"}
    kinds.edit(folder, "config.json", architectures=["LlamaOfMine"], auto_map=code)
    with pytest.raises(ModelLoadError, match="its own code"):
        reward_model(f"likelihood:{folder}").score(ITEMS)
    kinds.edit(folder, "config.json", architectures=["LlamaForCausalLM"], auto_map=code)
    assert len(reward_model(f"likelihood:{folder}").score(ITEMS)) == len(ITEMS)


def test_code_that_runs_is_part_of_the_revision(tmp_path):
    folder = kinds.save_own_code(tmp_path / "model")
    plain, running = (reward_model(f"hf:{folder}{one}").revision for one in ("", TRUSTED))
    path = folder / "modeling_own.py"
    path.write_text(path.read_text() + "\n# changed\n")
    assert reward_model(f"hf:{folder}").revision == plain
    assert reward_model(f"hf:{folder}{TRUSTED}").revision != running


# ------------------------------------------------------------------------------------------ Qwen's


def test_qwen_s_reward_models_need_none_of_their_code(tmp_path):
    from safetensors.torch import load_file
    from transformers import Qwen2Model

    folder = kinds.save_qwen_head(tmp_path / "rm")
    tensors = load_file(folder / "model.safetensors")
    bare = {
        name.removeprefix("model."): one for name, one in tensors.items() if "score" not in name
    }
    body = Qwen2Model(Qwen2Model.config_class.from_pretrained(folder)).eval()
    body.load_state_dict(bare)
    expected = []
    for item in ITEMS:
        with torch.inference_mode():
            state = body(input_ids=torch.tensor([ids_of(item)])).last_hidden_state[0, -1]
        inner = torch.relu(tensors["score.0.weight"] @ state + tensors["score.0.bias"])
        expected.append(float((tensors["score.2.weight"] @ inner + tensors["score.2.bias"])[0]))
    assert max(expected) - min(expected) > 0.1
    assert scores(folder) == pytest.approx(expected, rel=1e-4)


def test_a_process_reward_model_is_no_scalar_one(tmp_path):
    folder = kinds.save_qwen_head(tmp_path / "prm", "Qwen2ForProcessRewardModel", labels=2)
    with pytest.raises(ModelLoadError, match="has 2 outputs, but a reward model has one"):
        scores(folder)


# ------------------------------------------------------------------------------- trainers' folders


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """What TRL's RewardTrainer leaves at a checkpoint, beside model and tokenizer."""
    folder = tmp_path_factory.mktemp("run") / "checkpoint-10"
    tiny.save_classifier(folder, "qwen2", chat=True)
    for name in ("optimizer.pt", "scheduler.pt", "rng_state.pth", "training_args.bin"):
        (folder / name).write_bytes(b"not for us")
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": 10}))
    (folder / "README.md").write_text("# A model card")
    return folder


def test_a_trainer_s_checkpoint_is_a_model_and_what_it_needs_to_go_on_is_not(checkpoint, tmp_path):
    plain = tiny.save_classifier(tmp_path / "plain", "qwen2", chat=True)
    assert scores(checkpoint) == scores(plain)
    assert reward_model(f"hf:{checkpoint}").revision == reward_model(f"hf:{plain}").revision


def test_the_folder_above_names_its_checkpoints(checkpoint):
    with pytest.raises(ModelLoadError, match=r"no config\.json; it holds checkpoint-10: name one"):
        reward_model(f"hf:{checkpoint.parent}")


def test_a_head_under_another_name_is_refused_and_both_are_named(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = tiny.save_classifier(tmp_path / "model", "llama")
    path = folder / "model.safetensors"
    tensors = {name.replace("score.", "v_head."): one for name, one in load_file(path).items()}
    save_file(tensors, path, metadata={"format": "pt"})
    with pytest.raises(ModelLoadError, match=r"score\.weight would be random .*v_head\.weight"):
        scores(folder)


def test_batches_of_one_length_hold_everything_once():
    lengths = [3, 5, 3, 1, 5, 5, 3]
    batches = list(heads.even_batches(lengths, 10))
    assert sorted(index for batch in batches for index in batch) == list(range(7))
    assert all(len({lengths[index] for index in batch}) == 1 for batch in batches)
    assert all(sum(lengths[index] for index in batch) <= 10 for batch in batches)


def test_an_adapter_s_configuration_is_its_base_s(tmp_path):
    pytest.importorskip("peft", reason="the extra 'hf' is not installed")
    base = tiny.save_language_model(tmp_path / "base", "mistral")
    adapter = kinds.save_adapter(tmp_path / "adapter", base)
    assert models.config_of(models.locate(str(adapter)))["model_type"] == "mistral"
