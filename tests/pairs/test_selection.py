"""Which pairs are kept: balance, sets to keep apart from, and when a problem is done."""

import dataclasses
import datetime as dt
from collections import Counter

import pytest
import tiny
from hypothesis import given, strategies as st

from lcbrb.pairs.balancing import balanced, platform_of, value_of
from lcbrb.pairs.config import Facet, FactoryConfig
from lcbrb.pairs.cost import Asking, cost_of_recorded, cost_of_sampling
from lcbrb.pairs.labels import Label, Labelled
from lcbrb.pairs.near_sets import NearTexts
from lcbrb.pairs.pairing import PairingRule, can_pair, supply
from lcbrb.pairs.sampling import Stop, StopRule
from lcbrb.pairs.yields import yield_counts, yields
from lcbrb.types import Cell, Message, PairKind, Prompt, Provenance

LCB = Provenance(source="livecodebench")


def pairs(table):
    """So many pairs of each problem: name, difficulty, month, count."""
    return [
        tiny.pair(
            name,
            chosen=f"{name} good {number}",
            difficulty=difficulty,
            released=dt.date(2024, month, 1),
            provenance=LCB,
        )
        for name, difficulty, month, count in table
        for number in range(count)
    ]


TABLE = [("1", "easy", 1, 4), ("abc123_a", "easy", 5, 4), ("2_A", "hard", 5, 3)]


@pytest.mark.parametrize(
    ("facets", "most", "expected"),
    [
        ((), 0, 11),
        ((), 5, 5),
        ((Facet.DIFFICULTY,), 0, 6),
        ((Facet.DIFFICULTY, Facet.DATE), 0, 6),
        ((Facet.DIFFICULTY,), 8, 8),
        ((Facet.PLATFORM,), 100, 11),
    ],
)
def test_so_many_are_kept(facets, most, expected):
    assert len(balanced(pairs(TABLE), facets, most, 0)) == expected


def test_the_rarest_value_caps_all_and_problems_take_turns():
    kept = balanced(pairs(TABLE), (Facet.DIFFICULTY,), 0, 0)
    assert Counter(pair.difficulty for pair in kept) == {"easy": 3, "hard": 3}
    assert min(Counter(pair.problem_id for pair in kept).values()) >= 1
    assert kept == [pair for pair in pairs(TABLE) if pair in kept]


rows = st.lists(
    st.tuples(
        st.sampled_from("123456"),
        st.sampled_from(["easy", "hard", None]),
        st.integers(1, 12),
        st.integers(0, 4),
    ),
    unique_by=lambda row: row[0],
)
facet_sets = st.sets(st.sampled_from(Facet)).map(tuple)


@given(rows, facet_sets, st.integers(0, 12), st.integers(0, 3), st.randoms())
def test_caps_hold_and_the_order_of_problems_changes_nothing(table, facets, most, seed, rng):
    there = pairs(table)
    kept = balanced(there, facets, most, seed)
    assert not most or len(kept) <= most
    for facet in facets if not most else ():
        rarest = min(Counter(value_of(pair, facet) for pair in there).values(), default=0)
        assert max(Counter(value_of(pair, facet) for pair in kept).values(), default=0) <= rarest
    rng.shuffle(table)
    other = balanced(pairs(table), facets, most, seed)
    assert {pair.id for pair in other} == {pair.id for pair in kept}


def test_platform_and_quarter_are_told_by_id_and_date():
    assert [platform_of(pair) for pair in pairs([(t[0], None, 1, 1) for t in TABLE])] == [
        "leetcode",
        "atcoder",
        "codeforces",
    ]
    assert platform_of(tiny.pair()) == "tests"
    assert value_of(pairs(TABLE)[4], Facet.DATE) == "2024-Q2"
    assert value_of(tiny.pair(), Facet.DATE) == "unknown"


WORDS = " ".join(f"word{i}" for i in range(200))


def test_a_text_that_nearly_repeats_one_of_another_set_is_found():
    near = NearTexts.of([WORDS, WORDS, "another text altogether"], 0.8)
    assert WORDS in near
    assert f"{WORDS} and more" in near
    assert " ".join(reversed(WORDS.split())) not in near
    assert "" not in near


# ------------------------------------------------------------------------- when to stop


def some(**counts):
    """So many completions of each label or cell."""
    made = []
    for name, count in counts.items():
        for _ in range(count):
            label = Label(name) if name in set(Label) else Label.AT_ODDS
            cell = None if name in set(Label) else Cell(name.replace("_", "-"))
            made.append(
                Labelled(
                    completion=tiny.completion(), verdict=tiny.verdict(), label=label, cell=cell
                )
            )
    return made


