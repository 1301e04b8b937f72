"""Failures are not verdicts: what was refused has no score, and a second start asks for it."""

import dataclasses

import judged
import pytest
from estimates import by_name
from judged import PAIRS, pair

from lcbrb import codec
from lcbrb.errors import IncompleteRunError
from lcbrb.protocols.policy import Sampled
from lcbrb.protocols.reward import Item, PairSet
from lcbrb.rewards.evaluation import evaluate
from lcbrb.rewards.selection import Selection
from lcbrb.runs.folder import SCORES
from lcbrb.types import Generation, Outcome, RunRecord, ScoredPair


def test_a_refused_pair_has_no_score_and_the_others_have(judge):
    pairs = [PAIRS[0], pair("p8", "is 3 refused", "is 1"), PAIRS[1]]
    model, found = judge(), []

    def run():
        for some in model.compare_portions([pairs]):
            found.extend(some)

    with pytest.raises(IncompleteRunError, match=r"1 pairs have no score.*not allowed"):
        run()
    assert {one.problem_id for one in found} == {"p1", "p2"}
    with pytest.raises(IncompleteRunError):
        model.compare(pairs)


def test_a_run_goes_on_and_asks_only_for_what_is_missing(server, judge, tmp_path):
    pairs = [*PAIRS, pair("p8", "is 3 refused", "is 1")]
    pair_set = PairSet(name="set", version="1", pairs=pairs)

    def run():
        return evaluate(judge(), pair_set, Selection(total=len(pairs)), tmp_path / "out")

    with pytest.raises(IncompleteRunError):
        run()
    (folder,) = (tmp_path / "out").iterdir()
    record = codec.read_record(RunRecord, folder / "record.json")
    assert not record.complete
    assert (record.counts["pairs"], record.counts["unscored"]) == (7, 1)
    assert by_name(record.estimates)["accuracy"].n == 7
    assert len(codec.read_records(ScoredPair, folder / SCORES)) == 7
    before = len(server.bodies)
    server.usual = None  # it has changed its mind
    done = run()
    assert len(server.bodies) == before + 2
    assert done.record.complete
    assert done.record.counts["pairs"] == 8
    assert "unscored" not in done.record.counts
    assert [one.pair_id for one in done.scored] == [one.id for one in pairs]
    assert done.scored[-1].outcome is Outcome.WIN


def test_a_refused_text_costs_no_other_score(server, judge):
    server.text = judged.scores
    items = [Item(prompt="P", response=text) for text in ("is 7 refused", "is 3", "mumbles")]
    found = {}

    def run():
        for _, scores in judge(mode="pointwise").score_portions([items]):
            found.update((item.response, told.score) for item, told in scores.items())

    with pytest.raises(IncompleteRunError, match=r"1 texts have no score.*not allowed"):
        run()
    assert found == {"is 3": 3.0, "mumbles": None}


@pytest.mark.parametrize("mode", ["pairwise", "pointwise"])
def test_without_a_cache_too_only_what_is_missing_is_asked(server, judge, tmp_path, mode):
    server.text = judged.verdict if mode == "pairwise" else judged.scores
    pairs = [*PAIRS[:3], pair("p8", "is 3 refused", "is 1")]
    pair_set = PairSet(name="set", version="1", pairs=pairs)

    def run():
        model = judge("cache=false", mode=mode)
        return evaluate(model, pair_set, Selection(total=4), tmp_path / "out")

    with pytest.raises(IncompleteRunError):
        run()
    before, server.usual = len(server.bodies), None
    done = run()
    assert len(server.bodies) == before + 2
    assert (done.fresh, [one.pair_id for one in done.scored]) == (1, [one.id for one in pairs])


class GivesSome:
    """A policy that gives `given` of the samples of each prompt, and some that nobody asked for."""

    id, revision, identity = "some", None, {}

    def __init__(self, given):
        self.given = given

    def sample(self, asks, sampling):
        for ask in asks:
            for index in (*ask.samples[: self.given], 99):
                yield Sampled(
                    key=ask.key, sample_index=index, generation=Generation(text="Verdict: A")
                )
        yield Sampled(key="strange", sample_index=0, generation=Generation(text="Verdict: A"))


@pytest.mark.parametrize("given", [0, 1])
def test_a_policy_that_gives_too_few_samples_is_a_failure_of_ours(judge, given):
    model = judge("votes=2&cache=false")
    asked = dataclasses.replace(model.judge, policy=GivesSome(given))
    with pytest.raises(IncompleteRunError, match=f"2 pairs.*gave {given} of 2 samples"):
        dataclasses.replace(model, judge=asked).compare(PAIRS[:2])
    asked = dataclasses.replace(model.judge, policy=GivesSome(2))
    assert dataclasses.replace(model, judge=asked).compare(PAIRS[:2]) == [0.5, 0.5]
