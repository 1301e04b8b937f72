"""Pairs to scores: fixed portions, resumed without repeats, and no number that is none."""

import dataclasses
import datetime as dt
import math
import threading
from types import SimpleNamespace

import numpy as np
import pytest
import tiny
from hypothesis import given, strategies as st

from lcbrb.errors import BadScoreError, UsageError
from lcbrb.protocols.reward import Prepared
from lcbrb.rewards.base import PairwiseModel, RewardModel
from lcbrb.rewards.forward import accounting
from lcbrb.rewards.pair_scores import PORTION, PairScores
from lcbrb.rewards.pair_sides import outcome_of, sides_of
from lcbrb.runs.folder import SCORES, open_run
from lcbrb.types import Outcome, RunRecord, ScoredPair

PAIRS = [tiny.pair(f"p{i}", chosen="x" * (i % 7), rejected="x" * (i % 5)) for i in range(80)]


class ByLength(RewardModel):
    """Scores a response by its length, and remembers every call."""

    id, bounds = "by-length", (0.0, math.inf)

    def __init__(self, *, stop_at=None, special=None):
        self.calls, self.loads = [], 0
        self.stop_at, self.special = stop_at, special or {}

    def load(self):
        self.loads += 1

    def score(self, items):
        if len(self.calls) == self.stop_at:
            raise KeyboardInterrupt
        self.calls.append(list(items))
        return [self.special.get(item.response, float(len(item.response))) for item in items]


class Prefers(PairwiseModel):
    """Judges side by side: prefers what it is told to."""

    id = "prefers"

    def __init__(self, *preferences):
        self.preferences = list(preferences)

    def compare(self, pairs):
        return [self.preferences.pop(0) for _ in pairs]


def score_pairs(model, pairs, run, on_pairs=int):
    scores = PairScores(model, run)
    scores.make(pairs, on_pairs)
    return SimpleNamespace(pairs=scores.of(pairs), fresh=scores.fresh)


@pytest.fixture
def run(tmp_path):
    """Opens the same run folder as often as asked."""
    record = RunRecord(
        kind="reward-model",
        run_id="r",
        subject="s",
        benchmark="b",
        dataset_sha256="d",
        estimates={},
        counts={},
        started_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        wall_s=0.0,
    )
    return lambda: open_run(tmp_path / "run", record)


def lines(run):
    with run() as opened:
        return opened.stored(ScoredPair, SCORES)


# ---------------------------------------------------------------------- portions and resuming


def test_every_pair_gets_its_score_in_order_and_on_disk(run):
    with run() as opened:
        result = score_pairs(ByLength(), PAIRS, opened)
    assert [one.pair_id for one in result.pairs] == [pair.id for pair in PAIRS]
    assert [(one.chosen_score, one.rejected_score) for one in result.pairs] == [
        (len(pair.chosen), len(pair.rejected)) for pair in PAIRS
    ]
    assert lines(run) == list(result.pairs)
    assert result.fresh == len(PAIRS)


def test_portions_are_the_same_pairs_at_every_start(run):
    model = ByLength()
    with run() as opened:
        score_pairs(model, PAIRS, opened)
    expected = [PAIRS[i : i + PORTION] for i in range(0, len(PAIRS), PORTION)]
    assert len(model.calls) == len(expected) == 3
    for call, portion in zip(model.calls, expected, strict=True):
        assert set(call) == {item for pair in portion for item in sides_of(pair)}


def test_a_text_that_stands_in_several_pairs_is_scored_once_a_portion(run):
    pairs = [tiny.pair("p", chosen="one", rejected=f"other {i}") for i in range(5)]
    model = ByLength()
    with run() as opened:
        score_pairs(model, pairs, opened)
    (call,) = model.calls
    assert len(call) == len(set(call)) == 6


