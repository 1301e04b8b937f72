"""Every layout of completions with every part of it replaced: it can be used, or the error is ours.

A reader that lets an object pass where a text belongs shows it by an error of Python's, here or,
worse, hours later. So what a reader gives must be writable as a record, too.
"""

import pytest
from wrong_kinds import in_lines, refused_or_used, whole

from lcbrb.policies.replay import Replay
from lcbrb.rewards.best_of.samples import open_samples
from lcbrb.types import AnswerCheck, Problem

PROGRAM = "def twice(x):\n    return 2 * x\n"
REPLY = f"Double it.\n```python\n{PROGRAM}```"


COMPLETIONS = {
    "livecodebench": {
        "question_id": "q",
        "output_list": [REPLY],
        "code_list": [PROGRAM],
        "graded_list": [True],
        "metadata": [{"error_message": "no"}],
        "model": "m",
    },
    "evalplus": {"task_id": "q", "solution": PROGRAM},
    "human-eval": {"task_id": "q", "completion": PROGRAM, "passed": False, "result": "failed"},
    "codet": {"prompt": "one two", "samples": [REPLY]},
    "maths": {
        "question": "one two",
        "generation": REPLY,
        "score": 1,
        "pred": "2",
        "finish_reason": "stop",
    },
    "maths lists": {
        "problem": "one two",
        "code": [REPLY],
        "score": [True],
        "pred": ["2"],
        "finish_reason": ["stop"],
    },
    "ours": {
        "schema_version": 1,
        "problem_id": "q",
        "policy_id": "m",
        "sample_index": 0,
        "text": REPLY,
        "judgements": [{"judge": "j", "sound": True, "note": ""}],
        "recorded": {"file": "f", "row": 0, "passed": True},
    },
}
RESULTS = {
    "date": "today",
    "eval": {
        "q": [
            {
                "solution": PROGRAM,
                "base_status": "fail",
                "plus_status": "fail",
                "base_fail_tests": [[1]],
                "plus_fail_tests": [[1]],
            }
        ]
    },
}
ASKED = [
    Problem(id=name, source="s", prompt=prompt, check=AnswerCheck(gold="2"))
    for name, prompt in {"q": "Double.", "r": "one two"}.items()
]


def replayed(path):
    """The completions of a file that have a problem."""
    return Replay(id="x", paths=[path]).replay(ASKED).completions


@pytest.mark.parametrize("name", COMPLETIONS)
def test_completions(tmp_path, name):
    write = in_lines(tmp_path / "m.jsonl")
    assert replayed(write(COMPLETIONS[name]))
    assert refused_or_used(write, replayed, COMPLETIONS[name]) == []


def test_result_files(tmp_path):
    write = whole(tmp_path / "m_eval_results.json")
    assert replayed(write(RESULTS))
    assert refused_or_used(write, replayed, RESULTS) == []


def test_samples_to_choose_among(tmp_path):
    row = {"question": "one two", "completion": [REPLY, "2"], "score": [True, False]}

    def read(path):
        open_samples(str(path), None)
        return ()

    assert refused_or_used(in_lines(tmp_path / "m.jsonl"), read, row) == []
