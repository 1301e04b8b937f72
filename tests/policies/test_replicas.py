"""A model that is asked elsewhere gives what it gives here."""

import pytest
import tiny
from clusters import InProcessCluster
from fakes import CountingPolicy

from lcbrb.engine.cluster import ClusterExecutor
from lcbrb.errors import SetupError
from lcbrb.policies import POLICIES
from lcbrb.policies.cache import Cached
from lcbrb.policies.replicas import replicated
from lcbrb.protocols.policy import Ask
from lcbrb.registry import parse_spec
from lcbrb.types import Message, Prompt, Sampling

pytest.importorskip("torch")
SAMPLING = Sampling(temperature=0.7, max_tokens=5, seed=3)
ASKS = [
    Ask(
        key=f"p{at}",
        prompt=Prompt(messages=(Message(role="user", content="x" * at + "?"),), template="t@1"),
        samples=(0, 2),
    )
    for at in range(7)
]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny.save_language_model(tmp_path_factory.mktemp("model"))


def policy(model):
    spec = parse_spec(f"hf:{model}?form=raw&dtype=float32")
    return POLICIES.load(spec.kind)(spec)


def distributed(cluster, shard=2):
    return ClusterExecutor(cluster=lambda: cluster, shard=shard)


def told(samples):
    """By prompt and number; latency is the machine's."""
    return {
        (one.key, one.sample_index): (one.generation.text, one.generation.seed) for one in samples
    }


def test_replicas_give_the_samples_that_one_model_gives(model):
    cluster = InProcessCluster({"a": 1, "b": 1})
    there = list(replicated(policy(model), distributed(cluster)).sample(ASKS, SAMPLING))
    assert len(there) == 14
    assert told(there) == told(policy(model).sample(ASKS, SAMPLING))
    assert {node for node, _ in cluster.given} == {"a", "b"}


def test_what_is_lost_is_asked_again_and_then_is_no_sample(model):
    def kill(worker, items):
        return items is not None and any(ask.key == "p3" for ask in items)

    cluster = InProcessCluster({"a": 1, "b": 1}, kill=kill)
    there = list(replicated(policy(model), distributed(cluster)).sample(ASKS, SAMPLING))
    lost = [one for one in there if one.generation is None]
    assert sorted((one.key, one.sample_index) for one in lost) == [("p3", 0), ("p3", 2)]
    assert all("lost with its worker" in one.error for one in lost)
    assert len(there) == 14


def test_nothing_is_asked_twice_where_generations_are_kept(model, tmp_path, monkeypatch):
    cluster = InProcessCluster({"a": 1})
    there = replicated(policy(model), distributed(cluster))
    first = Cached(policy=there, folder=tmp_path)
    assert len(list(first.sample(ASKS, SAMPLING))) == 14
    here = policy(model)  # the same model
    again = Cached(policy=here, folder=tmp_path)
    monkeypatch.setattr(type(here), "sample", None)
    assert told(again.sample(ASKS, SAMPLING)) == told(first.sample(ASKS, SAMPLING))


def test_another_model_of_the_same_name_is_refused(model):
    there = replicated(policy(model), distributed(InProcessCluster({"a": 1})))
    object.__setattr__(there.policy, "revision", "another")
    with pytest.raises(SetupError, match="is a different model there"):
        list(there.sample(ASKS, SAMPLING))


def test_a_policy_that_is_no_model_stays_here():
    one = CountingPolicy(name="openai:m@http://localhost")
    assert replicated(one, distributed(InProcessCluster({"a": 1}))) is one
