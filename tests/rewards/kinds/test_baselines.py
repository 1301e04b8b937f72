"""Chance and length: the same number for the same text, whatever stands beside it."""

import pytest
from hypothesis import given, strategies as st

from lcbrb.errors import UnknownNameError, UsageError
from lcbrb.protocols.reward import Item
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import RewardModel

items = st.builds(Item, prompt=st.text(), response=st.text())


@given(st.lists(items), st.randoms(use_true_random=False))
def test_random_gives_an_item_its_own_number_in_any_batch(batch, shuffler):
    model = reward_model("random")
    alone = {item: model.score([item])[0] for item in batch}
    mixed = shuffler.sample(batch, len(batch))
    assert model.score(mixed) == [alone[item] for item in mixed]
    assert all(0 <= score < 1 for score in alone.values())


def test_random_is_uniform_enough_to_be_chance():
    many = [Item(prompt="p", response=str(i)) for i in range(4000)]
    scores = reward_model("random").score(many)
    assert len(set(scores)) == len(scores)
    assert 0.48 < sum(scores) / len(scores) < 0.52
    assert 0.22 < sum(score < 0.25 for score in scores) / len(scores) < 0.28


def test_random_reads_the_prompt_and_the_response_apart():
    moved = [Item(prompt="ab", response="c"), Item(prompt="a", response="bc")]
    first, second = reward_model("random").score(moved)
    assert first != second


def test_another_seed_of_random_gives_other_numbers():
    item = Item(prompt="p", response="r")
    scores = [reward_model(spec).score([item]) for spec in ("random", "random?seed=0")]
    assert scores[0] == scores[1]
    assert reward_model("random?seed=7").score([item]) != scores[0]
    assert reward_model("random?seed=7").id == "random?seed=7"


def test_random_takes_text_that_no_file_could_hold():
    assert len(reward_model("random").score([Item(prompt="\ud800", response="\udfff")])) == 1


def test_length_counts_the_characters_of_the_response_alone():
    model = reward_model("length")
    batch = [Item(prompt="long prompt", response=text) for text in ("", "abc", "añ😀", "a\nb")]
    assert model.score(batch) == [0.0, 3.0, 3.0, 3.0]


@pytest.mark.parametrize("spec", ["random", "length"])
def test_baselines_keep_their_bounds(spec):
    model = reward_model(spec)
    assert isinstance(model, RewardModel)
    low, high = model.bounds
    assert all(low <= score <= high for score in model.score([Item(prompt="", response="x" * 9)]))


@pytest.mark.parametrize("spec", ["random:x", "length:x", "length?seed=1", "random?seed=x"])
def test_baselines_refuse_what_they_do_not_take(spec):
    with pytest.raises(UsageError):
        reward_model(spec)


def test_a_mistyped_option_names_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean seed"):
        reward_model("random?sead=1")
