"""The likelihood of a continuation: by hand, whatever the batch, and at the edges."""

import pytest
import tiny

from lcbrb.policies import POLICIES
from lcbrb.registry import parse_spec

torch = pytest.importorskip("torch")
TEXTS = [("One and", " two"), ("", "alone"), ("A longer beginning of it", "."), ("x ", "y")]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny.save_language_model(tmp_path_factory.mktemp("model"))


def policy(model, more=""):
    spec = parse_spec(f"hf:{model}?dtype=float32{more}")
    return POLICIES.load(spec.kind)(spec)


def by_hand(one, ids, length):
    """Token after token."""
    with torch.inference_mode():
        logits = one._model(torch.tensor([ids])).logits[0].log_softmax(-1)
    steps = range(len(ids) - length, len(ids))
    greedy = all(int(logits[at - 1].argmax()) == ids[at] for at in steps)
    return sum(float(logits[at - 1, ids[at]]) for at in steps), greedy


def test_they_are_sums_of_log_probabilities_of_the_continuations_tokens(model):
    one = policy(model)
    words = one.tokenizer
    bos = words.bos_token_id
    plain = [words.encode(a + b, add_special_tokens=False) for a, b in TEXTS]
    wanted = [
        by_hand(one, [bos, *ids], length)
        for ids, length in zip(plain, (4, 5, 1, 2), strict=True)  # "x " gives its space away
    ]
    found = one.loglikelihood(TEXTS)
    assert [each.log_probability for each in found] == pytest.approx(
        [value for value, _ in wanted], abs=1e-4
    )
    assert [each.greedy for each in found] == [greedy for _, greedy in wanted]


def test_the_batch_changes_nothing(model):
    together = policy(model).loglikelihood(TEXTS)
    alone = policy(model, "&batch_tokens=1").loglikelihood(TEXTS)
    assert [one.log_probability for one in together] == pytest.approx(
        [one.log_probability for one in alone], abs=1e-4
    )


def test_what_greedy_decoding_would_write_is_greedy(model):
    one = policy(model)
    words = one.tokenizer
    tried = 0
    for context in ("A", "Be", "See", "Deep", "Even", "Far", "Go on", "Here it is", "In", "Just"):
        ids = words.encode(context)
        with torch.inference_mode():
            best = int(one._model(torch.tensor([ids])).logits[0, -1].argmax())
        likely, other = words.decode([best]), "~"
        if words.encode(context + likely) == [*ids, best] and likely != other:
            tried += 1
            found = one.loglikelihood([(context, likely), (context, other)])
            assert [each.greedy for each in found] == [True, False]
            assert found[0].log_probability > found[1].log_probability
    assert tried


def test_a_text_that_is_too_long_loses_its_beginning(model):
    one = policy(model)
    long = "b" * (3 * tiny.POSITIONS)
    (cut,), (same,) = one.loglikelihood([(long, "end")]), one.loglikelihood([("c" + long, "end")])
    assert cut == same
    (much,) = one.loglikelihood([("a", long)])
    assert much.log_probability < cut.log_probability


def test_a_context_that_begins_with_the_bos_token_has_it_once(model):
    one = policy(model)
    first, second = one.loglikelihood([("So", " it"), (f"{tiny.BOS}So", " it")])
    assert first.log_probability == pytest.approx(second.log_probability, abs=1e-4)
