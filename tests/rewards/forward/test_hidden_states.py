"""The shared forward pass: packed, padded, in any batch and order, it gives the model's own numbers."""

import gc

import pytest
import tiny
from hypothesis import HealthCheck, given, settings, strategies as st

from lcbrb.errors import SetupError
from lcbrb.rewards.forward import accounting, hidden_states
from lcbrb.rewards.forward.options import ModelOptions
from lcbrb.rewards.forward.tree_attention import Attention

torch = pytest.importorskip("torch", reason="the extra 'hf' is not installed")
pytest.importorskip("transformers", reason="the extra 'hf' is not installed")

CLOSE = 1e-4  # relative to the largest value
# one architecture each way of attending: windows shorter than the texts, some layers or all, caps
KINDS = {
    "llama": {},
    "qwen2": {},
    "qwen2-window": {"use_sliding_window": True, "sliding_window": 7, "max_window_layers": 1},
    "qwen3": {"num_key_value_heads": 2, "head_dim": 8},
    "gemma": {},
    "gemma2": {"num_key_value_heads": 2, "head_dim": 8, "sliding_window": 6},
    "gemma3_text": {
        "num_key_value_heads": 2,
        "head_dim": 8,
        "num_hidden_layers": 6,
        "sliding_window": 5,
    },
    "mistral": {"sliding_window": 7},
    "gpt2": {"eos_token_id": 2, "bos_token_id": 0},
}
STEM = list(range(40, 60))
TEXTS = [
    [*STEM, 7, 8, 9],
    [*STEM, 7, 8, 10, 11],
    [*STEM, 5],
    STEM,
    [*STEM[:9], 4, 4],
    [3],
    [*range(100, 130)],
    [*STEM, 7, 8, 9],
]


@pytest.fixture(scope="module")
def models():
    """Random models, each made once."""
    made = {}

    def model(name, seed=0):
        from transformers import AutoModelForSequenceClassification

        if name not in made:
            config = tiny.config(name.removesuffix("-window"), pad_token_id=1, **KINDS[name])
            torch.manual_seed(seed)
            made[name] = AutoModelForSequenceClassification.from_config(config).eval()
        return made[name]

    return model


def rows_of(_index, rows):
    return rows


def last_states(model, texts, **options):
    hidden_states._PASSES.pop(model, None)
    places = [[len(one) - 1] for one in texts]
    found = dict(hidden_states.hidden_at(model, texts, places, ModelOptions(**options), rows_of))
    assert sorted(found) == list(range(len(texts)))
    return [found[i][0] for i in range(len(texts))]


def alone(model, ids):
    """The library's own way with one sequence: no batch, no padding, nothing of ours."""
    with torch.no_grad():
        return model.base_model(input_ids=torch.tensor([ids])).last_hidden_state[0]


def padded(model, texts, side):
    """The library's own way with a batch padded on one side."""
    width = max(map(len, texts))
    ids, mask = torch.ones(len(texts), width, dtype=torch.long), torch.zeros(len(texts), width)
    for row, one in enumerate(texts):
        where = slice(width - len(one), width) if side == "left" else slice(0, len(one))
        ids[row, where], mask[row, where] = torch.tensor(one), 1
    positions = (mask.cumsum(1) - 1).clamp(min=0).long()
    with torch.no_grad():
        states = model.base_model(
            input_ids=ids, attention_mask=mask.long(), position_ids=positions
        ).last_hidden_state
    ends = [width - 1 if side == "left" else len(one) - 1 for one in texts]
    return [states[row, end] for row, end in enumerate(ends)]


def same(found, expected):
    scale = max(float(one.abs().max()) for one in expected)
    return all(
        torch.allclose(one, other, rtol=0, atol=CLOSE * scale)
        for one, other in zip(found, expected, strict=True)
    )


