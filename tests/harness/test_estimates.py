"""Verdicts to estimates: which there are, and what they count."""

from estimates import by_name

from lcbrb.harness.estimates import estimates
from lcbrb.types import AnswerCheck, Completion, Problem, Status, Verdict


def sampled(*statuses):
    problem = Problem(id="p", source="here", prompt="", check=AnswerCheck(gold="1"))
    completions = [
        Completion(problem_id="p", policy_id="m", sample_index=at, text="")
        for at in range(len(statuses))
    ]
    return by_name(
        estimates(completions, [Verdict(status=status) for status in statuses], [problem])
    )


def test_pass_at_k_goes_up_to_the_number_of_samples():
    found = sampled(*[Status.PASSED] * 2, *[Status.WRONG_ANSWER] * 6)
    assert sorted(found) == ["pass@1", "pass@5", "pass@8"]
    assert found["pass@1"].value == 0.25
    assert found["pass@8"].value == 1.0


def test_one_sample_gives_pass_at_1_alone():
    assert sorted(sampled(Status.PASSED)) == ["pass@1"]


def test_our_failures_are_no_samples():
    assert sorted(sampled(Status.PASSED, Status.PASSED, Status.HARNESS_ERROR)) == [
        "pass@1",
        "pass@2",
    ]
