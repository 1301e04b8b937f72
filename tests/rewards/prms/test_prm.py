"""`prm:` on tiny random models: each step's score from a forward pass of the test's own."""

import math

import kinds
import pytest
import tiny

from lcbrb.errors import BadScoreError, ModelLoadError, NothingLeftError, UsageError
from lcbrb.protocols.reward import Item, PairSet
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.evaluation import evaluate
from lcbrb.rewards.pair_scores import score_portion
from lcbrb.rewards.prms.layouts import Layout, lay_out
from lcbrb.rewards.selection import Selection

torch = pytest.importorskip("torch", reason="the extra 'hf' is not installed")
pytest.importorskip("transformers", reason="the extra 'hf' is not installed")

CLOSE = 1e-5
STEPS = {
    "Add two numbers.": ["Read both.", "Add them — naïvely.", "Print the sum."],
    "Multiply.": ["Read both.", "Multiply."],
    "?": ["x"],
}
ITEMS = [Item(prompt=prompt, response="\n\n".join(steps)) for prompt, steps in STEPS.items()]
EXTRA = "<extra_0>"


def ids(text):
    return tiny.tokenizer()(text, add_special_tokens=False)["input_ids"]


def probability(logits):
    """That the second label is right; with one label, that it is."""
    logits = logits.double()
    return float(torch.softmax(logits, -1)[1] if len(logits) > 1 else torch.sigmoid(logits[0]))


def at_places(model, sequence, places):
    """Logits at places, from one pass over the whole sequence: no batch, no padding."""
    with torch.inference_mode():
        output = model(input_ids=torch.tensor([sequence])).logits[0]
    return [output[place] for place in places]


def laid_out(head, steps, end):
    """Ids and places of a prompt, steps, and what stands behind each."""
    sequence, places = list(head), []
    for step in steps:
        sequence += [*ids(step), *end]
        places.append(len(sequence) - 1)
    return sequence, places


def logs_of_steps(model, items):
    return model.step_scores(model.prepare(items))


def step_scores(spec, items=ITEMS):
    found = logs_of_steps(reward_model(spec), items)
    return [[math.exp(one) for one in steps] for steps in found]


def close(found, expected):
    assert [len(steps) for steps in found] == [len(steps) for steps in expected]
    flat = [score for steps in expected for score in steps]
    assert max(flat) - min(flat) > 0.01, "too alike to tell a mix-up from rounding"
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, abs=CLOSE)


# --------------------------------------------------------------------------------------- layouts


def trl_by_hand(folder, end="\n"):
    from transformers import AutoModelForTokenClassification

    model = AutoModelForTokenClassification.from_pretrained(folder).eval()
    found = []
    for prompt, steps in STEPS.items():
        sequence, places = laid_out(ids(f"{tiny.BOS}{prompt}"), steps, ids(end))
        found.append([probability(one) for one in at_places(model, sequence, places)])
    return found


@pytest.mark.parametrize("batch_tokens", [1, 5000])
def test_trl_s_model_is_read_at_the_separator_s_last_token(trl, batch_tokens):
    close(step_scores(f"prm:{trl}?batch_tokens={batch_tokens}"), trl_by_hand(trl))


def test_the_separator_is_the_one_that_the_model_was_trained_with(trl):
    close(step_scores(f"prm:{trl}?step_end=\\n\\n--\\n"), trl_by_hand(trl, "\n\n--\n"))


def test_one_label_is_a_probability_too(tmp_path):
    folder = kinds.save_step_model(tmp_path / "one", labels=1)
    close(step_scores(f"prm:{folder}?layout=trl"), trl_by_hand(folder))


