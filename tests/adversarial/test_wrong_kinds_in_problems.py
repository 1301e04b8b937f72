"""Every layout of problems with every part of it replaced: it can be used, or the error is ours.

A reader that lets an object pass where a text belongs shows it by an error of Python's, here or,
worse, hours later. So what a reader gives must be writable as a record, too.
"""

import json

import pytest
from fakes import case, encoded, lcb_row
from wrong_kinds import in_lines, refused_or_used

from evaluators.livecodebench import from_file
from lcbrb.sources.problems import evalplus, humaneval, maths, mbpp

PROGRAM = "def twice(x):\n    return 2 * x\n"
REPLY = f"Double it.\n```python\n{PROGRAM}```"


FUNCTION = {
    "task_id": "HumanEval/0",
    "prompt": "def twice(x):\n",
    "entry_point": "twice",
    "canonical_solution": "    return 2 * x\n",
}
PLUS = {**FUNCTION, "base_input": [[1], [2]], "plus_input": [[3]], "atol": 0}
METADATA = {"func_name": "twice"}
CALL = case("[1]", "[2]", "functional")
PROBLEMS = {
    "humaneval": (
        {**FUNCTION, "test": "def check(candidate):\n    assert candidate(1) == 2\n"},
        humaneval.SOURCE.read_problems,
    ),
    "mbpp": (
        {
            "task_id": 1,
            "text": "Double a number.",
            "code": PROGRAM,
            "test_list": ["assert twice(1) == 2"],
            "test_setup_code": "import math",
        },
        mbpp.EDITIONS["full"].read_problems,
    ),
    "mbpp-sanitized": (
        {
            "task_id": 1,
            "prompt": "Double a number.",
            "code": PROGRAM,
            "test_list": ["assert twice(1) == 2"],
            "test_imports": ["import math"],
        },
        mbpp.EDITIONS["sanitized"].read_problems,
    ),
    "humaneval+": (PLUS, lambda path: evalplus.read_problems(evalplus.HUMANEVAL_PLUS, path)),
    **{
        f"mbpp+ {task}": (
            {**PLUS, "task_id": f"Mbpp/{task}", "base_input": [call], "plus_input": [call]},
            lambda path: evalplus.read_problems(evalplus.MBPP_PLUS, path),
        )
        for task, call in {
            2: [[1], [2]],
            63: [[[1, 2], [3]]],
            259: [[[1, 2]], [[3]]],
            75: [[[1]], [2]],
            106: [[1], [2]],
            115: [[[1], []]],
            278: [[1, [2]]],
            722: [{"a": [1]}, 2],
            124: [1, 2],
            252: [3],
            580: [[1, [2]]],
        }.items()
    },
    "math500": (
        {"unique_id": "a/1", "problem": "One?", "answer": "1", "level": 3},
        maths.MATH500.read_problems,
    ),
    "minerva": (
        {"idx": 1, "problem": "One?", "solution": "It is \\boxed{1}."},
        maths.MINERVA.read_problems,
    ),
    "aime24": (
        {"id": 1, "problem": "One?", "answer": "1", "url": "https://x/2024_AIME_II_1"},
        maths.AIME24.read_problems,
    ),
    "aime25": ({"question_id": 1, "question": "One?", "answer": 1}, maths.AIME25.read_problems),
    "livecodebench": (
        lcb_row(public=[case()], private=[case("2", "4")]),
        lambda path: from_file(path).load(),
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems(tmp_path, name):
    document, read = PROBLEMS[name]
    assert list(read(in_lines(tmp_path / "q.jsonl")(document)))
    assert refused_or_used(in_lines(tmp_path / "q.jsonl"), read, document) == []


@pytest.mark.parametrize("field", ["public_test_cases", "private_test_cases", "metadata"])
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_packed_in_a_field_of_livecodebench(tmp_path, field, packed):
    inner = METADATA if field == "metadata" else [CALL]
    outer = lcb_row(public=[CALL], metadata=json.dumps(METADATA))

    def write(document):
        text = json.dumps(document)
        given = {**outer, field: encoded(text) if packed else text}
        return in_lines(tmp_path / "q.jsonl")(given)

    assert refused_or_used(write, lambda path: from_file(path).load(), inner) == []
