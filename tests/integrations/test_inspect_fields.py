"""What inspect_ai is told of problems and replies, without inspect_ai."""

import datetime as dt
import json

import pytest

from evaluators import benchmark
from lcbrb.errors import IncompleteRunError
from lcbrb.integrations.inspect_fields import sample_metadata, score_fields
from lcbrb.integrations.reply_grader import GradedReply
from lcbrb.types import Completion, Message, Prompt, Status, Verdict


def graded(status, solution="x = 1", **fields):
    reply = Completion(problem_id="p", policy_id="m", sample_index=0, text="", solution=solution)
    return GradedReply(completion=reply, verdict=Verdict(status=status, **fields))


def test_a_sample_says_which_problem_it_is_and_nothing_of_its_tests():
    bench = benchmark("mini")
    problem = bench.load()[0]
    prompt = Prompt(
        messages=(Message(role="system", content="S"), Message(role="user", content="U")),
        template="t@1",
    )
    metadata = sample_metadata(problem, prompt)
    assert metadata["template"] == "t@1"
    assert dt.date.fromisoformat(metadata["released"]) == problem.released
    told = json.dumps(metadata)
    assert not [test for test in problem.check.tests if json.dumps(test.expected) in told]


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.HARNESS_ERROR])
def test_every_verdict_but_our_own_failure_is_a_score(status):
    score = score_fields(graded(status, tests_passed=2, tests_total=3, detail="so"))
    assert score["value"] == {Status.PASSED: "C", Status.NO_ANSWER: "N"}.get(status, "I")
    assert score["answer"] == "x = 1"
    assert score["explanation"] == f"{status.value}: so"
    assert score["metadata"]["status"] == status.value
    assert (score["metadata"]["tests_passed"], score["metadata"]["tests_total"]) == (2, 3)


def test_our_own_failure_is_no_score_and_a_reply_without_a_program_has_an_empty_answer():
    with pytest.raises(IncompleteRunError, match="p has no verdict because the runner failed"):
        score_fields(graded(Status.HARNESS_ERROR, detail="no room"))
    assert score_fields(graded(Status.NO_ANSWER, solution=None))["answer"] == ""
