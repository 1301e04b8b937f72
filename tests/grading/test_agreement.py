"""Agreement: who says pass, who says fail, and which completions they differ on."""

import pytest
from tiny import completion, problem, verdict

from lcbrb.grading.agreement import agreement
from lcbrb.grading.check_kinds import kind_of
from lcbrb.types import AnswerCheck, CodeCheck, Recorded, Status, VerdictOrigin

STDIN = problem("s", check=CodeCheck(tests=()))
CALL = problem("c", check=CodeCheck(tests=(), entry_point="f"))
PROBLEMS = [STDIN, CALL]


def recorded(passed, name="s", index=0):
    return completion(
        problem_id=name, index=index, recorded=Recorded(file="f", row=index, passed=passed)
    )


def compare(*cases):
    completions, verdicts = zip(*cases, strict=True)
    return agreement(completions, verdicts, PROBLEMS)


def test_verdicts_are_counted_by_kind_and_by_what_both_say():
    passed, wrong = verdict(), verdict(Status.WRONG_ANSWER)
    found = compare(
        (recorded(passed=True), passed),
        (recorded(passed=True, index=1), passed),
        (recorded(passed=True, index=2), wrong),
        (recorded(passed=False, index=3), passed),
        (recorded(passed=False, name="c"), verdict(Status.TIME_LIMIT)),
    )
    assert found.counts == {
        "functional: recorded fail, ours fail": 1,
        "stdin: recorded fail, ours pass": 1,
        "stdin: recorded pass, ours fail": 1,
        "stdin: recorded pass, ours pass": 2,
    }
    assert found.compared == 5


def test_each_difference_is_kept_with_both_verdicts():
    passed, wrong = verdict(), verdict(Status.RUNTIME_ERROR)
    lost, won = recorded(passed=True, name="c"), recorded(passed=False)
    found = compare(
        (recorded(passed=False, index=1), wrong),
        (lost, wrong),
        (recorded(passed=True, index=2), passed),
        (won, passed),
    ).disagreements
    assert [(one.completion, one.verdict, one.kind) for one in found] == [
        (lost, wrong, "functional"),
        (won, passed, "stdin"),
    ]


@pytest.mark.parametrize(
    ("one", "ours"),
    [
        (completion(problem_id="s"), verdict()),
        (recorded(passed=None), verdict()),
        (recorded(passed=True), verdict(origin=VerdictOrigin.RECORDED)),
        (recorded(passed=True), verdict(Status.HARNESS_ERROR)),
    ],
    ids=["not recorded", "recorded without a verdict", "not run here", "a failure of ours"],
)
def test_where_one_side_did_not_judge_nothing_is_compared(one, ours):
    found = compare((one, ours))
    assert (found.compared, list(found.disagreements)) == (0, [])


def test_kinds_of_problems_have_a_word_each():
    answer = problem("a", check=AnswerCheck(gold="1"))
    assert [kind_of(one.check).label(one.check) for one in (STDIN, CALL, answer)] == [
        "stdin",
        "functional",
        "answer",
    ]
