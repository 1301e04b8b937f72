"""Pairs by rule: their proportions, their balance, and that nothing but reading tells the sides."""

import dataclasses
import math
import random
import re
from collections import Counter, defaultdict

import pytest

from lcbrb.errors import UsageError
from lcbrb.pairs.od.degradations import Degradation
from lcbrb.pairs.od.programmatic import KINDS_OF_PAIR, STRAYS, Settings, programmatic_pairs
from lcbrb.pairs.od.stepwise.checker import first_failure
from lcbrb.pairs.od.stepwise.families import make_problem
from lcbrb.pairs.od.stepwise.rendering import parse
from lcbrb.pairs.od.stepwise.structure import Check, Stated, Step
from lcbrb.protocols.reward import Item
from lcbrb.rewards.kinds.baselines import Length
from lcbrb.types import Relation

CHAINS = ("arithmetic", "words")


def mix(**parts):
    return {KINDS_OF_PAIR[name]: part for name, part in parts.items()}


@pytest.fixture(scope="module")
def pairs():
    return programmatic_pairs(Settings(count=240))


def problem_of(pair):
    _, family, *numbers = pair.problem_id.split("/")
    problem = make_problem(family, *map(int, numbers))
    assert problem.text == pair.prompt
    return problem


def test_the_better_side_is_sound_and_the_worse_one_as_its_relation_says(pairs):
    for pair in pairs:
        problem = problem_of(pair)
        assert first_failure(problem, parse(pair.chosen)) is None
        failure = first_failure(problem, parse(pair.rejected))
        if pair.relation is Relation.OPTIMIZED_OVER_INITIAL:
            assert (failure, pair.category) == (None, STRAYS)
        else:
            assert f"{failure.flaw} in line {failure.item + 1}," in pair.provenance.rule


def test_the_answer_is_wrong_for_two_kinds_and_right_for_the_others(pairs):
    for pair in pairs:
        right = parse(pair.rejected)[-1] == parse(pair.chosen)[-1]
        wrong = pair.category in {Degradation.PROPAGATED_ERROR, Degradation.CONTRADICTION}
        assert right != wrong
        if pair.category != STRAYS:
            assert pair.provenance.rule.endswith("answer wrong" if wrong else "answer right")


def test_an_optimized_side_checks_the_step_that_gives_the_answer_and_strays_nowhere(pairs):
    for pair in pairs:
        if pair.relation is Relation.OPTIMIZED_OVER_INITIAL:
            (check, worse), problem = map(checked, (pair.chosen, pair.rejected)), problem_of(pair)
            steps = [item for item in parse(pair.chosen) if isinstance(item, Step)]
            more = [item for item in parse(pair.rejected) if isinstance(item, Step)]
            assert check.left == problem.answer
            assert len(steps) == problem.steps == len(more) - 1
            assert (worse.left, worse.result) != (check.left, check.result)


def checked(text):
    (check,) = [item for item in parse(text) if isinstance(item, Check)]
    return check


def test_the_mix_and_the_kinds_come_in_proportion(pairs):
    relations = Counter(pair.relation for pair in pairs)
    assert relations == mix(strong=120, optimized=60, degraded=60)
    kinds = Counter(pair.category for pair in pairs)
    assert kinds == {STRAYS: 60, **dict.fromkeys(map(str, Degradation), 30)}


def test_one_kind_and_one_family_can_be_asked_for():
    settings = Settings(
        count=8, families=("traces",), kinds=(Degradation.LEAP,), mix=mix(degraded=1), seed=3
    )
    found = programmatic_pairs(settings)
    assert {(p.relation, p.category) for p in found} == {
        (Relation.INITIAL_OVER_DEGRADED, "unjustified-leap")
    }
    assert all(p.problem_id.startswith("od/traces/3/") for p in found)


def test_several_pairs_of_a_problem_share_its_id():
    found = programmatic_pairs(Settings(count=12, per_problem=3, families=("words",)))
    assert max(Counter(pair.problem_id for pair in found).values()) > 1
    assert len({pair.id for pair in found}) == 12


def test_the_same_settings_give_the_same_pairs_and_another_seed_others():
    first = programmatic_pairs(Settings(count=20))
    assert programmatic_pairs(Settings(count=20)) == first
    other = programmatic_pairs(Settings(count=20, seed=1))
    assert not {pair.id for pair in first} & {pair.id for pair in other}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"families": ("poems",)}, "unknown family of problems 'poems'"),
        ({"steps": (2, 5)}, "expected a range within 3-12"),
        ({"steps": (6, 5)}, "expected a range"),
        ({"count": 0}, "must be at least 1"),
        ({"mix": {}}, "name at least one"),
        ({"mix": mix(strong=-1, degraded=2)}, "below 0"),
        ({"families": ("traces",)}, "has no unneeded steps"),
    ],
)
def test_settings_that_can_not_be_are_refused(settings, said):
    with pytest.raises(UsageError, match=said):
        Settings(**settings)


