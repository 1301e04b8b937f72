"""Positions that change with the longest input: kept from leaking from one text into another."""

import pytest
import tiny

from lcbrb.rewards.forward import hidden_states, rope
from lcbrb.rewards.forward.options import ModelOptions

torch = pytest.importorskip("torch", reason="the extra 'hf' is not installed")
pytest.importorskip("transformers", reason="the extra 'hf' is not installed")

SHORT, LONG = [5, 6, 7, 8], [9, *range(20, 50)]
LONGER = [*LONG, *range(60, 80)]
KINDS = {
    "longrope": {
        "rope_type": "longrope",
        "rope_theta": 1e4,
        "short_factor": [1.0] * 4,
        "long_factor": [9.0] * 4,
        "original_max_position_embeddings": 16,
    },
    "dynamic": {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 8.0},
}


def model_of(name):
    from transformers import AutoModelForCausalLM

    positions = 16 if name == "dynamic" else 256
    fields = {"rope_parameters": KINDS[name], "max_position_embeddings": positions}
    if name == "longrope":
        fields["original_max_position_embeddings"] = 16
    torch.manual_seed(0)
    kind = "phi3" if name == "longrope" else "llama"
    config = tiny.config(
        kind, **fields, num_key_value_heads=2, pad_token_id=0, bos_token_id=0, eos_token_id=2
    )
    return AutoModelForCausalLM.from_config(config).eval()


def fresh(name, ids):
    """What a model that has seen nothing else makes of one sequence."""
    with torch.no_grad():
        return model_of(name).base_model(input_ids=torch.tensor([ids])).last_hidden_state[0, -1]


@pytest.mark.parametrize("attention", [None, "padded"])
@pytest.mark.parametrize("name", KINDS)
def test_a_text_is_read_as_if_it_were_alone(name, attention):
    texts = [LONGER, SHORT, LONG, [*SHORT, 9], LONGER[:-1]]
    model, options = model_of(name), ModelOptions(attention=attention)
    expected = [fresh(name, ids) for ids in texts]
    for _ in range(2):  # what the first call leaves behind must not show in the second
        last = [[len(ids) - 1] for ids in texts]
        for index, rows in hidden_states.hidden_at(model, texts, last, options, lambda _, row: row):
            assert torch.allclose(
                rows[0], expected[index], atol=1e-4 * float(expected[index].abs().max())
            )


@pytest.mark.parametrize("name", KINDS)
def test_the_longest_does_change_the_others_in_the_library(name):
    """Else the test above would hold without any care."""
    first = SHORT if name == "longrope" else LONG
    ids = torch.tensor([first + [0] * (71 - len(first)), [*range(3, 74)]])
    with torch.no_grad():
        beside = model_of(name).base_model(input_ids=ids).last_hidden_state[0, len(first) - 1]
    assert float((beside - fresh(name, first)).abs().max()) > 1e-2


def test_groups():
    lengths = [10, 40, 16, 60, 40, 17]
    assert rope.regimes(model_of("longrope"), lengths) == [[0, 2], [1, 3, 4, 5]]
    assert rope.regimes(model_of("dynamic"), lengths) == [[0, 2], [1, 4], [3], [5]]
    from transformers import AutoModelForCausalLM

    plain = AutoModelForCausalLM.from_config(tiny.config("llama"))
    assert rope.regimes(plain, lengths) == [list(range(6))]
