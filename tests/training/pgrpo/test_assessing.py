"""Replies to verdicts and thinking scores: real programs, real answers, and what can go wrong."""

import dataclasses
import math

import pytest
import tiny
from fakes import case, lcb_row, write_lines
from word_policy import Digits, LikesGood

from evaluators import benchmark
from lcbrb.errors import BadScoreError, UsageError
from lcbrb.grading.function_check import FunctionKind
from lcbrb.grading.grader import Grader
from lcbrb.grading.single_tests import pass_rate
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import RewardModel
from lcbrb.sandbox.inside.wire import encode
from lcbrb.training.pgrpo.assessing import Reply, assessor_for, share_of
from lcbrb.training.pgrpo.tasks import tasks_of
from lcbrb.types import CodeCheck, FunctionCheck, ScriptCheck, Status, TestCase, TestKind, Verdict


def reply(think, answer, **more):
    return Reply(text=f"<think>{think}</think><answer>{answer}</answer>", **more)


@pytest.fixture
def doubling(tmp_path):
    """Print twice the number; four tests, of which a program for odd numbers passes two."""
    tests = [case(f"{n}\n", f"{2 * n}\n") for n in (1, 2, 3, 4)]
    path = write_lines(tmp_path / "p.jsonl", [lcb_row("q1", public=tests[:1], private=tests[1:])])
    return benchmark(str(path))


ODD = "n = int(input())\nprint(2 * n if n % 2 else n)"
RIGHT = "print(2 * int(input()))"


def assessed(bench, replies, model=None, **how):
    tasks = tasks_of([bench], "think-answer")
    with assessor_for([bench], model, **how) as assessor:
        return assessor.assess([tasks[0]] * len(replies), replies)


def test_programs_are_graded_fenced_or_not_and_only_inside_the_answer(doubling):
    fenced = f"```python\n{RIGHT}\n```"
    found = assessed(
        doubling,
        [
            reply("double", RIGHT),
            reply("double", fenced),
            reply("double", ODD),
            Reply(text=fenced),  # no tags
            reply(RIGHT, "see above"),  # the program is in the reasoning
            Reply(text=f"<think>x<answer>{RIGHT}</answer>"),  # the reasoning never ends
        ],
    )
    assert [one.outcome for one in found] == [True, True, False, False, False, False]
    assert [one.parts.well_formed for one in found] == [True, True, True, False, True, False]
    assert found[3].verdict.status is Status.NO_ANSWER
    assert {one.thinking for one in found} == {None}  # nobody scores


def test_the_soft_outcome_counts_tests_one_by_one(doubling):
    found = assessed(doubling, [reply("t", ODD), reply("t", RIGHT), Reply(text="")], soft=True)
    assert [one.pass_rate for one in found] == [0.5, 1.0, 0.0]
    assert assessed(doubling, [reply("t", ODD)])[0].pass_rate == 0.0


class Doubling(Digits):
    """Twice the number, by a reference and calls of the function; seven inputs."""

    def __init__(self):
        super().__init__(1)
        check = FunctionCheck(
            entry_point="f",
            reference="def f(x):\n    return 2 * x\n",
            base_inputs=tuple(encode([n]) for n in range(4)),
            plus_inputs=tuple(encode([n]) for n in (10, 11, 12)),
        )
        self.problems = [dataclasses.replace(self.problems[0], check=check)]
        self.kind = FunctionKind()

    runs_programs = True

    def verify(self, problem, completion, sandbox):
        return self.kind.verify(problem, completion, sandbox)


def test_the_soft_outcome_of_a_function_holds_each_call_to_its_own_answer():
    programs = {
        "def f(x):\n    return 0": 1 / 7,  # right on 0
        "def f(x):\n    return 2 * x if x != 3 else 0": 6 / 7,
        "def f(x):\n    return 2 * x": 1.0,
    }
    found = assessed(Doubling(), [reply("t", program) for program in programs], soft=True)
    assert [one.pass_rate for one in found] == pytest.approx([*programs.values()])


def test_a_program_that_fails_has_no_full_soft_outcome_and_one_that_hangs_costs_one_limit():
    tried = []

    class Grades:
        def verdict(self, completion, problem):
            tried.append(problem.id)
            hangs = len(tried) == 3
            return Verdict(status=Status.TIME_LIMIT if hangs else Status.PASSED)

    case_ = TestCase(kind=TestKind.STDIN, input="", expected="")
    problem = dataclasses.replace(Digits(1).problems[0], check=CodeCheck(tests=(case_,) * 40))
    one = tiny.completion(problem_id=problem.id)
    failed = Verdict(status=Status.WRONG_ANSWER)
    assert pass_rate(Grades(), one, problem, failed) == 2 / 20
    assert tried == ["d00#0", "d00#2", "d00#4"]
    tried[:] = ["no", "more", "hanging"]
    assert pass_rate(Grades(), one, problem, failed) == 19 / 20  # though all that were tried pass
    script = dataclasses.replace(problem, check=SCRIPT)
    told = Verdict(status=Status.WRONG_ANSWER, tests_passed=1, tests_total=3)
    assert pass_rate(Grades(), one, script, told) == pytest.approx(1 / 3)