def test_a_kind_that_has_no_place_is_named(monkeypatch):
    monkeypatch.setattr("lcbrb.pairs.od.programmatic.write_sides", lambda *_, **__: None)
    with pytest.raises(UsageError, match=r"no place for '.*' in .* problems of the family"):
        programmatic_pairs(Settings(count=1))


# ---------------------------------------------------------------- what must not tell the sides


def test_length_is_right_in_half_of_each_kind(pairs):
    """By construction, so without any bounds of chance but for odd numbers."""
    scored = defaultdict(list)
    for pair in pairs:
        chosen, rejected = Length().score(
            [Item(prompt="", response=pair.chosen), Item(prompt="", response=pair.rejected)]
        )
        assert 1.02 < max(chosen, rejected) / min(chosen, rejected) < 2
        scored[pair.category].append(chosen > rejected)
    for won in scored.values():
        assert sum(won) * 2 == len(won)


def computed(text):
    """How often each operation is computed."""
    return Counter(item.expression.op for item in parse(text) if isinstance(item, Step))


def test_in_chains_both_sides_compute_equally_many_steps(pairs):
    chains = [p for p in pairs if "/traces/" not in p.problem_id and p.category != STRAYS]
    assert len(chains) > 60
    for pair in chains:
        better, worse = (computed(text).total() for text in (pair.chosen, pair.rejected))
        assert better == worse
    circles = [pair for pair in chains if pair.category == Degradation.CIRCULAR]
    assert circles
    assert all(computed(pair.chosen) == computed(pair.rejected) for pair in circles)


def test_both_sides_state_and_check_equally_often_before_lengths_are_fitted(pairs):
    for pair in pairs:
        if "/traces/" not in pair.problem_id:
            stated = [
                sum(isinstance(item, Stated) for item in parse(text))
                for text in (pair.chosen, pair.rejected)
            ]
            assert stated[0] == stated[1]
            assert checked(pair.chosen)
            assert checked(pair.rejected)


def words(text):
    """What a text says without its numbers and names: forms, operations, punctuation."""
    return re.findall(r"[a-zA-Z]{2,}|#|[^\w\s]", re.sub(r"-?\d+", "#", text))


def won_by_words(train, test):
    """Pairwise accuracy of a naive Bayes over words that is fitted on other seeds."""
    sides = {side: Counter(w for p in train for w in words(getattr(p, side))) for side in SIDES}
    sizes = {side: sum(counts.values()) for side, counts in sides.items()}

    def score(text):
        return sum(
            math.log((sides["chosen"][w] + 1) / sizes["chosen"])
            - math.log((sides["rejected"][w] + 1) / sizes["rejected"])
            for w in words(text)
        )

    gaps = [score(pair.chosen) - score(pair.rejected) for pair in test]
    return sum(0.5 if gap == 0 else gap > 0 for gap in gaps) / len(gaps)


SIDES = ("chosen", "rejected")


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", [k for k in Degradation if k is not Degradation.LEAP], ids=lambda kind: kind.value
)
def test_words_alone_do_not_tell_the_sides_of_a_chain_apart(kind):
    """Within four standard errors of chance, on pairs of a seed that the words were not taken from."""
    settings = {"families": CHAINS, "kinds": (kind,), "mix": mix(strong=1), "count": 200}
    train, test = (programmatic_pairs(Settings(seed=seed, **settings)) for seed in (1, 2))
    assert abs(won_by_words(train, test) - 0.5) < 4 * math.sqrt(0.25 / len(test))


def test_the_comparison_of_words_sees_a_tell_tale_phrase():
    """The same test, on pairs whose worse side gives itself away, is far from chance."""
    settings = {"families": CHAINS, "mix": mix(strong=1), "count": 60}
    train, test = (
        [
            _with(pair, "Clearly, " if random.Random(pair.id).random() < 0.9 else "")
            for pair in programmatic_pairs(Settings(seed=seed, **settings))
        ]
        for seed in (1, 2)
    )
    assert won_by_words(train, test) > 0.8


def _with(pair, phrase):
    return dataclasses.replace(pair, rejected=phrase * 3 + pair.rejected)