def test_qwen_s_model_is_read_at_its_own_token(tmp_path):
    from safetensors.torch import load_file
    from transformers import Qwen2Model

    folder = kinds.save_qwen_head(tmp_path / "prm", "Qwen2ForProcessRewardModel", labels=2)
    extra = kinds.add_token(folder, EXTRA)
    tensors = load_file(folder / "model.safetensors")
    body = Qwen2Model(Qwen2Model.config_class.from_pretrained(folder)).eval()
    bare = {
        name.removeprefix("model."): one for name, one in tensors.items() if "score" not in name
    }
    body.load_state_dict(bare)
    expected = []
    for prompt, steps in STEPS.items():
        head = ids(f"{tiny.BOS}[user]{prompt}{tiny.EOS}[assistant]")
        sequence, places = laid_out(head, steps, [extra])
        with torch.inference_mode():
            states = body(input_ids=torch.tensor([sequence])).last_hidden_state[0, places]
        inner = torch.relu(states @ tensors["score.0.weight"].T + tensors["score.0.bias"])
        logits = inner @ tensors["score.2.weight"].T + tensors["score.2.bias"]
        expected.append([probability(one) for one in logits])
    close(step_scores(f"prm:{folder}"), expected)


def test_math_shepherd_s_model_is_read_by_two_words_at_its_tag(language_model):
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(language_model).eval()
    (good,), (bad,) = ids("+"), ids("-")
    expected = []
    for prompt, steps in STEPS.items():
        text, places = f"{tiny.BOS}{prompt} ", []
        for step in steps:
            text += f"{step} ки"
            places.append(len(ids(text)) - 1)
            text += "\n"
        logits = at_places(model, ids(text), places)
        expected.append([probability(one[[bad, good]]) for one in logits])
    close(step_scores(f"prm:{language_model}?layout=shepherd"), expected)
    swapped = step_scores(f"prm:{language_model}?layout=shepherd&good=-&bad=+")
    close([[1 - score for score in steps] for steps in swapped], expected)


def test_rlhflow_s_model_is_read_where_it_replies(language_model):
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(language_model).eval()
    (good,), (bad,) = ids("+"), ids("-")
    expected = []
    for prompt, steps in STEPS.items():
        text, places = tiny.BOS, []
        for step in steps:
            text += f"[user]{prompt} {step}" if text == tiny.BOS else f"[user]{step}"
            places.append(len(ids(f"{text}{tiny.EOS}[assistant]")) - 1)
            text += f"{tiny.EOS}[assistant]+{tiny.EOS}"
        expected.append([])
        for one in at_places(model, ids(text), places):
            expected[-1].append(probability(one[[bad, good]]))
    close(step_scores(f"prm:{language_model}?layout=rlhflow"), expected)


def test_turns_need_a_chat_template(tmp_path):
    plain = tiny.save_language_model(tmp_path / "plain", "llama")
    with pytest.raises(ModelLoadError, match="no chat template"):
        step_scores(f"prm:{plain}?layout=rlhflow")


def test_a_likelihood_of_steps_is_their_tokens_geometric_mean(language_model):
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(language_model).eval()
    expected = []
    for prompt, steps in STEPS.items():
        sequence = ids(f"{tiny.BOS}[user]{prompt}{tiny.EOS}[assistant]")
        found = []
        for step in steps:
            own = ids(f"{step}\n")
            begin, sequence = len(sequence), [*sequence, *own]
            logits = at_places(model, sequence, range(begin - 1, len(sequence) - 1))
            chances = [
                torch.softmax(one.double(), -1)[i] for one, i in zip(logits, own, strict=True)
            ]
            found.append(math.prod(map(float, chances)) ** (1 / len(own)))
        expected.append(found)
    spec = f"prm:likelihood:{language_model}"
    found = step_scores(spec)
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-3)
    assert step_scores(f"prm:{language_model}?layout=likelihood") == found