@pytest.mark.parametrize("name", KINDS)
def test_packed_states_are_those_of_each_sequence_alone(models, name):
    model = models(name)
    expected = [alone(model, one)[-1] for one in TEXTS]
    assert not same(expected, [expected[0]] * len(TEXTS)), "too alike to tell a mix-up"
    for budget in (1, 30, 60, 5000):
        assert same(last_states(model, TEXTS, batch_tokens=budget), expected)
        backwards = last_states(model, TEXTS[::-1], batch_tokens=budget)
        assert same(backwards[::-1], expected)
        assert hidden_states.pass_of(model, ModelOptions()).attention is Attention.PATHS


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_packed_states_are_those_of_the_library_s_padded_batches(models, name, side):
    model = models(name)
    assert same(last_states(model, TEXTS), padded(model, TEXTS, side))


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.lists(st.integers(20, 22), min_size=1, max_size=12), min_size=1, max_size=6),
    budget=st.integers(1, 60),
)
def test_any_tree_in_any_batches_gives_the_same(models, name, texts, budget):
    model = models(name)
    expected = [alone(model, one)[-1] for one in texts]
    assert same(last_states(model, texts, batch_tokens=budget), expected)


@pytest.mark.parametrize("name", KINDS)
def test_padded_batches_give_the_same(models, name):
    model = models(name)
    expected = [alone(model, one)[-1] for one in TEXTS]
    for budget in (1, 60, 5000):
        options = {"attention": Attention.PADDED, "batch_tokens": budget}
        assert same(last_states(model, TEXTS, **options), expected)


@pytest.mark.filterwarnings("ignore:.*flex_attention.*")  # uncompiled, as on a CPU
@pytest.mark.parametrize("name", KINDS)
def test_flex_attention_gives_the_same(models, name):
    model = models(name)
    expected = [alone(model, one)[-1] for one in TEXTS]
    assert same(last_states(model, TEXTS, attention=Attention.FLEX), expected)
    assert hidden_states.pass_of(model, ModelOptions()).attention is Attention.FLEX


def test_states_at_any_places_in_the_order_asked(models):
    model = models("llama")
    places = [[0, 5, len(one) - 1, 2] if len(one) > 5 else [] for one in TEXTS]
    for index, rows in hidden_states.hidden_at(model, TEXTS, places, ModelOptions(), rows_of):
        expected = alone(model, TEXTS[index])[places[index]]
        assert rows.shape == (len(places[index]), 32)
        assert torch.allclose(rows, expected, atol=1e-3)


def test_the_model_attends_as_before_afterwards(models):
    model = models("llama")
    before = model.config._attn_implementation
    last_states(model, TEXTS)
    assert model.config._attn_implementation == before
    assert model.base_model.config._attn_implementation == before
    with pytest.raises(IndexError):  # a token past the table, in the midst of a packed pass
        last_states(model, [[1, 2, 99_999]])
    assert model.config._attn_implementation == before


# ------------------------------------------------------------------------------ falling back


class Stubborn(torch.nn.Module):
    """A model without the library's attention: the mean of the tokens so far."""

    def __init__(self):
        super().__init__()
        self.config = tiny.config("llama")
        self.table = torch.nn.Embedding(272, 8)

    @property
    def base_model(self):
        return self

    @property
    def device(self):
        return self.table.weight.device

    def forward(self, input_ids, attention_mask=None, position_ids=None, use_cache=None):
        from transformers.modeling_outputs import BaseModelOutput

        sums = self.table(input_ids).cumsum(1)
        return BaseModelOutput(last_hidden_state=sums / torch.arange(1, sums.shape[1] + 1)[:, None])