RULE = StopRule(n=50, at_once=8, enough=4, give_up_after=25, kinds=(PairKind.LCB_RB,))


@pytest.mark.parametrize(
    ("counts", "asked", "stop"),
    [
        ({"superior": 4, "inferior": 4}, 8, Stop.ENOUGH),
        ({"superior": 4, "inferior": 3}, 8, None),
        ({"inferior": 24}, 24, None),
        ({"inferior": 32}, 32, Stop.GIVEN_UP),
        ({"superior": 1, "inferior": 31}, 32, None),
        ({"undecided": 32}, 32, Stop.GIVEN_UP),
        ({"superior": 1, "inferior": 49}, 50, Stop.SPENT),
    ],
)
def test_a_problem_stops_with_enough_or_without_hope_or_when_all_is_drawn(counts, asked, stop):
    assert RULE.decide(some(**counts), asked) is stop
    if stop is Stop.GIVEN_UP:
        assert dataclasses.replace(RULE, give_up_after=0).decide(some(**counts), asked) is None


def test_every_wanted_kind_needs_enough_in_one_of_its_ways():
    both = dataclasses.replace(RULE, kinds=tuple(PairKind))
    labelled = some(superior=4, inferior=4, pass_sound=4, pass_flawed=3, fail_sound=9)
    assert supply(labelled, PairKind.OUTCOME_MATCHED) == 3
    assert both.decide(labelled, 16) is None
    assert both.decide(some(superior=4, inferior=4, fail_sound=4, fail_flawed=4), 16) is Stop.ENOUGH
    assert both.decide(some(superior=4, inferior=4, fail_sound=9), 40) is Stop.GIVEN_UP


def of(sampler, label):
    made = tiny.completion(sampler=sampler)
    return Labelled(completion=made, verdict=tiny.verdict(), label=label, cell=Cell.PASS)


def test_the_yield_is_of_one_sampler_unless_samplers_are_mixed_and_by_difficulty():
    problems = [tiny.problem(f"p{i}", difficulty=kind) for i, kind in enumerate(("easy", "hard"))]
    labelled = {
        "p0": [of("a", Label.SUPERIOR), of("b", Label.INFERIOR)],
        "p1": [of("a", Label.SUPERIOR), of("a", Label.INFERIOR)],
    }
    assert not can_pair(labelled["p0"], PairingRule())
    assert can_pair(labelled["p0"], PairingRule(across_samplers=True))
    found = yields(problems, labelled, [tiny.pair("p1")], {("p1", "a"): "enough"}, PairingRule())
    assert [(one.difficulty, one.both, one.pairs) for one in found] == [
        ("all", 1, 1),
        ("easy", 0, 0),
        ("hard", 1, 1),
    ]
    counts = yield_counts(found)
    assert (counts["yield_hard_paired"], counts["stopped_enough"]) == (1, 1)
    assert found[0].rate.value == 0.5


# ----------------------------------------------------------------------------- the cost


def test_the_cost_is_the_most_that_can_be_asked():
    problems = [tiny.problem("p1", prompt="x" * 40), tiny.problem("p2", prompt="y" * 4)]
    prompts = [
        Prompt(messages=(Message(role="user", content=one.prompt),), template="t")
        for one in problems
    ]
    asking = Asking(policies=2, n=10, first=3, max_tokens=100, votes=3, vote_tokens=50)
    cost = cost_of_sampling(problems, prompts, asking)
    assert (cost.samples, cost.least_samples, cost.programs) == (40, 12, 40)
    assert (cost.prompt_tokens, cost.reply_tokens) == ((10 + 1) * 20, 4000)
    assert (cost.judgements, cost.judge_reply_tokens) == (120, 6000)
    recorded = cost_of_recorded([(problems[0], "z" * 400)])
    assert (recorded.samples, recorded.programs, recorded.judgements) == (0, 1, 0)
    assert len(recorded.sentences) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"at_once": 0}, "at_once is 0"),
        ({"enough": 0}, "enough is 0"),
        ({"length_ratio": 0.5}, "length_ratio is 0.5"),
        ({"against": ("mini",), "near_duplicates": 0.0}, "near_duplicates, which must not be 0"),
    ],
)
def test_settings_out_of_range_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        FactoryConfig(**settings).check()