SCRIPT = ScriptCheck(functions=("f",), scripts=("import math", "f(math.pi)", "f(1)"), reference="")


def test_replies_that_are_not_paid_are_graded_and_not_scored():
    tasks = tasks_of([Digits()], "{problem}")[:1]
    with assessor_for([Digits()], Logit(math.nan)) as assessor:
        (found,) = assessor.finish(assessor.begin(tasks, [reply("a", "1")], paid=False), paid=False)
    assert (found.outcome, found.thinking) == (True, None)


def test_an_answer_in_maths_needs_no_box():
    texts = ["1", r"\boxed{1}", "the answer is 1", "2", "1 or 2", ""]
    found = assessed(benchmark("mini"), [])
    assert found == []
    bench = MathOne()
    found = assessed(bench, [reply("t", text) for text in texts])
    assert [one.outcome for one in found] == [True, True, True, False, False, False]


class MathOne(Digits):
    """The real grader of answers, on one problem whose answer is 1."""

    def __init__(self):
        super().__init__(1)

    def verify(self, problem, completion, sandbox):
        from lcbrb.grading.answer_check import AnswerKind

        return AnswerKind().verify(problem, completion, sandbox)


def test_a_cut_reply_is_neither_graded_nor_scored():
    bench = Digits()
    found = assessed(bench, [reply("good", "1", truncated=True)], LikesGood())[0]
    assert (found.verdict.status, found.thinking, bench.graded) == (Status.TRUNCATED, 0.0, 0)


def test_every_well_formed_reasoning_is_scored_also_of_what_failed():
    replies = [reply("good", "1"), reply("bad", "0"), Reply(text="<answer>1</answer>")]
    found = assessed(Digits(), replies, LikesGood())
    assert [one.thinking for one in found] == [0.9, 0.1, 0.0]


class Logit(RewardModel):
    id, logits = "logit", True

    def __init__(self, value):
        self.value = value

    def score(self, items):
        return [self.value for _ in items]


class Judge(RewardModel):
    """Scores 1 to 10, and can't be read now and then."""

    id, bounds, asks_others = "judge", (1.0, 10.0), True

    def score(self, items):
        return [10.0 for _ in items]

    def score_portions(self, portions):
        from lcbrb.rewards.base import ItemScore

        for number, items in enumerate(portions):
            yield (
                number,
                {item: ItemScore(score=None if "?" in item.response else 5.5) for item in items},
            )


def test_scores_become_shares():
    assert share_of(Logit(0.0))(0.0) == 0.5
    assert share_of(Logit(0.0))(800.0) == 1.0
    assert share_of(Logit(0.0))(-800.0) == 0.0
    assert share_of(Logit(0.0))(2.0) == pytest.approx(1 / (1 + math.exp(-2)))
    assert share_of(Judge())(5.5) == 0.5
    assert share_of(reward_model("random"))(0.25) == 0.25
    with pytest.raises(UsageError, match="length scores from"):
        share_of(reward_model("length"))


def test_a_judge_that_can_t_be_read_is_not_a_zero():
    found = assessed(Digits(), [reply("a", "1"), reply("?", "1")], Judge())
    assert [one.thinking for one in found] == [0.5, None]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_score_that_is_no_number_raises(value):
    with pytest.raises(BadScoreError, match="not a finite number"):
        assessed(Digits(), [reply("a", "1")], Logit(value))


def test_what_failed_on_our_side_is_tried_again_then_unknown(monkeypatch):
    verdicts = iter([Status.HARNESS_ERROR, Status.PASSED, *[Status.HARNESS_ERROR] * 2])
    monkeypatch.setattr(Grader, "verdict", lambda *_: Verdict(status=next(verdicts)))
    found = assessed(Digits(), [reply("a", "1")]) + assessed(Digits(), [reply("a", "1")])
    assert [(one.outcome, one.pass_rate) for one in found] == [(True, 1.0), (None, None)]


def test_grading_goes_on_while_others_are_scored():
    import threading

    graded = threading.Event()

    class Waits(LikesGood):
        def score(self, items):
            assert graded.wait(20), "graders wait for the scorer"
            return super().score(items)

    class Tells(Digits):
        def verify(self, problem, completion, sandbox):
            graded.set()
            return super().verify(problem, completion, sandbox)

    assert assessed(Tells(), [reply("good", "1")], Waits())[0].outcome