def test_a_model_with_code_of_its_own_is_read_where_its_layout_says(tmp_path, monkeypatch):
    from safetensors.torch import load_file

    code = tmp_path / "code"
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(code))
    monkeypatch.syspath_prepend(code)
    folder = kinds.save_own_code(tmp_path / "own", kinds.OWN_STEPS, name="steps")
    tensors = load_file(folder / "model.safetensors")
    expected = []
    for prompt, steps in STEPS.items():
        sequence, places = laid_out(ids(f"{tiny.BOS}{prompt}"), steps, ids("\n"))
        states = tensors["words.weight"][sequence].cumsum(0)
        logits = states @ tensors["last.weight"].T + tensors["last.bias"]
        expected.append([probability(logits[place][:2]) for place in places])
    close(step_scores(f"prm:{folder}?layout=trl&trust_remote_code=true"), expected)
    with pytest.raises(ModelLoadError, match=r"\?trust_remote_code=true"):
        step_scores(f"prm:{folder}?layout=trl")


def test_an_adapter_with_its_head_is_a_process_reward_model(tmp_path, language_model):
    pytest.importorskip("peft", reason="the extra 'hf' is not installed")
    folder = kinds.save_adapter(tmp_path / "adapter", language_model, "TOKEN_CLS")
    with pytest.raises(ModelLoadError, match=r"set \?layout="):
        step_scores(f"prm:{folder}")
    found = step_scores(f"prm:{folder}?layout=trl")
    assert [len(steps) for steps in found] == [len(steps) for steps in STEPS.values()]
    kinds.drop_tensors(folder, "score")
    with pytest.raises(ModelLoadError, match="would be random"):
        step_scores(f"prm:{folder}?layout=trl")


@pytest.mark.parametrize("layout", [one for one in Layout if one is not Layout.AUTO])
def test_a_tag_or_token_that_a_text_spells_out_makes_no_step(layout, tmp_path):
    import transformers

    folder = tiny.save_language_model(tmp_path / "lm", "llama", chat=True)
    extra = kinds.add_token(folder, EXTRA)
    words = transformers.AutoTokenizer.from_pretrained(folder)
    end = {"qwen": EXTRA, "shepherd": "ки", "rlhflow": tiny.EOS}.get(layout.value, "\n")
    steps = [f"one {end} and {EXTRA}{tiny.EOS} still one", "two"]
    laid = lay_out(words, f"p {end}", steps, layout, end)
    assert laid.parts == laid.parts_left == 2
    assert laid.ids.count(extra) == (2 if layout is Layout.QWEN else 0)
    template_s = {"rlhflow": 3, "qwen": 1, "likelihood": 1}  # the ends of turns
    assert laid.ids.count(words.eos_token_id) == template_s.get(layout.value, 0)
    if layout is not Layout.LIKELIHOOD:
        assert [mark for mark in laid.marks if mark] == [1, 2]


# ------------------------------------------------------------------------------ the reward


@pytest.mark.parametrize(
    ("how", "of"),
    [
        ("min", min),
        ("last", lambda steps: steps[-1]),
        ("mean", lambda steps: sum(steps) / len(steps)),
        ("product", lambda steps: math.log(math.prod(steps))),
    ],
)
def test_steps_are_put_together_as_asked_and_the_record_says_how(trl, how, of):
    model = reward_model(f"prm:{trl}?aggregate={how}")
    assert model.score(ITEMS) == pytest.approx([of(steps) for steps in trl_by_hand(trl)], abs=1e-4)
    assert model.identity == {
        "layout": "trl",
        "steps": "auto",
        "step_end": "\n",
        "aggregate": how,
    }
    assert model.bounds == ((-math.inf, 0.0) if how == "product" else (0.0, 1.0))


def test_the_model_keeps_its_promises(trl):
    model = reward_model(f"prm:{trl}")
    assert isinstance(model, RewardModel)
    assert model.revision.startswith("files:")
    assert model.score(ITEMS[::-1]) == pytest.approx(model.score(ITEMS)[::-1], abs=CLOSE)
    marked = reward_model(f"prm:{trl}?steps=marker&marker=\\n\\n").identity
    assert (marked["steps"], marked["marker"]) == ("marker", "\n\n")


