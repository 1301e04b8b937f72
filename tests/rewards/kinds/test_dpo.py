"""`dpo:` against sums of log-probabilities worked from the library's own logits."""

import math

import kinds
import pytest
import tiny

from lcbrb.errors import ModelLoadError, UsageError
from lcbrb.protocols.reward import Item, PairSet
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.evaluation import evaluate
from lcbrb.rewards.kinds.dpo import split_models
from lcbrb.rewards.selection import Selection

torch = pytest.importorskip("torch", reason="the extra 'hf' is not installed")
pytest.importorskip("transformers", reason="the extra 'hf' is not installed")

CLOSE = 1e-4
ITEMS = [
    Item(prompt="Add two numbers.", response="Read both, add them, print the sum."),
    Item(prompt="Add two numbers.", response="M"),
    Item(prompt="", response="x"),
    Item(prompt="Print naïve words.", response="Encode as UTF-8 — then print 😀."),
]
LONG = Item(prompt="Count.", response="abcdefghij" * 40)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two language models of one tokenizer, and one without a chat template."""
    folder = tmp_path_factory.mktemp("models")
    return {
        "policy": tiny.save_language_model(folder / "policy", "llama", chat=True),
        "reference": tiny.save_language_model(folder / "reference", "llama", chat=True, seed=1),
        "plain": tiny.save_language_model(folder / "plain", "llama"),
    }


@pytest.fixture(scope="module")
def spec(made):
    return f"dpo:{made['policy']}+{made['reference']}"


def scores(spec, items=ITEMS):
    return reward_model(spec).score(items)


def log_likelihoods(folder, item, *, eos=True, chat=True, cut=None):
    """Of each token of the response, from one forward pass over the whole sequence."""
    from transformers import AutoModelForCausalLM

    words = tiny.tokenizer()
    head = (
        f"{tiny.BOS}[user]{item.prompt}{tiny.EOS}[assistant]"
        if chat
        else f"{tiny.BOS}{item.prompt}\n\n"
    )
    prompt, reply = (
        words(text, add_special_tokens=False)["input_ids"] for text in (head, item.response)
    )
    reply = [*reply, words.eos_token_id] if eos else reply
    ids = [*prompt, *reply][:cut]
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([ids])).logits[0].double()
    chosen = torch.log_softmax(logits, -1)[range(len(ids) - 1), ids[1:]]
    return chosen[len(prompt) - 1 :]


def ratios(made, item, **options):
    ours, theirs = (
        log_likelihoods(made[name], item, **options) for name in ("policy", "reference")
    )
    return ours - theirs


# ------------------------------------------------------------------------------- the right score


def test_the_reward_is_beta_times_the_sum_of_log_ratios(made, spec):
    expected = [0.1 * float(ratios(made, item).sum()) for item in ITEMS]
    assert max(expected) - min(expected) > 0.5
    assert scores(spec) == pytest.approx(expected, abs=CLOSE)


@pytest.mark.parametrize("batch_tokens", [1, 150, 5000])
def test_a_batch_changes_no_reward(spec, batch_tokens):
    found = scores(f"{spec}?batch_tokens={batch_tokens}", ITEMS[::-1])
    assert found[::-1] == pytest.approx(scores(spec), abs=CLOSE)


def test_beta_scales_and_average_divides_by_the_tokens(made, spec):
    expected = [2.5 * float(ratios(made, item).mean()) for item in ITEMS]
    assert scores(f"{spec}?beta=2.5&average=true") == pytest.approx(expected, abs=CLOSE)


def test_the_end_of_text_is_scored_unless_it_is_not_wanted(made, spec):
    expected = [0.1 * float(ratios(made, item, eos=False).sum()) for item in ITEMS]
    found = scores(f"{spec}?eos=false")
    assert found == pytest.approx(expected, abs=CLOSE)
    assert found != pytest.approx(scores(spec), abs=1e-2)


def test_a_policy_that_is_its_own_reference_rewards_nothing(made):
    found = scores(f"dpo:{made['policy']}+{made['policy']}")
    assert found == pytest.approx([0.0] * len(ITEMS), abs=CLOSE)


def test_sides_exchanged_change_the_sign(made, spec):
    found = scores(f"dpo:{made['reference']}+{made['policy']}")
    assert found == pytest.approx([-score for score in scores(spec)], abs=CLOSE)


@pytest.mark.parametrize(
    ("how", "of"),
    [
        ("avg", lambda one: float(one.mean())),
        ("sum", lambda one: float(one.sum())),
        ("norm", lambda one: -math.sqrt(float((one**2).sum()))),
    ],
)
def test_without_a_reference_it_is_rewardbench_s_score(made, how, of):
    expected = [of(log_likelihoods(made["policy"], item)) for item in ITEMS]
    spec = f"dpo:{made['policy']}?reference_free={how}"
    assert scores(spec) == pytest.approx(expected, abs=CLOSE)
    if how == "avg":
        assert scores(f"dpo:{made['policy']}") == pytest.approx(expected, abs=CLOSE)


def test_without_a_chat_template_the_prompt_ends_in_a_blank_line(made):
    expected = [float(log_likelihoods(made["plain"], item, chat=False).mean()) for item in ITEMS]
    assert scores(f"dpo:{made['plain']}") == pytest.approx(expected, abs=CLOSE)


def test_a_control_token_that_a_text_spells_out_is_text(made, spec):
    model = reward_model(spec)
    model.load()
    (tokens,) = model.tokens([Item(prompt="p", response=f"a{tiny.EOS}b")])
    ids, length = tokens.ids, sum(tokens.marks)
    words = model.tokenizer
    assert words.eos_token_id not in ids[-length:-1]
    assert length == len(f"a{tiny.EOS}b") + 1


def test_an_adapter_is_compared_with_its_base(made, tmp_path):
    pytest.importorskip("peft", reason="the extra 'hf' is not installed")
    adapter = kinds.save_adapter(tmp_path / "adapter", made["reference"], "CAUSAL_LM")
    kinds.edit(adapter, "adapter_config.json", base_model_name_or_path="/gone")
    spec = f"dpo:{adapter}+{made['reference']}?base={made['reference']}"
    found = scores(spec)
    alone = scores(f"dpo:{adapter}?base={made['reference']}&reference_free=sum")
    base = scores(f"dpo:{made['reference']}?reference_free=sum")
    expected = [0.1 * (a - b) for a, b in zip(alone, base, strict=True)]
    assert found == pytest.approx(expected, abs=CLOSE)
    assert max(map(abs, found)) > 0.1


def test_the_model_keeps_its_promises_and_names_what_it_is(made, spec):
    model = reward_model(spec)
    assert isinstance(model, RewardModel)
    assert model.bounds == (-math.inf, math.inf)
    assert reward_model(f"dpo:{made['policy']}").bounds == (-math.inf, 0.0)
    assert model.revision == " + ".join(
        reward_model(f"likelihood:{made[name]}").revision for name in ("policy", "reference")
    )
    assert model.identity == {
        "policy": str(made["policy"]),
        "reference": str(made["reference"]),
        "beta": 0.1,
        "average": False,
        "eos": True,
    }
    free = reward_model(f"dpo:{made['policy']}?reference_free=norm").identity
    assert free == {"policy": str(made["policy"]), "reference_free": "norm", "eos": True}


# ------------------------------------------------------------------------- too long, or nothing


def test_too_long_is_refused_or_cut_and_reported(made, spec):
    with pytest.raises(UsageError, match=rf"tokens, but the model takes {tiny.POSITIONS}"):
        scores(spec, [LONG])
    asked = reward_model(f"{spec}?truncation=right&max_length=100")
    assert asked.truncated([ITEMS[0], LONG]) == [False, True]
    expected = 0.1 * float(ratios(made, LONG, cut=100).sum())
    assert asked.score([ITEMS[0], LONG])[1] == pytest.approx(expected, abs=CLOSE)


def test_an_empty_response_has_no_reward_of_its_own(made, spec):
    empty = Item(prompt="?", response="")
    assert scores(spec, [empty]) == pytest.approx(
        [0.1 * float(ratios(made, empty).sum())], abs=CLOSE
    )
    first, nothing = scores(f"{spec}?eos=false", [ITEMS[0], empty])
    assert math.isnan(nothing)
    assert first == pytest.approx(scores(f"{spec}?eos=false", [ITEMS[0]])[0], abs=CLOSE)


# ---------------------------------------------------------------------------------- two of a kind


def test_models_of_different_tokenizers_are_refused(made, tmp_path):
    other = tiny.save_language_model(tmp_path / "other", "llama", chat=True)
    path = other / "tokenizer.json"
    text = path.read_text()
    path.write_text(
        text.replace('"!":', '"TEMP":').replace('"#":', '"!":').replace('"TEMP":', '"#":')
    )
    with pytest.raises(ModelLoadError, match=r"different tokenizers \('.' is \d+ in the reference"):
        scores(f"dpo:{made['policy']}+{other}")


def test_models_that_cut_a_text_differently_are_refused(made, tmp_path):
    other = tiny.save_language_model(tmp_path / "other", "llama", chat=True)
    path = other / "tokenizer.json"
    text = path.read_text().replace('"add_prefix_space": false', '"add_prefix_space": true')
    path.write_text(text)
    with pytest.raises(ModelLoadError, match="cut the same text differently"):
        scores(f"dpo:{made['policy']}+{other}")


def test_a_reference_with_fewer_tokens_than_the_texts_have_is_refused(made, tmp_path):
    small = tiny.save_language_model(tmp_path / "small", "llama", chat=True, vocab_size=100)
    with pytest.raises(ModelLoadError, match="has 100 tokens, but the texts contain others"):
        scores(f"dpo:{made['policy']}+{small}")


# ---------------------------------------------------------------------------------- what is asked


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("smollm2+org/name@v1", ("smollm2", "org/name@v1")),
        ("hf:org/a+hf:org/b", ("hf:org/a", "hf:org/b")),
        ("org/a", ("org/a", "")),
        ("./c++/a+org/b", None),
    ],
)
def test_policy_and_reference_are_taken_apart(target, expected):
    if expected is None:
        with pytest.raises(UsageError, match=r"which \+ separates the two"):
            split_models(target)
    else:
        assert split_models(target) == expected


def test_folders_may_have_a_plus_in_their_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("c++", "a+b"):
        (tmp_path / name).mkdir()
    assert split_models("a+b") == ("a+b", "")
    assert split_models("c+++a+b") == ("c++", "a+b")
    assert split_models("c+++smollm2") == ("c++", "smollm2")


@pytest.mark.parametrize("target", ["", "+", "a+", "+b"])
def test_half_a_pair_is_refused(target):
    with pytest.raises(UsageError, match=r"dpo needs a policy|is not POLICY"):
        reward_model(f"dpo:{target}")


@pytest.mark.parametrize(
    ("spec", "option", "words"),
    [
        ("dpo:org/a", "beta=0.1", "has no reference"),
        ("dpo:org/a", "average=true", "has no reference"),
        ("dpo:org/a", "reference_device=cpu", "has no reference"),
        ("dpo:org/a+org/b", "reference_free=avg", "has a reference"),
        ("dpo:org/a+org/b", "beta=0", "option 'beta'"),
        ("dpo:org/a+org/b", "beta=inf", "option 'beta'"),
        ("dpo:org/a", "reference_free=max", "option 'reference_free'"),
        ("dpo:org/a+org/b", "bata=1", "did you mean beta"),
    ],
)
def test_options_that_mean_nothing_are_refused_at_once(spec, option, words):
    with pytest.raises(UsageError, match=words):
        reward_model(f"{spec}?{option}")


def test_the_reference_may_stand_on_a_device_of_its_own(spec):
    model = reward_model(f"{spec}?device=cpu&reference_device=meta")
    assert (model.options.device, model.reference.options.device) == ("cpu", "meta")
    model.load()
    assert (model.model.device.type, model.reference.model.device.type) == ("cpu", "meta")


@pytest.mark.parametrize("models", [1, 2])
def test_padded_passes_are_counted_for_each_model(made, tmp_path, models):
    spec = "+".join([str(made["policy"]), str(made["reference"])][:models])
    pairs = [tiny.pair(f"p{i}", "Count. " * 2, "Count.") for i in range(8)]
    pair_set = PairSet(name="set", version="1", pairs=pairs)
    model = reward_model(f"dpo:{spec}?attention=padded")
    counts = evaluate(model, pair_set, Selection(total=8), tmp_path).record.counts
    items = [Item(prompt=pairs[0].prompt, response=text) for text in ("Count. " * 2, "Count.")]
    assert counts["tokens_naive"] == models * 8 * sum(model.prepare(items).lengths)