def test_a_model_that_can_t_be_packed_is_padded_and_says_so():
    model = Stubborn().eval()
    assert same(
        last_states(model, TEXTS, batch_tokens=60), [alone(model, one)[-1] for one in TEXTS]
    )
    state = hidden_states.pass_of(model, ModelOptions())
    assert state.attention is Attention.PADDED
    assert (
        "Stubborn can't process packed sequences (its attention layers work in a way" in state.note
    )
    with accounting.tallying() as tally:
        last_states(model, TEXTS)
    assert list(tally.notes) == [state.note]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda plan: plan.row.positions.__setitem__(slice(None), 0), "a trial differed by"),
        (lambda plan: plan.row.ends.__setitem__(slice(None), 0), "a trial differed by"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*flex_attention.*")
def test_a_wrong_number_in_the_trial_is_noticed(models, monkeypatch, change, why):
    """Whatever goes wrong in packing, the trial at the start is what keeps it from scores."""
    pack = hidden_states.trees.pack

    def broken(sequences):
        row = pack(sequences)
        change(type("P", (), {"row": row}))
        return row

    monkeypatch.setattr(hidden_states.trees, "pack", broken)
    options = ModelOptions(attention=Attention.FLEX)
    assert why in hidden_states._objection(models("llama").base_model, Attention.FLEX)
    assert hidden_states._choose(models("llama").base_model, options)[0] is Attention.PADDED


def test_a_window_that_no_layer_was_told_of_is_noticed(models, monkeypatch):
    model = models("llama")
    monkeypatch.setattr(model.config, "sliding_window", 4096, raising=False)
    assert "does not know" in hidden_states._objection(model.base_model, Attention.PATHS)


# --------------------------------------------------------------------------------- accounting


def test_tokens_are_counted(models):
    model = models("llama")
    pair = [[*STEM, 1, 2], [*STEM, 3]]
    plain = {"tokens_real": 43, "tokens_shared": 23}
    for options, computed in (
        ({}, 23),
        ({"batch_tokens": 22}, 43),  # in two batches nothing is shared
        ({"attention": Attention.PADDED}, 44),
    ):
        with accounting.tallying() as tally:
            last_states(model, pair, **options)
        assert tally.tokens == {**plain, "tokens_computed": computed}
        assert not tally.notes


def test_a_model_s_state_goes_with_it():
    model = Stubborn().eval()
    last_states(model, TEXTS)
    count = len(hidden_states._PASSES)
    del model
    gc.collect()
    assert len(hidden_states._PASSES) == count - 1


# ------------------------------------------------------------------------------ out of memory


class Cramped:
    """Lets a model run with so many tokens at once, else it is out of memory."""

    def __init__(self, model, monkeypatch, room):
        self.sizes = []
        plain = model.base_model.forward

        def limited(input_ids, **inputs):
            self.sizes.append(input_ids.numel())
            if input_ids.numel() > room:
                raise torch.OutOfMemoryError("CUDA out of memory.")
            return plain(input_ids=input_ids, **inputs)

        monkeypatch.setattr(model.base_model, "forward", limited)


@pytest.mark.parametrize("attention", [Attention.PATHS, Attention.PADDED])
def test_out_of_memory_halves_the_budget_and_changes_no_number(models, monkeypatch, attention):
    model = models("llama")
    expected = [alone(model, one)[-1] for one in TEXTS]
    last_states(model, TEXTS, attention=attention)
    with monkeypatch.context() as patched:
        cramped = Cramped(model, patched, room=50)
        places = [[len(one) - 1] for one in TEXTS]
        options = ModelOptions(attention=attention, batch_tokens=5000)
        with accounting.tallying() as tally:
            found = list(hidden_states.hidden_at(model, TEXTS, places, options, rows_of))
    assert sorted(index for index, _ in found) == list(range(len(TEXTS)))
    assert same([rows[0] for _, rows in sorted(found, key=lambda one: one[0])], expected)
    assert tally.tokens["out_of_memory"] == sum(size > 50 for size in cramped.sizes) > 0
    assert hidden_states.pass_of(model, options).budget.tokens < 5000


def test_a_sequence_that_never_fits_is_one_sentence(models, monkeypatch):
    model = models("llama")
    last_states(model, TEXTS)
    Cramped(model, monkeypatch, room=25)
    with pytest.raises(SetupError, match=r"one input of 30 tokens"):
        list(hidden_states.hidden_at(model, TEXTS, [[0]] * len(TEXTS), ModelOptions(), rows_of))


def test_a_head_that_is_out_of_memory_gets_smaller_batches_too(models):
    model, asked = models("llama"), []

    def read(index, rows):
        asked.append(index)
        if len(asked) == 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return index

    places = [[0]] * len(TEXTS)
    with accounting.tallying() as tally:
        found = list(hidden_states.hidden_at(model, TEXTS, places, ModelOptions(), read))
    assert sorted(found) == [(index, index) for index in range(len(TEXTS))]
    assert tally.tokens["out_of_memory"] == 1
