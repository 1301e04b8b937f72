"""Sampled runs: every sample once, whatever stopped the run before; settings that are refused."""

import json
import threading

import pytest
import tiny
from estimates import by_name
from fakes import CountingPolicy, FakeBenchmark, FakeSandbox, InTurn

from lcbrb.engine.local import LocalExecutor
from lcbrb.errors import IncompleteRunError, UsageError
from lcbrb.grading.grader import Grader
from lcbrb.harness.run import Part, bench_sampled
from lcbrb.harness.sampling import Live, prompts_for
from lcbrb.protocols.progress import Watch
from lcbrb.types import Sampling, Status

PASS, FAIL = Status.PASSED, Status.WRONG_ANSWER


def run(folder, policy, executor=None, watch=None, **sampling):
    """Three problems, two samples of each, all right."""
    bench = FakeBenchmark([tiny.problem(f"p{i}") for i in range(3)], tiny.verdict(PASS))
    part = Part(benchmark=bench, subject=policy.id, policies=(policy.id,))
    grader = Grader(benchmark=bench, sandbox=FakeSandbox(), executor=executor or InTurn())
    live = Live(policy=policy, sampling=Sampling(**{"n": 2, **sampling}))
    live.check()
    return bench_sampled(part, live, grader, folder, watch)


def lines(folder, name):
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def test_a_run_samples_judges_and_says_how(tmp_path):
    policy = CountingPolicy()
    record = run(tmp_path, policy, max_tokens=9).record
    assert len(policy.asked) == 6
    assert record.counts == {"completions": 6, "problems": 3, "unsampled": 0, "passed": 6}
    assert (record.complete, record.revision, record.partial) == (True, "1", False)
    assert record.config["sampling"]["max_tokens"] == 9
    assert record.config["sampling"]["n"] == 2
    assert record.config["templates"] == ["fake@1"]
    assert record.config["identities"] == [policy.identity]
    assert by_name(record.estimates)["pass@1"].n == 6
    completions = lines(tmp_path, "completions.jsonl")
    assert [one["text"] for one in completions] == [f"p{p} {i}" for p in range(3) for i in (0, 1)]
    assert completions[0]["completion_tokens"] == 3
    assert len(lines(tmp_path, "samples.jsonl")) == 6


def test_a_second_start_asks_for_nothing(tmp_path):
    first = run(tmp_path, CountingPolicy()).record
    again = CountingPolicy()
    second = run(tmp_path, again).record
    assert again.asked == []
    assert second.estimates == first.estimates


def test_a_run_that_lost_its_policy_goes_on_from_there(tmp_path):
    def breaks(key, index):
        if (key, index) == ("p1", 1):
            raise IncompleteRunError("the server is gone")
        return "text"

    graded = run(tmp_path, CountingPolicy(breaks))
    assert str(graded.failure) == "the server is gone"
    assert graded.record.counts["completions"] == 3
    assert graded.record.counts["unsampled"] == 3
    assert not graded.record.complete
    assert len(lines(tmp_path, "samples.jsonl")) == 3  # what was there is graded all the same
    policy = CountingPolicy()
    record = run(tmp_path, policy).record
    assert policy.asked == [("p1", 1), ("p2", 0), ("p2", 1)]
    assert record.complete
    assert record.counts["completions"] == 6


def test_a_torn_completion_is_sampled_again(tmp_path):
    run(tmp_path, CountingPolicy())
    path = tmp_path / "completions.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    policy = CountingPolicy()
    assert run(tmp_path, policy).record.complete
    assert policy.asked == [("p2", 1)]


def test_samples_that_were_not_given_are_named_and_in_no_estimate(tmp_path):
    refusing = CountingPolicy(lambda key, index: None if key == "p0" else f"text {index}")
    record = run(tmp_path, refusing).record
    assert record.counts["unsampled"] == 2
    assert record.notes == ("2 samples are missing: it would not",)
    assert not record.complete
    assert by_name(record.estimates)["pass@1"].n == 4
    record = run(tmp_path, CountingPolicy()).record
    assert (record.complete, record.notes) == (True, ())


def test_other_settings_are_another_run(tmp_path):
    run(tmp_path, CountingPolicy())
    with pytest.raises(UsageError, match=r"another run .*config \(sampling\)"):
        run(tmp_path, CountingPolicy(), temperature=0.3)


def test_the_judge_works_while_the_model_samples(tmp_path):
    graded = threading.Event()

    def waits(key, index):
        if (key, index) == ("p2", 1):  # the last sample comes once a verdict is there
            assert graded.wait(30)
        return "text"

    watch = Watch(on_verdict=graded.set)
    record = run(
        tmp_path, CountingPolicy(waits), executor=LocalExecutor(workers=2), watch=watch
    ).record
    assert record.counts["passed"] == 6


@pytest.mark.parametrize(
    ("sampling", "words"),
    [
        ({"temperature": 0.0, "n": 2}, "the same text 2 times"),
        ({"temperature": -1.0}, "temperature is -1.0"),
        ({"top_p": 0.0}, "top_p is 0.0"),
        ({"max_tokens": 0}, "max_tokens is 0"),
        ({"stop": ("",)}, "strings that are not empty"),
        ({"template": "Solve it."}, "neither {prompt} nor {problem}"),
    ],
)
def test_settings_without_sense_are_refused(sampling, words):
    with pytest.raises(UsageError, match=words):
        Live(policy=CountingPolicy(), sampling=Sampling(**sampling)).check()


def test_a_template_of_one_s_own_wraps_what_is_asked():
    problems = [tiny.problem("p0", prompt="Add {prompt}.")]
    bench = FakeBenchmark(problems, tiny.verdict())
    (own,) = prompts_for(bench, problems, None)
    assert own.template == "fake@1"
    (found,) = prompts_for(bench, problems, "Q: {problem} / {prompt}\nA:")
    assert found.messages[0].content == "Q: Add {prompt}. / Add {prompt}.\nA:"
    assert found.raw == found.messages[0].content
    assert found.template.startswith("custom@")


def test_a_policy_that_does_not_sample_is_noticed(tmp_path):
    same = CountingPolicy(lambda key, index: f"always {key}")
    (note,) = run(tmp_path / "a", same).record.notes
    assert "fake gave the same text" in note
    mostly = CountingPolicy(lambda key, index: f"{index}" if key == "p1" else "same")
    assert run(tmp_path / "b", mostly).record.notes == ()
    assert run(tmp_path / "c", same, n=1).record.notes == ()


def test_a_policy_is_asked_for_think_and_answer_by_name():
    bench = FakeBenchmark([tiny.problem("p1")], tiny.verdict(PASS))
    (prompt,) = prompts_for(bench, bench.load(), "think-answer")
    (plain,) = prompts_for(bench, bench.load(), None)
    text = prompt.messages[-1].content
    assert text.startswith(plain.messages[-1].content + "\n\n")
    assert "<answer>" in text
    assert prompt.raw == text
    assert (prompt.stop, prompt.template[:13]) == ((), "think-answer@")  # a fence may end in it
