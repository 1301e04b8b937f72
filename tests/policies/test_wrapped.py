"""Policies of others: adopted with what they have, refused with what they lack, never read early."""

import pytest
from fakes import CountingPolicy

from lcbrb.errors import SetupError, UsageError
from lcbrb.policies.cache import Cached
from lcbrb.policies.wrapped import adopted
from lcbrb.protocols.policy import Ask, Policy, RecordedPolicy, Replayed, Sampled
from lcbrb.types import Generation, Message, Prompt, Sampling

ASK = Ask(key="p", prompt=Prompt(messages=(Message(role="user", content="?"),), template="t@1"))


class Foreign:
    """As little as a plug-in may give."""

    id = "theirs:x"

    @property
    def identity(self):
        return {"kind": "theirs"}

    @property
    def revision(self):
        raise ConnectionError("the server is asked when the revision is needed, not before")

    def sample(self, asks, sampling):
        for ask in asks:
            yield Sampled(key=ask.key, sample_index=0, generation=Generation(text=self.id))


def test_an_object_with_a_policys_members_becomes_one():
    policy = adopted(Foreign(), "theirs:x")
    assert isinstance(policy, Policy)
    assert (policy.id, policy.identity) == ("theirs:x", {"kind": "theirs"})
    assert [one.generation.text for one in policy.sample([ASK], Sampling())] == ["theirs:x"]
    policy.load()  # nothing to load
    with pytest.raises(UsageError, match="theirs:x gives no log-likelihoods"):
        policy.loglikelihood([("a", "b")])
    with pytest.raises(ConnectionError):
        _ = policy.revision


def test_attributes_of_the_object_itself_count_too():
    class Bare:
        def __init__(self):
            self.id, self.revision, self.identity = "b", None, {}

        def sample(self, asks, sampling):
            return iter(())

    assert adopted(Bare(), "b").revision is None


def test_recorded_completions_of_others_are_told_from_live_policies():
    class Recorded:
        id = "theirs"

        def replay(self, problems):
            return Replayed(completions=[], unknown={"x": len(problems)})

    policy = adopted(Recorded(), "theirs")
    assert isinstance(policy, RecordedPolicy)
    assert policy.replay([1, 2]).unknown == {"x": 2}


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (object(), "gave a object, which is not a policy: it lacks id, revision, identity, sample"),
        (type("Half", (), {"id": "h", "sample": None})(), "it lacks revision, identity "),
    ],
)
def test_what_an_object_lacks_is_named(made, words):
    with pytest.raises(SetupError, match=words):
        adopted(made, "theirs:x")


def test_our_own_policies_stay_as_they_are():
    policy = CountingPolicy()
    assert adopted(policy, "fake") is policy


def test_a_policy_needs_an_id_and_sample_and_nothing_else():
    class Least(Policy):
        id = "least"

        def sample(self, asks, sampling):
            yield from ()

    assert Least().revision is None
    assert Least().identity == {"policy": "least", "revision": None}


def test_a_cache_loads_no_model_before_a_sample_is_missing(tmp_path):
    class Loads(CountingPolicy):
        def load(self):
            raise AssertionError("all may be in the cache")

    Cached(policy=Loads(), folder=tmp_path).load()
