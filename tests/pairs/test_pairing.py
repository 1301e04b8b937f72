"""Superior with inferior: who meets whom, how often, and that order changes nothing."""

import dataclasses
import datetime as dt
from collections import Counter

import pytest
import tiny
from hypothesis import given, strategies as st

from lcbrb.codec import encode, sha256_text
from lcbrb.pairs.labels import Label, Labelled, LabelRule
from lcbrb.pairs.pairing import PairingRule, pair_up
from lcbrb.types import Cell, PairFlag, PairKind, Recorded, Relation, Status, TextFlag

PROBLEM = tiny.problem("p1", difficulty="hard", released=dt.date(2024, 8, 1))
ALL = PairingRule(per_problem=0)
ACROSS = PairingRule(per_problem=0, across_samplers=True)


def one(label, reasoning, sampler="m", index=0, **fields):
    """A labelled completion; its verdict goes with the label."""
    status = Status.PASSED if label is Label.SUPERIOR else Status.WRONG_ANSWER
    made = tiny.completion(reasoning, sampler, index, **fields)
    return Labelled(completion=made, verdict=tiny.verdict(status, cpu_s=0.5), label=label)


def good(reasoning, sampler="m", index=0, **fields):
    return one(Label.SUPERIOR, reasoning, sampler, index, **fields)


def bad(reasoning, sampler="m", index=0, **fields):
    return one(Label.INFERIOR, reasoning, sampler, index, **fields)


def crowd(goods, bads, sampler="m"):
    """So many completions of either kind, all different."""
    first = [good(f"{sampler} good {i}", sampler, i) for i in range(goods)]
    return first + [bad(f"{sampler} bad {i}", sampler, goods + i) for i in range(bads)]


def paired(labelled, rule=ALL):
    return pair_up(PROBLEM, labelled, rule, "v1")


def texts(pairs):
    return [(pair.chosen, pair.rejected) for pair in pairs]


@st.composite
def crowds(draw):
    """Completions of up to three samplers, some with the same reasoning (white space aside)."""
    numbered = Counter()
    found = []
    for _ in range(draw(st.integers(0, 12))):
        sampler = draw(st.sampled_from("abc"))
        label = draw(st.sampled_from(Label))
        reasoning = draw(st.sampled_from(["one way", "one  way", "two", "three", "four", "five "]))
        found.append(one(label, reasoning, sampler, numbered[sampler]))
        numbered[sampler] += 1
    return found


rules = st.builds(
    PairingRule,
    across_samplers=st.booleans(),
    per_problem=st.integers(0, 6),
    seed=st.integers(0, 5),
)


# ------------------------------------------------------------------------- who meets whom


def test_only_superior_is_chosen_and_only_inferior_is_rejected():
    others = [label for label in Label if label not in (Label.SUPERIOR, Label.INFERIOR)]
    labelled = [one(label, f"as {label}", index=i) for i, label in enumerate(others)]
    assert paired(labelled) == []
    assert texts(paired([*labelled, bad("no", index=8), good("yes", index=9)])) == [("yes", "no")]


def test_a_pair_is_of_one_sampler_unless_across_is_asked_for():
    labelled = [good("a yes", "a"), bad("a no", "a", 1), good("b yes", "b"), bad("b no", "b", 1)]
    own = {("a yes", "a no"), ("b yes", "b no")}
    assert set(texts(paired(labelled))) == own
    across = paired(labelled, ACROSS)
    assert set(texts(across)) == own | {("a yes", "b no"), ("b yes", "a no")}
    assert {(pair.chosen, pair.rejected): pair.provenance.across_samplers for pair in across} == {
        ("a yes", "a no"): False,
        ("b yes", "b no"): False,
        ("a yes", "b no"): True,
        ("b yes", "a no"): True,
    }


def test_samplers_without_both_sides_give_nothing():
    assert paired([good("a yes", "a"), bad("b no", "b")]) == []


def test_identical_reasoning_is_never_paired_white_space_aside():
    labelled = [good("same words"), bad("same\n  words ", index=1), bad("other", index=2)]
    assert texts(paired(labelled)) == [("same words", "other")]


def test_the_same_reasoning_twice_counts_once_white_space_aside():
    labelled = [
        good("yes", index=0),
        good(" yes", index=1),
        bad("no", index=2),
        bad("no\n", index=3),
    ]
    assert texts(paired(labelled)) == [("yes", "no")]
    assert texts(paired(labelled, ACROSS)) == [("yes", "no")]


