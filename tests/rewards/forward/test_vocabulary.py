"""Log-probabilities of given tokens, against the model's own logits."""

import pytest
import tiny

from lcbrb.errors import ModelLoadError
from lcbrb.rewards.forward import hidden_states, vocabulary
from lcbrb.rewards.forward.options import ModelOptions
from lcbrb.rewards.forward.vocabulary import logit_head, token_log_likelihoods

torch = pytest.importorskip("torch", reason="the extra 'hf' is not installed")
pytest.importorskip("transformers", reason="the extra 'hf' is not installed")

HEADS = {"num_key_value_heads": 2, "head_dim": 8}
KINDS = {
    "llama": {},
    "gemma2": {**HEADS, "final_logit_softcapping": 2.0},
    "granite": {**HEADS, "logits_scaling": 3.0},
    "cohere": {**HEADS, "logit_scale": 0.2, "eos_token_id": 2, "bos_token_id": 0},
}
TEXTS = [[5, 6, 7, 8, 9], [5, 6, 7, 30], [3, 4], [100, *range(40)]]
FIRSTS = [2, 3, 1, 4]


def model_of(kind):
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(tiny.config(kind, **KINDS[kind])).eval()


def by_hand(model, ids, first):
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids])).logits[0].double()
    rated = torch.log_softmax(logits, -1)
    return torch.stack([rated[at - 1, ids[at]] for at in range(first, len(ids))])


@pytest.mark.parametrize("rows", [1, 7, 256])
@pytest.mark.parametrize("kind", KINDS)
def test_log_likelihoods_are_those_of_the_model_s_own_logits(kind, rows, monkeypatch):
    monkeypatch.setattr(vocabulary, "ROWS", rows)
    model = model_of(kind)
    found = dict(token_log_likelihoods(model, TEXTS, FIRSTS, ModelOptions()))
    assert sorted(found) == [0, 1, 2, 3]
    for index, one in found.items():
        expected = by_hand(model, TEXTS[index], FIRSTS[index])
        assert one.dtype == torch.float32
        assert one.tolist() == pytest.approx(expected.tolist(), abs=1e-4)


def test_a_sequence_with_nothing_to_rate_is_left_out():
    found = dict(token_log_likelihoods(model_of("llama"), [[1, 2], [3]], [2, 1], ModelOptions()))
    assert found == {}


def test_logits_made_in_an_unknown_way_are_refused():
    model = model_of("llama")
    assert logit_head(model)
    plain = model.forward
    model.forward = lambda **inputs: type("O", (), {"logits": plain(**inputs).logits * 2})
    with pytest.raises(ModelLoadError, match="in a way that lcbrb does not know"):
        logit_head(model)


def test_shared_prompts_are_computed_once(monkeypatch):
    model = model_of("llama")
    from lcbrb.rewards.forward import accounting

    prompt = list(range(50, 90))
    with accounting.tallying() as tally:
        texts = [[*prompt, reply] for reply in range(8)]
        list(token_log_likelihoods(model, texts, [40] * 8, ModelOptions()))
    assert tally.tokens["tokens_real"] == 8 * 41
    assert tally.tokens["tokens_computed"] == 40 + 8
    assert hidden_states.pass_of(model, ModelOptions()).note == ""
