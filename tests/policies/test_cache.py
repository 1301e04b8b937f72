"""Generations kept by content: found again, told apart by all that matters, safe from kills."""

import dataclasses

import pytest
from fakes import CountingPolicy

from lcbrb.errors import IncompleteRunError, UsageError
from lcbrb.policies.cache import CACHE_VARIABLE, Cached, default_folder
from lcbrb.protocols.policy import Ask
from lcbrb.types import Message, Prompt, Sampling

SAMPLING = Sampling(n=3)


def prompt(text="Ask.", **fields):
    return Prompt(messages=(Message(role="user", content=text),), **{"template": "t@1", **fields})


def ask(key="p", count=3, **fields):
    return Ask(key=key, prompt=prompt(**fields), samples=tuple(range(count)))


@pytest.fixture
def sample(tmp_path):
    """Samples through a new cache object on the same folder; what the policy was asked for."""

    def sample(asks, sampling=SAMPLING, policy=None):
        policy = policy or CountingPolicy()
        found = list(Cached(policy=policy, folder=tmp_path).sample(asks, sampling))
        wanted = {(one.key, index) for one in asks for index in one.samples}
        assert {(one.key, one.sample_index) for one in found} == wanted
        assert len(found) == len(wanted)
        return policy.asked, found

    return sample


def test_asking_again_costs_nothing_and_gives_the_same(sample):
    asked, first = sample([ask()])
    assert len(asked) == 3
    asked, second = sample([ask()], policy=CountingPolicy(lambda key, index: "other"))
    assert asked == []
    assert second == first


def test_a_larger_n_samples_what_is_missing(sample):
    sample([ask(count=2)], Sampling(n=2))
    asked, _ = sample([ask(count=5)], Sampling(n=5))
    assert asked == [("p", 2), ("p", 3), ("p", 4)]


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.5},
        {"top_p": 0.5},
        {"max_tokens": 7},
        {"stop": ("x",)},
        {"seed": 9},
        {"system_prompt": "Be brief."},
    ],
    ids=lambda change: next(iter(change)),
)
def test_other_settings_are_other_samples(sample, change):
    sample([ask()])
    asked, _ = sample([ask()], dataclasses.replace(SAMPLING, **change))
    assert len(asked) == 3


@pytest.mark.parametrize(
    "change", [{"text": "Ask?"}, {"raw": "r"}, {"stop": ("x",)}], ids=["text", "raw", "stop"]
)
def test_other_prompts_are_other_samples(sample, change):
    sample([ask()])
    assert len(sample([ask(**change)])[0]) == 3


def test_other_weights_are_other_samples(sample):
    sample([ask()])
    assert len(sample([ask()], policy=CountingPolicy(revision="2"))[0]) == 3
    assert len(sample([ask()], policy=CountingPolicy(name="other"))[0]) == 3


def test_what_a_problem_or_a_template_is_called_does_not_matter(sample):
    sample([ask()])
    assert sample([ask(key="other", template="t@2")])[0] == []


def test_what_was_not_given_is_asked_for_again(sample):
    refusing = CountingPolicy(lambda key, index: None if index == 1 else "text")
    _, found = sample([ask()], policy=refusing)
    assert [one.generation is None for one in found] == [False, True, False]
    assert sample([ask()])[0] == [("p", 1)]


def test_what_came_before_a_failure_is_kept(sample, tmp_path):
    def breaks(key, index):
        if index == 2:
            raise IncompleteRunError("gone")
        return "text"

    with pytest.raises(IncompleteRunError):
        sample([ask()], policy=CountingPolicy(breaks))
    assert sample([ask()])[0] == [("p", 2)]


def test_a_line_that_a_kill_tore_and_one_of_no_use_are_passed_over(sample, tmp_path):
    sample([ask()])
    (path,) = tmp_path.rglob("*.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b'{"key": 3}\nnot json\n\xff\n' + lines[2][:-10])
    asked, _ = sample([ask()])
    assert asked == [("p", 1), ("p", 2)]


def test_two_processes_at_a_time_do_not_disturb_each_other(tmp_path):
    caches = [Cached(policy=CountingPolicy(), folder=tmp_path) for _ in range(2)]
    streams = [one.sample([ask()], SAMPLING) for one in caches]
    for _ in range(3):
        assert len({next(stream).generation.text for stream in streams}) == 1
    assert all(next(stream, None) is None for stream in streams)
    third = Cached(policy=CountingPolicy(), folder=tmp_path)
    assert len(list(third.sample([ask()], SAMPLING))) == 3
    assert third.policy.asked == []


def test_a_folder_tells_people_whose_it_is(sample, tmp_path):
    sample([ask()])
    (about,) = tmp_path.rglob("about.json")
    assert '"kind": "fake"' in about.read_text()
    assert '"temperature": 0.8' in about.read_text()


def test_a_folder_that_can_not_be_written_is_said(tmp_path):
    (tmp_path / "generations").write_text("a file")
    with pytest.raises(UsageError, match=CACHE_VARIABLE):
        list(Cached(policy=CountingPolicy(), folder=tmp_path).sample([ask()], SAMPLING))


def test_the_folder_is_the_variable_s_or_the_user_s(monkeypatch, tmp_path):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv(CACHE_VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert default_folder() == tmp_path / "x" / "lcbrb"
