"""A reward model that scores elsewhere gives the scores that it gives here."""

import pytest
import tiny
from clusters import InProcessCluster

from lcbrb.engine.cluster import ClusterExecutor
from lcbrb.errors import IncompleteRunError, SetupError
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards import reward_model
from lcbrb.rewards.evaluation import evaluate
from lcbrb.rewards.pair_sides import sides_of
from lcbrb.rewards.replicas import replicated
from lcbrb.rewards.scoring import score_items
from lcbrb.rewards.selection import Selection

pytest.importorskip("torch")
PAIRS = PairSet(
    name="p",
    version="1",
    pairs=[tiny.pair(f"p{at}", chosen=f"yes {at}", rejected=f"no {at}") for at in range(80)],
)


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    folder = tiny.save_classifier(tmp_path_factory.mktemp("model"), "llama")
    return f"hf:{folder}"


def distributed(cluster):
    return ClusterExecutor(cluster=lambda: cluster, shard=1)


def scores(model, folder):
    done = evaluate(model, PAIRS, Selection(total=80), folder)
    return done.record, {one.pair_id: one for one in done.scored}


def outcomes(record):
    """The counts, without what the scores cost: that is counted where they are made."""
    return {name: n for name, n in record.counts.items() if not name.startswith("tokens")}


def test_replicas_give_the_scores_that_one_model_gives(spec, tmp_path):
    cluster = InProcessCluster({"a": 1, "b": 1})
    there, their_scores = scores(
        replicated(reward_model(spec), distributed(cluster)), tmp_path / "there"
    )
    here, own_scores = scores(reward_model(spec), tmp_path / "here")
    assert their_scores == own_scores
    assert (there.estimates, outcomes(there), there.subject) == (
        here.estimates,
        outcomes(here),
        here.subject,
    )
    assert [len(items) for _, items in cluster.given] == [1, 1, 1]  # portions of 32, 32, 16


def test_a_portion_that_is_lost_again_and_again_ends_the_run_and_the_rest_is_kept(spec, tmp_path):
    def kill(worker, items):
        return items is not None and items[0][0] == 1

    model = replicated(
        reward_model(spec), distributed(InProcessCluster({"a": 1, "b": 1}, kill=kill))
    )
    with pytest.raises(IncompleteRunError, match="64 texts from the one that begins 'yes 32'"):
        scores(model, tmp_path)
    record, found = scores(reward_model(spec), tmp_path)
    assert record.complete
    assert len(found) == 80


def test_another_model_of_the_same_name_is_refused(spec, tmp_path):
    model = replicated(reward_model(spec), distributed(InProcessCluster({"a": 1})))
    score_items(model, sides_of(PAIRS.pairs[0]))
    object.__setattr__(model.model.weights, "revision", "another")
    with pytest.raises(SetupError, match="is a different model there"):
        score_items(model, sides_of(PAIRS.pairs[0]))


def test_what_is_no_model_stays_here():
    one = reward_model("length")
    assert replicated(one, distributed(InProcessCluster({"a": 1}))) is one


def test_kinds_made_of_several_models_are_distributed_too(spec, tmp_path):
    text = f"ensemble:({spec})|(length)?combine=min&scale=unit"
    there, their_scores = scores(
        replicated(reward_model(text), distributed(InProcessCluster({"a": 1, "b": 1}))),
        tmp_path / "a",
    )
    here, own_scores = scores(reward_model(text), tmp_path / "b")
    assert their_scores == own_scores
    assert there.config["model"] == here.config["model"]
    assert there.config["model"]["combine"] == "min"
