"""`likelihood:` on tiny random models, against the sum of log-probabilities worked by hand."""

import math

import pytest
import tiny

from lcbrb.errors import BadScoreError, ModelLoadError, NothingLeftError, UsageError
from lcbrb.protocols.reward import Item, PairSet
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.evaluation import evaluate
from lcbrb.rewards.selection import Selection

torch = pytest.importorskip("torch", reason="the extra 'hf' is not installed")
pytest.importorskip("transformers", reason="the extra 'hf' is not installed")

CLOSE = 1e-5
ITEMS = [
    Item(prompt="Add two numbers.", response="Read both, add them, print the sum."),
    Item(prompt="Add two numbers.", response="M"),
    Item(prompt="", response="x"),
    Item(prompt="Sort a list of words by length." * 3, response="ab"),
    Item(prompt="?", response="Use a stable sort " * 8),
    Item(prompt="Print naïve words.", response="Encode as UTF-8 — then print 😀."),
]
LONG = Item(prompt="Count.", response="abcdefghij" * 40)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Folders of random language models, with and without a chat template."""
    made = {}

    def folder(kind="llama", *, chat=True):
        if (kind, chat) not in made:
            path = tmp_path_factory.mktemp(kind)
            made[kind, chat] = tiny.save_language_model(path, kind, chat=chat)
        return made[kind, chat]

    return folder


def scores(folder, items=ITEMS, options=""):
    return reward_model(f"likelihood:hf:{folder}{options}").score(items)


def load(folder):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return model.eval(), AutoTokenizer.from_pretrained(folder)


def tokens(words, item, *, chat):
    """Prompt and response as ids, laid out by hand."""
    if chat:
        prompt = f"{tiny.BOS}[user]{item.prompt}{tiny.EOS}[assistant]"
    else:
        prompt = f"{tiny.BOS}{item.prompt}\n\n"
    return [words(text, add_special_tokens=False)["input_ids"] for text in (prompt, item.response)]


def mean_log_likelihood(model, prompt, response):
    """Token by token from the full logits of the single sequence."""
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([[*prompt, *response]])).logits[0]
    log_probabilities = torch.log_softmax(logits.double(), dim=-1)
    found = [
        float(log_probabilities[len(prompt) + i - 1, token]) for i, token in enumerate(response)
    ]
    return sum(found) / len(found)


def by_hand(folder, item, *, chat):
    model, words = load(folder)
    return mean_log_likelihood(model, *tokens(words, item, chat=chat))


@pytest.mark.parametrize("chat", [True, False])
@pytest.mark.parametrize("kind", ["llama", "gemma"])
def test_a_score_is_the_mean_log_probability_of_the_response(models, kind, chat):
    folder = models(kind, chat=chat)
    expected = [by_hand(folder, item, chat=chat) for item in ITEMS]
    assert max(expected) - min(expected) > 0.1, "too alike to tell a mix-up from rounding"
    assert scores(folder) == pytest.approx(expected, abs=CLOSE)


@pytest.mark.parametrize("chat", [True, False])
def test_a_score_is_the_same_alone_in_a_batch_and_in_any_order(models, chat):
    folder = models(chat=chat)
    alone = scores(folder, options="?batch_tokens=1")
    for batch_tokens in (150, 5000):
        options = f"?batch_tokens={batch_tokens}"
        assert scores(folder, options=options) == pytest.approx(alone, abs=CLOSE)
        backwards = scores(folder, ITEMS[::-1], options)
        assert backwards[::-1] == pytest.approx(alone, abs=CLOSE)


def test_the_prompt_matters_and_the_response_is_what_is_scored(models):
    one, other = Item(prompt="a", response="same"), Item(prompt="b", response="same")
    first, second = scores(models(), [one, other])
    assert first != pytest.approx(second, abs=CLOSE)


def test_an_empty_response_has_no_likelihood_and_spoils_no_other(models):
    empty = Item(prompt="?", response="")
    first, nothing, last = scores(models(), [ITEMS[0], empty, ITEMS[1]])
    assert math.isnan(nothing)
    assert [first, last] == pytest.approx(scores(models(), ITEMS[:2]), abs=CLOSE)
    assert all(map(math.isnan, scores(models(), [empty, empty])))


def test_an_empty_response_stops_an_evaluation_with_one_sentence(models, tmp_path):
    pairs = PairSet(name="some", version="1", pairs=[tiny.pair("p", rejected="")])
    model = reward_model(f"likelihood:{models()}")
    with pytest.raises(BadScoreError, match=r"the rejected side of pair .* as nan"):
        evaluate(model, pairs, Selection(total=1), tmp_path)


def test_scores_keep_the_bounds_and_the_model_its_promises(models):
    model = reward_model(f"likelihood:{models()}")
    assert isinstance(model, RewardModel)
    assert model.bounds == (-math.inf, 0.0)
    assert all(type(score) is float and score < 0 for score in model.score(ITEMS))
    assert model.revision.startswith("files:")


# ----------------------------------------------------------------------------------- too long


def test_too_long_is_refused_by_default(models):
    with pytest.raises(UsageError, match=rf"tokens, but the model takes {tiny.POSITIONS}"):
        scores(models(), [LONG])
    assert reward_model(f"likelihood:{models()}").truncated([LONG]) == [False]


def kept_of(prompt, response, how):
    """What a cut to 100 tokens leaves: what is read, and what of it is scored."""
    return {
        "left": (prompt[:1], response[-99:]),  # behind the beginning of text
        "right": (prompt, response[: 100 - len(prompt)]),
        "keep-head-and-tail": (prompt, response[: 50 - len(prompt)] + response[-50:]),
    }[how]


@pytest.mark.parametrize("how", ["left", "right", "keep-head-and-tail"])
def test_too_long_is_cut_as_asked_scored_on_what_is_left_and_reported(models, how):
    model, words = load(models())
    kept_prompt, kept = kept_of(*tokens(words, LONG, chat=True), how)
    asked = reward_model(f"likelihood:{models()}?truncation={how}&max_length=100")
    assert len(kept_prompt) + len(kept) == 100
    expected = mean_log_likelihood(model, kept_prompt, kept)
    found = asked.score([ITEMS[1], LONG])
    assert found[1] == pytest.approx(expected, abs=CLOSE)
    assert found[0] == pytest.approx(scores(models(), [ITEMS[1]])[0], abs=CLOSE)
    assert asked.truncated([ITEMS[1], LONG]) == [False, True]


@pytest.mark.parametrize("kind", ["likelihood", "dpo", "prm:likelihood"])
def test_a_cut_that_leaves_nothing_of_a_response_names_the_pair(models, kind, tmp_path):
    late = tiny.pair("late", "late", "later", prompt="x" * 60)
    pairs = PairSet(name="some", version="1", pairs=[tiny.pair("p"), late])
    model = reward_model(f"{kind}:{models()}?truncation=right&max_length=40")
    told = rf"the chosen side of pair {late.id[:12]} \(problem late\): cut to 40 tokens, .*'late'"
    with pytest.raises(UsageError, match=told):
        evaluate(model, pairs, Selection(total=2), tmp_path)


def test_a_cut_that_leaves_nothing_of_the_response_is_no_score(models):
    late = Item(prompt="x" * 300, response="late")
    with pytest.raises(NothingLeftError, match=r"raise .*max_length") as caught:
        scores(models(), [late], "?truncation=right")
    assert caught.value.item == late
    assert math.isfinite(scores(models(), [late], "?truncation=left")[0])


# ------------------------------------------------------------------------------- what is no model


def test_a_broken_folder_is_one_sentence(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelLoadError, match=r"^the model .* did not load: "):
        scores(tmp_path)


def test_loading_and_scoring_say_nothing(models, capfd):
    scores(models(), [*ITEMS, LONG], "?truncation=left")
    assert "".join(capfd.readouterr()) == ""


# ------------------------------------------------------------------------------- the real thing


@pytest.mark.model
@pytest.mark.usefixtures("smollm2")
def test_smollm2_finds_sense_likelier_than_the_same_words_shuffled():
    prompt = "How do I find the largest number in a list?"
    sense = "Go through the list once and keep the largest number seen so far."
    shuffled = "Far list the so and through number once seen keep Go largest the."
    answers = [Item(prompt=prompt, response=text) for text in (sense, shuffled)]
    likely, unlikely = reward_model("likelihood:smollm2").score(answers)
    assert -4 < likely < -0.5
    assert likely > unlikely + 1
