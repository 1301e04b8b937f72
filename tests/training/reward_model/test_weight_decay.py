"""Biases and normalisations are not decayed, by either trainer."""

import pytest
import torch
from tiny import config

from lcbrb.training.reward_model.weight_decay import decayed, groups


@pytest.mark.parametrize("kind", ["llama", "gemma", "bert", "roberta"])
def test_it_is_the_rule_of_the_library(kind):
    import transformers

    model = transformers.AutoModelForSequenceClassification.from_config(config(kind))
    theirs = transformers.Trainer.get_decay_parameter_names(None, model)
    assert sorted(decayed(model)) == sorted(theirs)
    assert 0 < len(decayed(model)) < len(list(model.parameters()))


def test_a_head_s_bias_keeps_what_it_has():
    head = torch.nn.Linear(3, 1)
    first = {name: weight.clone() for name, weight in head.named_parameters()}
    optimizer = torch.optim.AdamW(groups(head, 0.5), lr=0.1)
    for weight in head.parameters():
        weight.grad = torch.zeros_like(weight)
    optimizer.step()
    assert torch.equal(head.bias, first["bias"])
    assert torch.allclose(head.weight, first["weight"] * 0.95)
