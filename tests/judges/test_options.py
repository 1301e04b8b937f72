"""Which options are the judge's, which are the policy's, and what is refused."""

import sys

import pytest

from lcbrb.errors import BadInputError, MissingExtraError, UnknownNameError, UsageError
from lcbrb.judges.options import Orders, read_options
from lcbrb.policies.cache import Cached
from lcbrb.registry import parse_spec
from lcbrb.rewards import reward_model
from lcbrb.rewards.kinds.judge import PairwiseJudge, PointwiseJudge

URL = "http://localhost:1/v1"


def read(text):
    return read_options(parse_spec(text))


def test_options_go_to_whom_they_belong():
    options, policy = read(f"judge:openai:m@{URL}?concurrency=64&votes=3&rpm=9&orders=seeded")
    assert (options.votes, options.orders) == (3, Orders.SEEDED)
    assert policy == parse_spec(f"openai:m@{URL}?concurrency=64&rpm=9")


def test_a_policy_may_have_a_part_of_its_own():
    options, policy = read(f"judge:openai:m@{URL}?concurrency=64?votes=3&rpm=9")
    assert options.votes == 3
    assert policy == parse_spec(f"openai:m@{URL}?concurrency=64&rpm=9")
    options, policy = read("judge:vllm:org/name@main?seed=5?seed=7&votes=2")
    assert (options.seed, policy.options) == (7, {"seed": "5"})


def test_without_options_the_policy_is_as_it_was_written():
    options, policy = read("judge:smollm2")
    assert policy == parse_spec("smollm2")
    assert (options.votes, options.sampling.temperature) == (1, 0.0)
    assert read("judge:smollm2?votes=2")[0].sampling.temperature == 0.7
    assert read("judge:smollm2?votes=2&temperature=1.5")[0].sampling.temperature == 1.5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("judge", "judge needs a policy: "),
        ("judge:smollm2?votes=0", "option 'votes' of judge"),
        ("judge:smollm2?mode=listwise", "option 'mode' of judge"),
        ("judge:smollm2?votes=2&temperature=0", "the same reply 2 times"),
        ("judge:smollm2?temperature=-1", "must be 0 or more"),
        ("judge:smollm2?temperature=nan", "not a plain number"),
        ("judge:smollm2?top_p=0", r"must be in \(0, 1\]"),
        ("judge:smollm2?mode=pointwise&low=3&high=3", "from 3 to 3 is not a range"),
        ("judge:smollm2?mode=pointwise&high=inf", "from 1 to inf is not a range"),
        ("judge:smollm2?mode=soundness", "can't be used here: use mode=pairwise or mode=pointw"),
        ("judge:smollm2?high=5", "is for mode=pointwise, not pairwise"),
        ("judge:smollm2?mode=pointwise&orders=both", "is for mode=pairwise, not pointwise"),
        (f"judge:openai:m@{URL}?rpm=9?rpm=8", "'rpm' is given twice"),
    ],
)
def test_what_makes_no_sense_is_refused(text, words):
    with pytest.raises(UsageError, match=words):
        read(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            f"judge:openai:m@{URL}?vots=3",
            "unknown option of judge or of openai 'vots': did you mean votes",
        ),
        (
            f"judge:openai:m@{URL}?concurency=3",
            "unknown option of judge or of openai 'concurency': did you mean concurrency",
        ),
        ("judge:opnai:m", "unknown policy 'opnai': did you mean openai"),
        (f"judge:openai:m@{URL}?template=breif", "did you mean brief"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(text, words):
    with pytest.raises(UnknownNameError, match=words):
        reward_model(text)


def test_recorded_completions_can_not_be_asked():
    with pytest.raises(
        UsageError, match="a policy that can generate replies, and replay:mini can't"
    ):
        reward_model("judge:replay:mini")


def test_a_missing_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError):
        reward_model(f"judge:hf:{tmp_path}")


def test_both_modes_and_the_cache():
    pairwise = reward_model(f"judge:openai:m@{URL}")
    assert isinstance(pairwise, PairwiseJudge)
    assert isinstance(pairwise.judge.policy, Cached)
    pointwise = reward_model(f"judge:openai:m@{URL}?mode=pointwise&cache=false&template=brief")
    assert isinstance(pointwise, PointwiseJudge)
    assert not isinstance(pointwise.judge.policy, Cached)
    assert pointwise.id == f"judge:openai:m@{URL}?mode=pointwise&cache=false&template=brief"


def test_a_template_for_the_other_mode_is_refused(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text("user = '{prompt} {response}'")
    with pytest.raises(BadInputError, match="no template for mode=pairwise"):
        reward_model(f"judge:openai:m@{URL}?template={path}")
    assert reward_model(f"judge:openai:m@{URL}?mode=pointwise&template={path}")
