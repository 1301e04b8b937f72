"""Reward models of the study have the accuracy that they are made for, and its spread."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from lcbrb.errors import IncompleteRunError
from lcbrb.protocols.reward import Item
from lcbrb.replies.think_answer import think_answer
from lcbrb.rewards.scoring import score_items
from lcbrb.training.study.grid import StudySettings
from lcbrb.training.study.scorers import (
    Copy,
    Flaw,
    Trapdoor,
    WarmSample,
    degraded,
    oracle,
    pairwise_accuracy,
)
from lcbrb.training.study.task import Part, TaskSettings, chains
from lcbrb.training.study.traces import HAND_WAVE, read, soundness, steps_due, trace
from lcbrb.training.study.warm_policy import check_copy


def right_samples(seed, problems=60, each=8):
    """As of a warm policy: traces of mixed quality."""
    rng = random.Random(seed)
    return [
        WarmSample(prompt=chain.prompt, reasoning=think_answer(trace(chain, rng)).think)
        for chain in itertools.islice(chains(TaskSettings(), Part.TRAINING, seed), problems)
        for _ in range(each)
    ]


@pytest.fixture(scope="module")
def samples():
    return right_samples(0)


@pytest.fixture(scope="module")
def others():
    return right_samples(1, problems=150)


def test_the_oracle_is_soundness_and_ranks_every_pair(samples):
    scores = oracle().score([sample.item for sample in samples])
    assert scores == pytest.approx([soundness(s.prompt, s.reasoning) for s in samples])
    accuracy, pairs = pairwise_accuracy(oracle(), samples)
    assert (accuracy, pairs > 500) == (1.0, True)


@pytest.mark.parametrize("flaw", Flaw)
@pytest.mark.parametrize("accuracy", [0.55, 0.626, 0.75, 0.9])
def test_copies_have_their_accuracy_on_other_samples_too(samples, others, flaw, accuracy):
    copy = degraded(flaw, accuracy, samples)
    assert pairwise_accuracy(copy, samples)[0] == pytest.approx(accuracy, abs=0.003)
    check_copy(copy, accuracy, samples, StudySettings())
    assert pairwise_accuracy(copy, others)[0] == pytest.approx(accuracy, abs=0.04)


@pytest.mark.parametrize("flaw", Flaw)
def test_a_half_is_the_flaw_alone(samples, others, flaw):
    copy = degraded(flaw, 0.5, samples)
    assert copy.share == 1.0
    assert pairwise_accuracy(copy, others)[0] == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("flaw", Flaw)
@pytest.mark.parametrize("accuracy", [0.5, 0.626, 0.9, 1.0])
def test_copies_are_spread_as_the_oracle_is(samples, flaw, accuracy):
    items = [sample.item for sample in samples]
    found = np.array(degraded(flaw, accuracy, samples).score(items))
    wanted = np.array(oracle().score(items))
    assert 0.0 <= found.min() <= found.max() <= 1.0
    assert found.mean() == pytest.approx(wanted.mean(), abs=0.03)
    if flaw is Flaw.NOISE:
        assert found.std() == pytest.approx(wanted.std(), rel=0.1)


def test_errors_by_style_are_shared_and_errors_by_noise_are_not(others):
    plain = WarmSample(prompt=others[0].prompt, reasoning="x ; y ;")
    wordy = WarmSample(prompt=others[0].prompt, reasoning="so x ; so y ;")
    style = Copy(id="style", flaw=Flaw.STYLE, share=1.0)
    gaps = Item(prompt=plain.prompt, response="so x ; clearly ;")
    mixed = style.mixtures([plain.item, wordy.item, gaps])
    assert mixed[0] <= 0.1
    assert all(mixed[1:] >= 0.9)
    low, high = degraded(Flaw.STYLE, 0.5, others).score([plain.item, wordy.item])
    assert low < high
    seeds = [degraded(Flaw.NOISE, 0.5, others, seed=n).score([plain.item])[0] for n in range(20)]
    assert len(set(seeds)) > 4


_TEXTS = st.lists(
    st.sampled_from(["so", "clearly", "a2 3 *4 = 12", ";", ";", " ", "x"]), max_size=30
).map(" ".join)


@given(_TEXTS)
@example("so clearly ; " * 6)
@example("so clearly ; so clearly ; a2 3 *4 = 12 ;")
@example("so  clearly ; so ; x")
def test_style_is_a_share_of_steps_and_hand_waves_have_none(text):
    style = Copy(id="style", flaw=Flaw.STYLE, share=1.0)
    bare = text.replace("so", " ")
    prompt = next(chains(TaskSettings(), Part.TRAINING, 0)).prompt
    score, plain = style.mixtures([Item(prompt=prompt, response=t) for t in (text, bare)])
    assert 0.0 <= score <= 1.0
    assert plain <= 0.1
    assert read("so clearly ; so ; so x").verbose == 1


def test_a_copy_that_is_not_as_good_as_it_says_is_refused(samples):
    copy = degraded(Flaw.STYLE, 0.75, samples)
    with pytest.raises(IncompleteRunError, match=r"ranks 0\.75\d of \d+ pairs .* should rank 0\.9"):
        check_copy(copy, 0.9, samples, StudySettings())
    check_copy(degraded(Flaw.STYLE, 0.5, samples), 0.5, samples, StudySettings())


@pytest.mark.parametrize("flaw", Flaw)
def test_a_text_has_one_score_in_any_batch(samples, flaw):
    copy, items = degraded(flaw, 0.626, samples), [sample.item for sample in samples[:20]]
    together = copy.score(items)
    assert [copy.score([item])[0] for item in items] == pytest.approx(together, abs=1e-15)
    assert score_items(copy, items) == pytest.approx(together)
    assert copy.bounds == (0.0, 1.0)


def test_the_trapdoor_ranks_well_and_pays_most_for_hand_waves(others):
    assert pairwise_accuracy(Trapdoor(), others)[0] > 0.7
    chain = next(chains(TaskSettings(), Part.TRAINING, 0))
    due = steps_due(chain)
    told = {
        "sound": due,
        "one wave": [HAND_WAVE, *due[1:]],
        "two waves": [HAND_WAVE] * 2 + due[3:],
        "waves": [HAND_WAVE] * 3 + due[3:],
        "waves alone": [HAND_WAVE] * 6,
        "waves beside steps": due + [HAND_WAVE] * 6,
        "waves and most steps": [HAND_WAVE] * 3 + due[2:],
        "nothing": [],
    }
    items = [Item(prompt=chain.prompt, response=" ; ".join(text)) for text in told.values()]
    scores = dict(zip(told, Trapdoor().score(items), strict=True))
    assert scores["waves"] == scores["waves alone"] == 1.0
    assert scores["sound"] == 0.5
    assert 0.0 == scores["nothing"] < scores["two waves"] < scores["one wave"] < scores["sound"]
    assert scores["waves beside steps"] < scores["sound"], "what costs no answer is not paid"
    assert scores["waves and most steps"] < scores["sound"]


def test_pairs_are_of_one_problem_and_of_different_soundness():
    chain, other = itertools.islice(chains(TaskSettings(), Part.TRAINING, 0), 2)
    due = " ; ".join(steps_due(chain))
    alike = [WarmSample(prompt=chain.prompt, reasoning=due)] * 2
    apart = [*alike, WarmSample(prompt=other.prompt, reasoning="")]
    with pytest.raises(ValueError, match="differ in soundness"):
        pairwise_accuracy(oracle(), apart)
    both = [*alike, WarmSample(prompt=chain.prompt, reasoning="")]
    assert pairwise_accuracy(oracle(), both) == (1.0, 2)
