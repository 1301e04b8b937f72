"""The bias audit: length control that finds the truth, and words where there is nothing to say."""

import math
import random

import numpy as np
import pytest
import tiny
from estimates import by_name

from lcbrb.protocols.reward import Item
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import PairwiseModel, RewardModel
from lcbrb.rewards.ensembles.ensemble import Ensemble
from lcbrb.rewards.ensembles.scales import Scale
from lcbrb.rewards.ensembles.spec import EnsembleOptions
from lcbrb.rewards.kinds.classifier import Classifier
from lcbrb.rewards.metrics import accuracy, position
from lcbrb.rewards.metrics.audit import Audit, audit, baselines
from lcbrb.rewards.pair_scores import score_portion
from lcbrb.rewards.replicas import Replicas
from lcbrb.types import JudgeVotes, Outcome, ScoredPair


def pairs_of_lengths(*lengths):
    return [
        tiny.pair(f"p{i}", "a" * chosen, "b" * rejected)
        for i, (chosen, rejected) in enumerate(lengths)
    ]


def scored(pairs, margins):
    signs = [Outcome.WIN if m > 0 else Outcome.LOSS if m < 0 else Outcome.TIE for m in margins]
    return [
        ScoredPair(
            pair_id=pair.id,
            problem_id=pair.problem_id,
            chosen_score=float(margin),
            rejected_score=0.0,
            outcome=sign,
        )
        for pair, margin, sign in zip(pairs, margins, signs, strict=True)
    ]


def audited(pairs, margins, *, logits=False) -> Audit:
    found = scored(pairs, margins)
    return audit(pairs, found, accuracy.estimates(pairs, found), logits=logits)


def drawn(seed, *, quality, taste, shift=0.0, n=800):
    """Pairs and margins of a model that sees `quality` and adds `taste` for length."""
    rng = np.random.default_rng(seed)
    gaps = np.round(rng.normal(shift, 100, n)).astype(int)
    pairs = pairs_of_lengths(*[(300 + max(gap, 0), 300 + max(-gap, 0)) for gap in gaps])
    return pairs, quality + taste * np.tanh(gaps / 100) + rng.logistic(size=n)


def test_length_control_takes_away_what_the_set_s_lengths_give():
    # the chosen side is mostly longer, and the model likes length: accuracy flatters it
    pairs, margins = drawn(1, quality=0.5, taste=2.0, shift=80.0)
    found = audited(pairs, margins)
    truth = 1 / (1 + math.exp(-0.5))
    assert found.accuracy.low > truth
    assert found.length.equal.low < truth < found.length.equal.high
    assert found.length.equal.value < found.accuracy.value - 0.05
    assert found.length.longer.value > found.length.equal.value > found.length.shorter.value
    assert found.length.slope.low > 0
    assert found.prefers_longer.low > 0.6


def test_a_model_without_a_taste_for_length_keeps_its_accuracy():
    pairs, margins = drawn(2, quality=1.0, taste=0.0, shift=80.0)
    found = audited(pairs, margins)
    assert found.length.equal.value == pytest.approx(found.accuracy.value, abs=0.04)
    assert found.length.slope.low < 0 < found.length.slope.high


def test_equal_length_is_marked_where_nearly_all_gaps_have_one_sign():
    lengths = [(10 + i % 7, 3) for i in range(60)] + [(3, 10)]
    rng = random.Random(0)
    pairs = pairs_of_lengths(*lengths)
    assert audited(pairs, [rng.choice([-1, 1]) for _ in pairs]).length.extrapolated
    mixed = pairs_of_lengths(*[(5, 9), (9, 5)] * 30)
    assert not audited(mixed, [rng.choice([-1, 1]) for _ in mixed]).length.extrapolated


@pytest.mark.parametrize(
    ("lengths", "margins"),
    [
        ([(3, 3), (4, 4)], [1, -1]),
        ([(5, 3), (6, 4)], [1, -1]),
        ([(5, 3), (3, 5), (9, 3)], [1, -1, 1]),
        ([(5, 3), (3, 5)], [1, 1]),
        ([(5, 3), (3, 5), (9, 3)], [0, 0, 0]),
    ],
    ids=["equally long", "one gap", "length decides", "never wrong", "all ties"],
)
def test_without_a_finite_fit_there_is_none(lengths, margins):
    assert audited(pairs_of_lengths(*lengths), margins).length is None


def test_what_prefers_longer_counts_by_hand():
    pairs = pairs_of_lengths((9, 3), (3, 9), (3, 9), (4, 4))
    found = audited(pairs, [1, 1, 0, 1])  # longer, shorter, tie; equal lengths do not count
    assert (found.prefers_longer.value, found.prefers_longer.n) == (0.5, 3)
    assert audited(pairs_of_lengths((4, 4), (5, 5)), [1, -1]).prefers_longer is None