@pytest.mark.parametrize("rule", [ALL, ACROSS])
def test_the_same_two_texts_of_two_samplers_are_one_pair_of_one_sampler(rule):
    labelled = [
        good("yes", "a"),
        bad("other no", "a", 1),
        good("yes", "b"),
        bad("no", "b", 1),
        good("yes", "c"),
        bad("no", "c", 1),
    ]
    pairs = paired(labelled, rule)
    assert len(pairs) == len({pair.id for pair in pairs})
    assert set(texts(pairs)) == {("yes", "no"), ("yes", "other no")}
    assert not any(pair.provenance.across_samplers for pair in pairs)


# --------------------------------------------------------------------- how many, how often


@pytest.mark.parametrize(("cap", "expected"), [(1, 1), (4, 4), (12, 12), (100, 12), (0, 12)])
def test_a_problem_gives_at_most_its_share(cap, expected):
    assert len(paired(crowd(3, 4), PairingRule(per_problem=cap))) == expected


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 36), st.integers(0, 9))
def test_no_completion_is_used_again_while_another_of_its_side_waits(goods, bads, cap, seed):
    pairs = paired(crowd(goods, bads), PairingRule(per_problem=cap, seed=seed))
    assert len(pairs) == min(cap, goods * bads)
    for side, count in (("chosen", goods), ("rejected", bads)):
        used = Counter(getattr(pair, side) for pair in pairs)
        if max(used.values()) > 1:
            assert len(used) == count, (side, used)


# ----------------------------------------------------------------- same input, same output


