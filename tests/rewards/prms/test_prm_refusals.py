"""Process reward models that can't be scored with: each is refused in one sentence."""

import kinds
import pytest

from lcbrb.errors import ModelLoadError, UsageError
from lcbrb.protocols.reward import Item
from lcbrb.rewards import reward_model

pytest.importorskip("torch", reason="the extra 'hf' is not installed")
pytest.importorskip("transformers", reason="the extra 'hf' is not installed")

ITEMS = [Item(prompt="Multiply.", response="Read both.\n\nMultiply.")]
EXTRA = "<extra_0>"


def test_a_language_model_must_say_its_layout(language_model):
    with pytest.raises(ModelLoadError, match=r"LlamaForCausalLM\) does not show .*\?layout=qwen"):
        reward_model(f"prm:{language_model}").score(ITEMS)


def test_a_token_that_the_tokenizer_lacks_is_named(trl):
    with pytest.raises(ModelLoadError, match=f"no token '{EXTRA}'"):
        reward_model(f"prm:{trl}?layout=qwen").score(ITEMS)


def test_models_of_another_shape_are_refused(tmp_path, language_model):
    three = kinds.save_step_model(tmp_path / "three", labels=3)
    with pytest.raises(ModelLoadError, match="has 3 labels per step"):
        reward_model(f"prm:{three}").score(ITEMS)
    bert = kinds.save_step_model(tmp_path / "bert", "bert")
    with pytest.raises(
        ModelLoadError, match="is a BertForTokenClassification; prm takes only causal"
    ):
        reward_model(f"prm:{bert}").score(ITEMS)
    with pytest.raises(ModelLoadError, match="no trained reward head"):
        reward_model(f"prm:{language_model}?layout=trl").score(ITEMS)


def test_words_that_are_one_token_can_not_be_told_apart(language_model):
    with pytest.raises(UsageError, match="are the same token"):
        reward_model(f"prm:{language_model}?layout=shepherd&good=-&bad=-").score(ITEMS)


@pytest.mark.parametrize("layout", ["shepherd", "rlhflow"])
@pytest.mark.parametrize(
    ("options", "words"),
    [("good=yes", "good 'yes' is 3 tokens"), ("bad=é", "bad 'é' is 2"), ("good=", "good '' is 0")],
)
def test_words_of_several_tokens_are_refused(language_model, layout, options, words):
    with pytest.raises(UsageError, match=f"{words}.* single token: give a word"):
        reward_model(f"prm:{language_model}?layout={layout}&{options}").score(ITEMS)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("prm", "prm needs a model"),
        ("prm:likelihood:", "prm needs a model"),
        ("prm:likelihood:org/a?layout=trl", "two layouts, likelihood and trl"),
        ("prm:org/a?steps=marker", "must be used together"),
        ("prm:org/a?marker=x", "must be used together"),
        ("prm:org/a?layout=owen", "option 'layout'"),
        ("prm:org/a?aggregate=max", "option 'aggregate'"),
        ("prm:org/a?agregate=min", "did you mean aggregate"),
        (
            "prm:org/a?layout=trl&good=x",
            "good can be used with layout=rlhflow, shepherd, and not wi",
        ),
        (
            "prm:org/a?layout=qwen&bad=x",
            "bad can be used with layout=rlhflow, shepherd, and not with",
        ),
        ("prm:org/a?good=x", "good can be used with .* not with auto"),
        ("prm:likelihood:org/a?bad=x", "bad can be used with .* not with likelihood"),
        (
            "prm:org/a?layout=rlhflow&step_end=x",
            "step_end can be used with layout=likelihood, qwen, s",
        ),
    ],
)
def test_options_that_do_not_fit_are_refused_at_once(spec, words):
    with pytest.raises(UsageError, match=words):
        reward_model(spec)