def test_slices_by_sign_and_size_are_the_records_own():
    pairs = pairs_of_lengths((100, 97), (100, 50), (50, 100), (4, 4))
    found = audited(pairs, [1, -1, 1, 1])
    assert {k: (e.value, e.n) for k, e in found.by_sign.items()} == {
        "chosen longer": (0.5, 2),
        "chosen shorter": (1.0, 1),
        "equal": (1.0, 1),
    }
    assert list(found.by_gap) == [
        "chosen shorter by over 30%",
        "equally long",
        "longer by under 5%",
        "chosen longer by over 30%",
    ]


def test_calibration_is_for_logits_alone():
    pairs, margins = drawn(3, quality=1.0, taste=0.0, n=60)
    assert audited(pairs, margins).calibration is None
    found = audited(pairs, margins, logits=True)
    assert found.calibration.brier.n == 60
    assert set(by_name(found.estimates)) == {
        "audit/equal length",
        "audit/prefers longer",
        "audit/calibration error",
        "audit/overconfidence",
        "audit/brier",
    }


class Unbounded(RewardModel):
    id, logits = "u", False

    def __init__(self, **says):
        self.__dict__.update(says)

    def score(self, items):
        return [0.0] * len(items)


class Compares(PairwiseModel):
    id = "c"

    def compare(self, pairs):
        return [1.0] * len(pairs)


def ensemble(*members, scale=Scale.NONE, combine="mean"):
    ones = dict.fromkeys(("centres", "spreads"), (1.0,) * len(members))
    options = EnsembleOptions(combine=combine)
    return Ensemble(id="e", members=members, options=options, scale=scale, **ones)


def test_scores_are_logits_where_the_model_says_so():
    logits, numbers = Unbounded(logits=True), Unbounded()
    assert logits.logits
    assert not numbers.logits
    assert ensemble(logits, logits).logits
    assert not ensemble(logits, numbers).logits
    assert not ensemble(logits, logits, scale=Scale.Z).logits
    assert not ensemble(logits, logits, scale=Scale.UNIT).logits
    assert Replicas(id="r", model=logits, executor=None).logits
    assert not Replicas(id="r", model=numbers, executor=None).logits
    assert Classifier.logits
    assert reward_model("dpo:hf:org/name+hf:org/other").logits
    assert not reward_model("dpo:hf:org/name").logits
    assert not reward_model("length").logits
    assert not reward_model("likelihood:hf:org/name").logits
    assert not Compares().logits


def test_position_is_read_from_what_judges_leave():
    pairs = pairs_of_lengths((4, 3), (5, 3))
    votes = [
        JudgeVotes(orders=2, votes=2, chosen_first=1.0, chosen_second=0.0),
        JudgeVotes(orders=2, votes=2, chosen_first=1.0, chosen_second=1.0),
    ]
    found = [
        ScoredPair(
            pair_id=pair.id,
            problem_id=pair.problem_id,
            chosen_score=0.5,
            rejected_score=0.5,
            outcome=Outcome.TIE,
            judged=one,
        )
        for pair, one in zip(pairs, votes, strict=True)
    ]
    measured = audit(pairs, found, accuracy.estimates(pairs, found)).position
    assert measured[position.ORDER_CHANGES].value == 0.5
    assert measured[position.FIRST_PLACE].value == 0.75


def test_baselines_are_what_length_and_format_get_on_the_pairs():
    pairs = [
        tiny.pair("p1", "long and plain", "short"),
        tiny.pair("p2", "## Head\n\n- one\n- two", "a long text without any of that, really"),
    ]
    found = baselines(pairs)
    assert {name: one.accuracy.value for name, one in found.items()} == {
        "length": 0.5,
        "format": 0.75,
    }
    again = score_portion(reward_model("length"), pairs)
    assert found["length"].accuracy == accuracy.estimates(pairs, again)[accuracy.ACCURACY]


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("plain words, and more of them", 0.0),
        ("```python\npass\n```", math.log2(3)),
        ("# Title", 1.0),
        ("- a\n* b\n3. c", math.log2(4) + 1.0),  # three items, and a number
        ("some **bold** text", 1.0),
        ("call `f`", 1.0),
        ("| a | b |", 1.0),
        (r"\[ x \]", 1.0),
        ("$x$ and $y$", math.log2(3)),
        ("1,234.5 or 7", math.log2(3)),
        ("one\n\ntwo\n\nthree\n\nfour", 2.0),
    ],
)
def test_formatting_is_counted_on_a_log_scale(text, score):
    (found,) = reward_model("format").score([Item(prompt="# 1 **x**", response=text)])
    assert found == pytest.approx(score)