@given(crowds(), rules, st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(labelled, rule, shuffler):
    mixed = shuffler.sample(labelled, len(labelled))
    assert paired(labelled, rule) == paired(mixed, rule)


@given(crowds(), rules)
def test_whatever_comes_in_the_pairs_keep_the_rules(labelled, rule):
    pairs = paired(labelled, rule)
    assert len({pair.id for pair in pairs}) == len(pairs)
    assert not rule.per_problem or len(pairs) <= rule.per_problem
    there = {(x.label, x.completion.reasoning, x.completion.policy_id) for x in labelled}
    for pair in pairs:
        samplers = pair.chosen_side.sampler, pair.rejected_side.sampler
        assert (Label.SUPERIOR, pair.chosen, samplers[0]) in there
        assert (Label.INFERIOR, pair.rejected, samplers[1]) in there
        assert pair.chosen.split() != pair.rejected.split()
        assert pair.provenance.across_samplers == (samplers[0] != samplers[1])
        assert rule.across_samplers or samplers[0] == samplers[1]


def test_another_seed_chooses_other_pairs():
    labelled = crowd(8, 8)
    drawn = {tuple(texts(paired(labelled, PairingRule(seed=seed)))) for seed in range(10)}
    assert len(drawn) == 10


def test_a_seed_chooses_by_content_not_by_the_process():
    """Pinned: packaged pairs and published files rest on this choice staying the same."""
    pairs = paired(crowd(4, 4), PairingRule(per_problem=3, seed=7))
    assert texts(pairs) == [
        ("m good 1", "m bad 1"),
        ("m good 2", "m bad 0"),
        ("m good 3", "m bad 2"),
    ]


# ------------------------------------------------------------------------- what a pair says


def test_a_pair_says_where_it_and_its_sides_come_from():
    rule = PairingRule(label_by=LabelRule.TESTS_AND_SOUNDNESS, seed=3)
    recorded = Recorded(file="runs.jsonl", row=5, passed=True, detail="ok")
    labelled = [
        good("yes", "a", 4, sound=True, recorded=recorded, text="the whole reply"),
        bad("no", "a", 2, sound=False, text="another reply"),
    ]
    (pair,) = paired(labelled, rule)
    assert (pair.problem_id, pair.prompt) == (PROBLEM.id, PROBLEM.prompt)
    assert (pair.difficulty, pair.released) == ("hard", dt.date(2024, 8, 1))
    assert pair.relation is Relation.PASS_OVER_FAIL
    assert pair.rejected_prompt is None
    given_by = pair.provenance
    assert (given_by.source, given_by.version) == ("tests", "v1")
    assert (given_by.rule, given_by.seed, given_by.across_samplers) == ("tests+soundness", 3, False)
    side = pair.chosen_side
    assert (side.sampler, side.sample_index, side.file, side.row) == ("a", 4, "runs.jsonl", 5)
    assert side.sha256 == sha256_text("the whole reply")
    assert side.verdict.status is Status.PASSED
    assert side.judgements == labelled[0].completion.judgements
    other = pair.rejected_side
    assert (other.sampler, other.sample_index, other.file, other.row) == ("a", 2, None, None)
    assert other.sha256 == sha256_text("another reply")
    assert other.verdict.status is Status.WRONG_ANSWER


def test_times_memory_and_free_text_of_verdicts_are_not_in_pairs():
    noisy = tiny.verdict(
        cpu_s=1.25, wall_s=2.5, peak_memory_mib=99.5, detail="NOISE", tests_passed=3, tests_total=3
    )
    labelled = [dataclasses.replace(good("yes"), verdict=noisy), bad("no", index=1)]
    (pair,) = paired(labelled)
    kept = pair.chosen_side.verdict
    assert (kept.tests_passed, kept.tests_total) == (3, 3)
    assert (kept.cpu_s, kept.wall_s, kept.peak_memory_mib, kept.detail) == (None, None, None, "")
    assert "NOISE" not in encode(pair)


def of_cell(cell, reasoning, index):
    """A completion that tests and a judge put there."""
    passed, sound = cell.startswith("pass"), cell.endswith("sound")
    label = Label.SUPERIOR if passed and sound else Label.INFERIOR
    label = label if passed == sound else Label.AT_ODDS
    made = one(label, reasoning, index=index, sound=sound)
    return dataclasses.replace(made, cell=cell)


JUDGED = [Cell.PASS_SOUND, Cell.PASS_FLAWED, Cell.FAIL_SOUND, Cell.FAIL_FLAWED]
FOUR = [of_cell(cell, f"as {cell}", index) for index, cell in enumerate(JUDGED)]


def test_each_kind_opposes_its_own_cells_and_every_pair_says_which():
    both = (PairKind.LCB_RB, PairKind.OUTCOME_MATCHED)
    pairs = paired(FOUR, PairingRule(kinds=both, judge="a judge"))
    assert sorted((pair.kind, pair.relation, pair.cell) for pair in pairs) == [
        (PairKind.LCB_RB, Relation.PASS_OVER_FAIL, "pass-sound over fail-flawed"),
        (PairKind.OUTCOME_MATCHED, Relation.SOUND_OVER_FLAWED, "fail-sound over fail-flawed"),
        (PairKind.OUTCOME_MATCHED, Relation.SOUND_OVER_FLAWED, "pass-sound over pass-flawed"),
    ]
    assert {pair.provenance.judge for pair in pairs} == {"a judge"}
    assert paired(FOUR, PairingRule(kinds=both[1:])) != pairs[1:]  # another judge, as they say
    assert texts(paired(FOUR, PairingRule(kinds=both[1:]))) == texts(pairs[1:])


def test_reasoning_that_leads_to_another_program_is_no_side_of_a_matched_pair():
    elsewhere = dataclasses.replace(FOUR[0], label=Label.ANOTHER_PROGRAM)
    rule = PairingRule(kinds=(PairKind.OUTCOME_MATCHED,))
    assert paired([elsewhere, FOUR[1]], rule) == []
    assert len(paired([FOUR[0], FOUR[1]], rule)) == 1


def test_a_pair_by_tests_alone_says_so():
    (pair,) = paired([good("yes"), bad("no", index=1)])
    assert (pair.provenance.judge, pair.provenance.rule) == ("none", "tests")


def test_lengths_can_be_matched_or_their_ratio_capped():
    labelled = [good("a" * 10), good("b" * 40, index=1), bad("c" * 44, index=2)]
    labelled.append(bad("d" * 11, index=3))
    near = paired(labelled, PairingRule(nearest=True, per_problem=2))
    assert [len(text) for pair in near for text in (pair.chosen, pair.rejected)] == [10, 11, 40, 44]
    capped = paired(labelled, PairingRule(length_ratio=1.1, per_problem=0))
    assert sorted(texts(capped)) == sorted(texts(near))
    assert len(paired(labelled, ALL)) == 4


def test_texts_that_leak_hold_code_or_are_nearly_one_are_flagged():
    words = " ".join(map(str, range(60)))
    labelled = [good(f"{words} The given code is wrong."), bad(f"{words} ```\nx\n```", index=1)]
    (pair,) = paired(labelled)
    assert pair.chosen_side.flags == (TextFlag.LEAKS_VERDICT,)
    assert pair.rejected_side.flags == (TextFlag.HOLDS_CODE,)
    assert pair.flags == (PairFlag.NEAR_DUPLICATE,)
    (other,) = paired([good("one way"), bad("another", index=1)])
    assert (other.flags, other.chosen_side.flags) == ((), ())