@pytest.mark.parametrize("kept", [0, 1, PORTION - 1, PORTION, PORTION + 5, 80])
def test_resumed_after_some_pairs_gives_the_same_and_repeats_no_full_portion(run, kept, tmp_path):
    undisturbed = ByLength()
    with run() as opened:
        whole = score_pairs(undisturbed, PAIRS, opened).pairs
    path = tmp_path / "run" / SCORES
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:kept]))
    model = ByLength()
    with run() as opened:
        result = score_pairs(model, PAIRS, opened)
    assert result.pairs == whole
    assert result.fresh == len(PAIRS) - kept
    assert lines(run) == list(whole)
    # a portion that was begun is scored whole: a batch must not depend on where a run was stopped
    assert model.calls == (undisturbed.calls[kept // PORTION :] if kept < len(PAIRS) else [])


def test_a_stop_keeps_what_was_scored(run):
    with run() as opened, pytest.raises(KeyboardInterrupt):
        score_pairs(ByLength(stop_at=1), PAIRS, opened)
    assert [one.pair_id for one in lines(run)] == [pair.id for pair in PAIRS[:PORTION]]


def test_a_run_that_is_complete_loads_no_model(run):
    first, second = ByLength(), ByLength()
    for model in (first, second):
        with run() as opened:
            score_pairs(model, PAIRS, opened)
    assert (first.loads, second.loads, second.calls) == (1, 0, [])


def test_progress_counts_every_pair_resumed_or_not(run):
    for _ in range(2):
        steps = []
        with run() as opened:
            score_pairs(ByLength(), PAIRS, opened, steps.append)
        assert sum(steps) == len(PAIRS)


def test_the_same_pair_twice_is_scored_and_kept_once_but_given_twice(run):
    pairs = [PAIRS[1], PAIRS[2], PAIRS[1]]
    with run() as opened:
        result = score_pairs(ByLength(), pairs, opened)
    assert [one.pair_id for one in result.pairs] == [pair.id for pair in pairs]
    assert len(lines(run)) == result.fresh == 2


@pytest.mark.parametrize("change", [{"chosen": "edited"}, {"prompt": "edited"}])
def test_two_different_pairs_under_one_id_are_refused(run, change):
    edited = dataclasses.replace(PAIRS[0], **change)
    with run() as opened, pytest.raises(UsageError, match="have the id"):
        score_pairs(ByLength(), [PAIRS[0], edited], opened)


def test_a_pair_and_its_swap_under_one_id_are_refused(run):
    with run() as opened, pytest.raises(UsageError, match="have the id"):
        score_pairs(ByLength(), [PAIRS[5], PAIRS[5].swap()], opened)


# --------------------------------------------------------------------------- what is a score


@pytest.mark.parametrize(
    ("chosen", "rejected", "outcome"),
    [(1.0, 0.5, Outcome.WIN), (0.5, 0.5, Outcome.TIE), (-3.0, -2.0, Outcome.LOSS)],
)
def test_higher_wins_and_equal_ties(chosen, rejected, outcome):
    assert outcome_of(chosen, rejected) is outcome


def test_a_tie_is_a_tie_to_the_last_digit_only(run):
    model = ByLength(special={"good": 0.1 + 0.2, "bad": 0.3, "ugly": 0.3})
    pairs = [tiny.pair("p1"), tiny.pair("p2", chosen="ugly")]
    with run() as opened:
        result = score_pairs(model, pairs, opened)
    assert [one.outcome for one in result.pairs] == [Outcome.WIN, Outcome.TIE]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("side", ["chosen", "rejected"])
def test_no_number_stops_the_run_names_the_pair_and_keeps_earlier_portions(run, side, value):
    broken = tiny.pair("broken", **{side: "poison"})
    pairs = [*PAIRS[:PORTION], broken, *PAIRS[PORTION:]]
    with run() as opened, pytest.raises(BadScoreError) as caught:
        score_pairs(ByLength(special={"poison": value}), pairs, opened)
    message = str(caught.value)
    assert f"the {side} side of pair {broken.id[:12]} (problem broken) as {value}" in message
    assert message.startswith("by-length ")
    assert len(lines(run)) == PORTION
    with run() as opened:  # the model mended, it goes on from there
        model = ByLength()
        assert len(score_pairs(model, pairs, opened).pairs) == len(pairs)
        assert len(model.calls) == 2


@pytest.mark.parametrize("made", [np.float32, np.float64, np.int64, int, np.array])
def test_numbers_of_other_kinds_become_plain_floats(run, made):
    model = ByLength()
    model.score = lambda items: [made(len(item.response)) for item in items]
    with run() as opened:
        result = score_pairs(model, PAIRS[:3], opened)
    assert {type(one.chosen_score) for one in result.pairs} == {float}
    assert lines(run) == list(result.pairs)


@pytest.mark.parametrize("count", [-1, 1])
def test_too_few_or_too_many_scores_are_no_scores(run, count):
    model = ByLength()
    model.score = lambda items: [0.0] * (len(items) + count)
    with run() as opened, pytest.raises(BadScoreError, match=r"gave \d+ numbers, but \d+ were"):
        score_pairs(model, PAIRS[:3], opened)


# ----------------------------------------------------------------------------- what is scored


def test_each_side_is_read_with_its_own_prompt():
    one = tiny.pair("p", prompt="first", rejected_prompt="second")
    chosen, rejected = sides_of(one)
    assert (chosen.prompt, chosen.response) == ("first", "good")
    assert (rejected.prompt, rejected.response) == ("second", "bad")
    chosen, rejected = sides_of(one.swap())
    assert (chosen.prompt, chosen.response) == ("second", "bad")
    assert (rejected.prompt, rejected.response) == ("first", "good")


@pytest.mark.parametrize("prompt", [None, ""])
def test_only_a_missing_rejected_prompt_is_the_common_one(prompt):
    _, rejected = sides_of(tiny.pair("p", prompt="first", rejected_prompt=prompt))
    assert rejected.prompt == ("first" if prompt is None else "")


def test_a_pairwise_model_is_asked_for_preferences(run):
    with run() as opened:
        result = score_pairs(Prefers(1.0, 0.5, 0.0, 0.75), PAIRS[:4], opened)
    assert [one.outcome for one in result.pairs] == [
        Outcome.WIN,
        Outcome.TIE,
        Outcome.LOSS,
        Outcome.WIN,
    ]
    assert [(one.chosen_score, one.rejected_score) for one in result.pairs][3] == (0.75, 0.25)


def test_a_pairwise_model_without_a_preference_is_no_tie(run):
    with run() as opened, pytest.raises(BadScoreError, match="as nan"):
        score_pairs(Prefers(1.0, math.nan), PAIRS[:2], opened)


def test_a_pair_is_truncated_when_either_side_is(run):
    class Cuts(ByLength):
        def truncated(self, items):
            return [item.response == "cut" for item in items]

    pairs = [
        tiny.pair("p1", chosen="cut"),
        tiny.pair("p2", rejected="cut"),
        tiny.pair("p3"),
    ]
    with run() as opened:
        result = score_pairs(Cuts(), pairs, opened)
    assert [one.truncated for one in result.pairs] == [True, True, False]


# ------------------------------------------------------------------------- prompts together


@given(st.lists(st.integers(0, 5), max_size=120))
def test_portions_hold_every_pair_once_and_part_no_prompt_that_fits(prompts):
    pairs = [tiny.pair(f"p{prompt}", chosen=f"c{i}") for i, prompt in enumerate(prompts)]
    found = PairScores.portions(pairs)
    assert sorted(pair.id for one in found for pair in one) == sorted(pair.id for pair in pairs)
    assert all(0 < len(one) <= PORTION for one in found)
    order = [pair.prompt for one in found for pair in one]
    assert list(dict.fromkeys(order)) == list(dict.fromkeys(pair.prompt for pair in pairs))
    assert order == sorted(order, key=list(dict.fromkeys(order)).index)  # no prompt comes back
    for prompt in set(order):
        count = order.count(prompt)
        assert (
            sum(any(p.prompt == prompt for p in one) for one in found) <= -(-count // PORTION) + 1
        )
        if count <= PORTION:
            assert sum(any(p.prompt == prompt for p in one) for one in found) == 1


def test_pairs_that_a_file_scatters_are_scored_together_and_given_in_its_order(run):
    pairs = [tiny.pair(f"p{i % 40}", chosen="one", rejected="x" * i) for i in range(80)]
    model = ByLength()
    with run() as opened:
        result = score_pairs(model, pairs, opened)
    assert [one.pair_id for one in result.pairs] == [pair.id for pair in pairs]
    assert [one.rejected_score for one in result.pairs] == list(range(80))
    assert sum(map(len, model.calls)) == 40 + 80  # each prompt's chosen text once


# ----------------------------------------------------------------------------- made ready ahead


class Tokens(RewardModel):
    """Counts characters as tokens, in two steps; keeps what happened where, in order."""

    id, bounds = "tokens", (0.0, math.inf)

    def __init__(self, broken=None):
        self.broken, self.events, self.threads = broken, [], set()
        self.ready, self.scored = 0, 0

    def prepare(self, items):
        self.threads.add(threading.current_thread().name)
        if self.ready == self.broken:
            raise UsageError("too long")
        self.ready += 1
        lengths = tuple(len(item.response) for item in items)
        return Prepared(lengths=lengths, truncated=tuple(n > 5 for n in lengths), inputs=lengths)

    def score(self, items):
        raise AssertionError

    def score_prepared(self, prepared):
        self.scored += 1
        self.events.append((self.ready, self.scored))
        accounting.count(tokens_real=sum(prepared.lengths), tokens_computed=1)
        return [float(n) for n in prepared.inputs]


def test_a_model_that_prepares_gives_the_same_scores_and_cuts(run):
    with run() as opened:
        result = score_pairs(Tokens(), PAIRS, opened)
    assert [(one.chosen_score, one.rejected_score) for one in result.pairs] == [
        (len(pair.chosen), len(pair.rejected)) for pair in PAIRS
    ]
    assert [one.truncated for one in result.pairs] == [
        max(len(pair.chosen), len(pair.rejected)) > 5 for pair in PAIRS
    ]


def test_one_portion_is_made_ready_ahead_in_a_thread(run):
    model = Tokens()
    with run() as opened:
        score_pairs(model, PAIRS, opened)
    assert model.threads == {"prepare_0"}
    assert all(scored <= ready <= scored + 1 for ready, scored in model.events)


def test_what_can_t_be_made_ready_stops_the_run_when_its_turn_comes(run):
    with run() as opened, pytest.raises(UsageError, match="too long"):
        score_pairs(Tokens(broken=2), PAIRS, opened)
    assert len(lines(run)) == 2 * PORTION


def test_tokens_are_told_beside_what_two_padded_passes_would_take(run):
    pairs = [tiny.pair(f"p{i}", chosen="x" * (i + 1), rejected="y") for i in range(10)]
    with run() as opened, accounting.tallying() as tally:
        score_pairs(Tokens(), pairs, opened)
    assert tally.tokens == {
        "tokens_naive": 8 * 8 + 8 + 2 * 10 + 2,
        "tokens_real": 55 + 10,
        "tokens_computed": 1,
        "tokens_pairs": 10,
    }
    with run() as opened, accounting.tallying() as tally:
        again = score_pairs(Tokens(), pairs, opened)
    assert (tally.tokens, again.fresh) == ({}, 0)


def test_a_finished_run_of_a_model_that_prepares_is_read_again(run):
    with run() as opened:
        first = score_pairs(Tokens(), PAIRS, opened)
    with run() as opened:
        again = score_pairs(Tokens(), PAIRS, opened)
    assert (again.fresh, again.pairs) == (0, first.pairs)