def test_the_way_of_splitting_decides_what_a_step_is(trl):
    lines = [Item(prompt="?", response="a\nb\n\nc"), Item(prompt="?", response="a; b")]
    for steps, expected in (("auto", [2, 1]), ("lines", [3, 1]), ("marker&marker=;", [1, 2])):
        found = logs_of_steps(reward_model(f"prm:{trl}?steps={steps}"), lines)
        assert [len(one) for one in found] == expected


def test_a_pair_keeps_what_is_said_of_each_step_of_its_rejected_side(trl, language_model):
    pair = tiny.pair("p", chosen="a", rejected="a\n\nb\n\nc")
    model = reward_model(f"prm:{trl}")
    (line,) = score_portion(model, [pair])
    (logs,) = logs_of_steps(model, [Item(prompt=pair.prompt, response=pair.rejected)])
    assert line.rejected_steps == pytest.approx([math.exp(one) for one in logs], abs=CLOSE)
    assert len(line.rejected_steps) == 3
    assert line.rejected_score == pytest.approx(min(line.rejected_steps), abs=CLOSE)
    (line,) = score_portion(reward_model(f"prm:likelihood:{language_model}"), [pair])
    assert line.rejected_steps == ()  # what a language model says of a step is no such probability


def test_no_step_is_no_score_and_spoils_no_other(trl):
    found = reward_model(f"prm:{trl}").score([ITEMS[0], Item(prompt="?", response=" \n"), ITEMS[1]])
    assert math.isnan(found[1])
    assert [found[0], found[2]] == pytest.approx(reward_model(f"prm:{trl}").score(ITEMS[:2]))


def test_no_step_stops_an_evaluation_with_one_sentence(trl, tmp_path):
    pairs = PairSet(name="some", version="1", pairs=[tiny.pair("p", rejected=" ")])
    with pytest.raises(BadScoreError, match=r"the rejected side of pair .* as nan"):
        evaluate(reward_model(f"prm:{trl}"), pairs, Selection(total=1), tmp_path)


# ------------------------------------------------------------------------------------ too long

LONG = Item(prompt="Count.", response="\n\n".join(["abcdefghi"] * 40))


@pytest.mark.parametrize("layout", ["trl", "likelihood"])
def test_too_long_is_refused_or_loses_the_steps_that_are_cut(trl, language_model, layout):
    spec = f"prm:{trl}" if layout == "trl" else f"prm:likelihood:{language_model}"
    with pytest.raises(UsageError, match=rf"tokens, but the model takes {tiny.POSITIONS}"):
        reward_model(spec).score([LONG])
    asked = reward_model(f"{spec}?truncation=right&max_length=100")
    assert asked.truncated([ITEMS[2], LONG]) == [False, True]
    (short,), cut = logs_of_steps(asked, [ITEMS[2], LONG])
    (whole,) = logs_of_steps(reward_model(spec), [ITEMS[2]])
    assert [short] == pytest.approx(whole, abs=CLOSE)
    assert 3 < len(cut) < 12
    (fewer,) = logs_of_steps(
        reward_model(spec), [Item(prompt=LONG.prompt, response="\n\n".join(["abcdefghi"] * 3))]
    )
    assert cut[:3] == pytest.approx(fewer, abs=CLOSE)


def test_a_cut_that_leaves_no_step_leaves_no_score(trl):
    late = Item(prompt="x" * 300, response="late")
    with pytest.raises(NothingLeftError, match=f"cut to {tiny.POSITIONS} tokens"):
        reward_model(f"prm:{trl}?truncation=right").score([late])
    assert math.isfinite(reward_model(f"prm:{trl}?truncation=left").score([late])[0])


def test_words_of_one_s_own_are_read_as_replies_too(language_model):
    first = step_scores(f"prm:{language_model}?layout=rlhflow&good=Y&bad=N")
    swapped = step_scores(f"prm:{language_model}?layout=rlhflow&good=N&bad=Y")
    close([[1 - score for score in steps] for steps in swapped], first)
    assert first != step_scores(f"prm:{language_model}?layout=rlhflow")
