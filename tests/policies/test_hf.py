"""`hf:`: batches that change no sample, shared prompts, where replies end, forms of prompts."""

import kinds
import pytest
import tiny
from hypothesis import given, settings, strategies as st

from lcbrb.errors import ModelLoadError, UsageError
from lcbrb.policies.hf import from_spec
from lcbrb.policies.rendering import drops_special
from lcbrb.protocols.policy import Ask
from lcbrb.protocols.progress import METER
from lcbrb.registry import parse_spec
from lcbrb.replies.reasoning import split_reply
from lcbrb.types import Message, Prompt, PromptForm, Sampling, StopReason

torch = pytest.importorskip("torch", reason="the extra 'hf' is not installed")
pytest.importorskip("transformers", reason="the extra 'hf' is not installed")

WARM = Sampling(temperature=1.0, top_p=0.9, max_tokens=12, seed=5)
GREEDY = Sampling(temperature=0.0, max_tokens=12)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Random language models by architecture."""
    made = {}

    def folder(kind="llama", *, chat=False, **fields):
        key = kind, chat, *fields.items()
        if key not in made:
            path = tmp_path_factory.mktemp(kind)
            made[key] = tiny.save_language_model(path, kind, chat=chat, **fields)
        return made[key]

    return folder


def policy(folder, options=""):
    return from_spec(parse_spec(f"hf:{folder}?dtype=float32&device=cpu{options}"))


def ask(name, text, samples=(0,), **fields):
    given = {"raw": text, **fields}
    message = Message(role="user", content=text)
    return Ask(
        key=name, prompt=Prompt(messages=(message,), template="t@1", **given), samples=samples
    )


ASKS = [
    ask("short", "ab", (0, 1, 2, 3)),
    ask("long", "a much longer prompt, of many more tokens", (0, 2)),
    ask("middle", "one of some length", (0, 1, 2)),
]


def texts(made, asks, sampling):
    found = {
        (one.key, one.sample_index): one.generation.text for one in made.sample(asks, sampling)
    }
    assert set(found) == {(one.key, index) for one in asks for index in one.samples}
    return found


def likeliest(made, one, count=12):
    """The tokens that follow a prompt, one forward pass each."""
    ids = made.tokenizer(one.prompt.raw, return_tensors="pt").input_ids
    for _ in range(count):
        following = made._model(input_ids=ids).logits[:, -1:].argmax(-1)
        ids = torch.cat([ids, following], dim=1)
    return ids[0, -count:].tolist()


# ------------------------------------------------------------------------------------ batches


@pytest.mark.parametrize("kind", tiny.DECODERS)
@pytest.mark.parametrize("sampling", [WARM, GREEDY], ids=["warm", "greedy"])
def test_a_sample_does_not_depend_on_its_batch(folders, kind, sampling):
    folder = folders(kind)
    together = texts(policy(folder), ASKS, sampling)
    small = texts(policy(folder, "&batch_tokens=60"), ASKS, sampling)
    alone = {}
    for one in ASKS:
        for index in one.samples:
            single = Ask(key=one.key, prompt=one.prompt, samples=(index,))
            alone |= texts(policy(folder), [single], sampling)
    assert together == small == alone


def test_greedy_is_what_generate_gives(folders):
    made = policy(folders())
    found = texts(made, [ASKS[1]], GREEDY)["long", 0]
    expected = made.tokenizer.decode(likeliest(made, ASKS[1]), skip_special_tokens=True)
    assert found == expected


def test_samples_and_seeds_differ_and_come_again(folders):
    made = policy(folders())
    first = texts(made, [ASKS[0]], WARM)
    assert len(set(first.values())) == 4
    assert texts(made, [ASKS[0]], WARM) == first
    other = Sampling(temperature=1.0, top_p=0.9, max_tokens=12, seed=6)
    assert texts(made, [ASKS[0]], other) != first


def test_rows_that_end_are_given_out_and_dropped_while_others_go_on(folders):
    made = policy(folders())
    asks = [ask("p", "ab", tuple(range(16)), stop=tuple("abcdefghijklmnopqrstuvwxyz"))]
    found = list(made.sample(asks, WARM))
    lengths = [one.generation.completion_tokens for one in found]
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 4, "they should end at different times"
    alone = policy(folders(), "&batch_tokens=1")
    again = {one.sample_index: one.generation for one in alone.sample(asks, WARM)}
    assert {one.sample_index: one.generation.text for one in found} == {
        index: generation.text for index, generation in again.items()
    }


def test_who_stops_reading_stops_the_model(folders):
    made = policy(folders())
    samples = made.sample([ask("p", "ab", (0, 1, 2))], Sampling(max_tokens=200))
    next(samples)
    samples.close()  # waits for the thread that decodes


# ------------------------------------------------------------------------------- where it ends


def test_a_reply_says_why_it_ended_and_what_it_cost(folders):
    before = METER.tokens
    (found,) = policy(folders()).sample([ask("p", "ab")], GREEDY)
    assert METER.tokens - before == 12
    generation = found.generation
    assert generation.stop_reason is StopReason.LENGTH
    assert (generation.prompt_tokens, generation.completion_tokens) == (3, 12)
    assert generation.form is PromptForm.RAW
    assert generation.latency_s >= 0


def test_a_stop_string_ends_a_reply_and_is_not_in_it(folders):
    made = policy(folders())
    (whole,) = made.sample([ask("p", "ab")], GREEDY)
    text = whole.generation.text
    stop = next(text[i : i + 2] for i in range(2, 9) if text[i : i + 2].isascii())
    (cut,) = made.sample([ask("p", "ab", stop=(stop,))], GREEDY)
    assert cut.generation.text == text[: text.index(stop)]
    assert cut.generation.stop_reason is StopReason.END
    assert cut.generation.completion_tokens < 12


def test_an_end_token_ends_a_reply(folders):
    made = policy(folders())
    ids = likeliest(made, ask("p", "ab"))
    made._model.generation_config.eos_token_id = [ids[3]]
    (cut,) = made.sample([ask("p", "ab")], GREEDY)
    assert cut.generation.stop_reason is StopReason.END
    assert cut.generation.completion_tokens == ids.index(ids[3]) + 1


def test_a_prompt_that_fills_the_context_is_truncated_and_others_are_not(folders):
    long = "x" * tiny.POSITIONS
    near = "x" * (tiny.POSITIONS - 5)
    found = {
        one.key: one.generation
        for one in policy(folders()).sample([ask("long", long), ask("near", near)], GREEDY)
    }
    assert (found["long"].text, found["long"].stop_reason) == ("", StopReason.LENGTH)
    assert found["near"].completion_tokens == 4


# -------------------------------------------------------------------------------------- forms


def test_a_chat_model_is_asked_by_its_template_and_a_base_model_goes_on(folders, monkeypatch):
    one = ask("p", "Say it.", raw="It is ")
    (chat,) = policy(folders(chat=True)).sample([one], GREEDY)
    assert chat.generation.form is PromptForm.CHAT
    assert chat.generation.prompt_tokens == len("[user]Say it.[assistant]") + 2
    (raw,) = policy(folders(chat=True), "&form=raw").sample([one], GREEDY)
    assert raw.generation.prompt_tokens == len("It is ") + 1
    with pytest.raises(UsageError, match="no chat template"):
        list(policy(folders(), "&form=chat").sample([one], GREEDY))


def test_reasoning_that_the_template_opens_belongs_to_the_reply(folders):
    made = policy(folders(chat=True))
    made.tokenizer.chat_template += "<think>\n"
    (found,) = made.sample([ask("p", "Say it.")], GREEDY)
    assert found.generation.text.startswith("<think>")


@pytest.mark.parametrize(
    "opening", ["[THINK]", "<|channel|>analysis<|message|>", "\u25c1think\u25b7", "<seed:think>"]
)
def test_so_does_reasoning_in_any_format(folders, opening):
    made = policy(folders(chat=True))
    made.tokenizer.chat_template += opening
    (found,) = made.sample([ask("p", "Say it.")], GREEDY)
    assert found.generation.text.startswith(opening)
    assert split_reply(found.generation.text).answer is None


def test_special_tokens_are_kept_where_they_mark_reasoning():
    words = tiny.tokenizer()
    assert drops_special(words)
    words.add_special_tokens({"additional_special_tokens": ["[THINK]", "[/THINK]"]})
    assert not drops_special(words)
    harmony = tiny.tokenizer()
    harmony.add_special_tokens({"additional_special_tokens": ["<|channel|>", "<|end|>"]})
    assert not drops_special(harmony)


def test_what_can_not_be_used_is_refused(tmp_path):
    with pytest.raises(UsageError, match="hf needs a model"):
        from_spec(parse_spec("hf"))
    with pytest.raises(UsageError, match="smollm2 takes no name"):
        from_spec(parse_spec("smollm2:x"))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelLoadError):
        list(policy(tmp_path).sample([ask("p", "ab")], GREEDY))


def test_the_identity_names_the_weights(folders):
    identity = policy(folders()).identity
    assert identity["revision"].startswith("files:")
    assert identity["dtype"] == "float32"


# ------------------------------------------------------------------------------------ drawing

few = settings(max_examples=50)
logits = st.lists(st.floats(-5, 5), min_size=2, max_size=20)


@few
@given(logits, st.floats(0, 0.999), st.floats(0.05, 1), st.floats(0.2, 3))
def test_a_drawn_token_is_of_the_smallest_set_that_holds_top_p(scores, uniform, top_p, warmth):
    from lcbrb.policies.decoding import draw_tokens

    given_1_V = torch.tensor([scores], dtype=torch.float64).float()
    drawn = draw_tokens(given_1_V, torch.tensor([[uniform]]), warmth, top_p)
    probabilities = (given_1_V[0] / warmth).softmax(0)
    likelier = probabilities[probabilities > probabilities[drawn.item()]].sum()
    assert likelier < top_p + 1e-6


def test_tokens_are_drawn_as_often_as_they_are_likely():
    from lcbrb.policies.decoding import draw_tokens

    wanted = torch.tensor([0.5, 0.2, 0.3])
    uniform = torch.linspace(0, 1, 10_001)[:-1, None]
    drawn = draw_tokens(wanted.log().repeat(10_000, 1), uniform, 1.0, 1.0)
    shares = torch.bincount(drawn[:, 0], minlength=3) / 10_000
    assert torch.allclose(shares, wanted, atol=2e-4)
    kept = draw_tokens(wanted.log().repeat(10_000, 1), uniform, 1.0, 0.6)
    assert set(kept[:, 0].tolist()) == {0, 2}
    assert (kept[:, 0] == 0).float().mean() == pytest.approx(0.625, abs=1e-3)


def test_a_large_vocabulary_is_searched_as_a_small_one_is(monkeypatch):
    from lcbrb.policies import decoding

    scores = torch.randn(4, 3000, generator=torch.Generator().manual_seed(1)) * 3
    uniform = torch.tensor([[0.1], [0.4], [0.9], [0.999]])
    fast = decoding.draw_tokens(scores, uniform, 1.0, 0.95)
    monkeypatch.setattr(decoding, "_LIKELIEST", 3000)
    assert torch.equal(fast, decoding.draw_tokens(scores, uniform, 1.0, 0.95))


def test_an_adapter_is_sampled_as_the_model_that_it_is_merged_into(folders, tmp_path):
    pytest.importorskip("peft", reason="the extra 'hf' is not installed")
    adapter = kinds.save_adapter(tmp_path / "adapter", folders(), "CAUSAL_LM", words=False)
    adapted = policy(adapter)
    adapted._model.save_pretrained(tmp_path / "merged")
    tiny.tokenizer().save_pretrained(tmp_path / "merged")
    found = texts(adapted, ASKS[:1], GREEDY)
    assert found == texts(policy(tmp_path / "merged"), ASKS[:1], GREEDY)
    assert found != texts(policy(folders()), ASKS[:1], GREEDY)
    assert adapted.identity["revision"] != policy(folders()).identity["revision"]


def test_a_policy_loads_when_it_is_told_to(folders, monkeypatch):
    made = policy(folders())
    made.load()
    monkeypatch.setattr("lcbrb.models.load_causal", None)
    assert texts(made, ASKS[:1], GREEDY)
