"""`lcbrb bench` and `lcbrb validate` on a maths benchmark, from files to estimates."""

import json

import pytest
from estimates import by_name
from fakes import write_lines

PROBLEMS = [
    {"problem": "Half of one?", "answer": "\\frac{1}{2}", "level": 1, "unique_id": "test/a/1.json"},
    {"problem": "The interval?", "answer": "(3,4]", "level": 2, "unique_id": "test/a/2.json"},
]
REPLIES = [
    ("Half of one?", "\\boxed{0.5}", True),
    ("Half of one?", "\\boxed{2}", False),
    ("Half of one?", "\\boxed{2.0}", False),
    ("The  interval?", "\\boxed{[3,4)}", True),  # their mistake
    ("The interval?", "\\boxed{3 < x \\le 4}", False),  # theirs again
    ("The interval?", "I can't say.", False),
]


@pytest.fixture
def replies(tmp_path, monkeypatch):
    """Two problems below LCBRB_DATA, and three replies to each."""
    write_lines(tmp_path / "data" / "math" / "math500.jsonl", PROBLEMS)
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path / "data"))
    rows = [{"question": q, "generation": text, "score": score} for q, text, score in REPLIES]
    return write_lines(tmp_path / "m.jsonl", rows)


def test_replies_are_judged_averaged_put_to_the_vote_and_held_against_their_verdicts(
    lcbrb, replies
):
    ended = lcbrb("bench", "--policy", f"replay:{replies}", "--benchmark", "math500", "--json")
    assert ended.code == 0
    document = json.loads(ended.out)
    (record,) = document["records"]
    values = {key: one["value"] for key, one in by_name(record["estimates"]).items()}
    assert values["pass@1"] == values["avg@3"] == 1 / 3
    assert values["maj@3"] == (0 + 0.5) / 2  # 2 and 2.0 vote together; then a tie of two
    assert values["no_answer"] == 1 / 6
    assert record["counts"]["no_answer"] == 1
    found = {
        (one["row"], one["theirs"], one["ours"])
        for one in document["agreement"][0]["disagreements"]
    }
    assert found == {(3, "pass", "wrong_answer"), (4, "fail", "passed")}


def test_of_several_benchmarks_those_that_the_file_answers_are_graded(lcbrb, replies, tmp_path):
    other = [{"problem": "Else?", "answer": "7", "id": 1}]
    write_lines(tmp_path / "data" / "math" / "aime24.jsonl", other)
    both = "bench", "--policy", f"replay:{replies}", "--json", "--benchmark"
    ended = lcbrb(*both, "aime24,math500")
    assert ended.code == 0, ended.err
    document = json.loads(ended.out)
    assert [record["benchmark"] for record in document["records"]] == ["math500"]
    (note,) = document["notes"]
    assert note.startswith("aime24 was left out: none of the 6 completions has a problem here")
    ended = lcbrb(*both, "aime24")
    assert (ended.code, "none of the 6 completions" in ended.err) == (2, True)


def test_expected_answers_are_validated(lcbrb, replies):
    ended = lcbrb("validate", "math500", "--json")
    assert ended.code == 0
    assert json.loads(ended.out)["counts"]["good"] == 2
