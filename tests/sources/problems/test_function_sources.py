"""HumanEval and MBPP: rows to problems whose scripts call the program."""

import json

import pytest
from fakes import reads_data, write_lines

from lcbrb.errors import BadInputError, UnknownNameError, UsageError
from lcbrb.registry import parse_spec
from lcbrb.sources.problems import humaneval, mbpp

HUMANEVAL = {
    "task_id": "HumanEval/7",
    "prompt": 'def double(x):\n    """Twice x."""\n',
    "canonical_solution": "    return 2 * x\n",
    "entry_point": "double",
    "test": "def check(candidate):\n    assert candidate(2) == 4\n",
}
MBPP = {
    "task_id": 7,
    "text": "Write a function to double.",
    "code": "def double(x):\r\n    return 2 * x",
    "test_setup_code": "",
    "test_list": ["assert double(2) == 4", "assert set(double([1])) == {1}"],
    "challenge_test_list": ["assert double(3) == 7"],
}


def read_mbpp(tmp_path, **fields):
    path = write_lines(tmp_path / "mbpp.jsonl", [{**MBPP, **fields}])
    (problem,) = mbpp.EDITIONS["full"].read_problems(path)
    return problem


# ------------------------------------------------------------------------------- HumanEval


def test_a_humaneval_row_becomes_a_problem(tmp_path):
    (problem,) = humaneval.SOURCE.read_problems(write_lines(tmp_path / "h.jsonl", [HUMANEVAL]))
    assert problem.id == "HumanEval/7"
    assert problem.prompt == HUMANEVAL["prompt"]
    assert problem.check.functions == ("double",)
    assert problem.check.setup.startswith(HUMANEVAL["prompt"])
    assert problem.check.scripts[0].endswith("check(double)\n")
    assert problem.check.reference.endswith("return 2 * x\n")


def test_a_row_without_its_test_is_named(tmp_path):
    row = {key: value for key, value in HUMANEVAL.items() if key != "test"}
    path = write_lines(tmp_path / "h.jsonl", [HUMANEVAL, row])
    with pytest.raises(BadInputError, match=r"line 2: not a HumanEval problem: no field 'test'"):
        list(humaneval.SOURCE.read_problems(path))


def test_humaneval_has_no_releases_and_no_options():
    for text in ("humaneval@v2", "humaneval?x=1"):
        with pytest.raises(UsageError, match="takes no options"):
            humaneval.SOURCE.load_problems(parse_spec(text))


# ------------------------------------------------------------------------------------ MBPP


def test_an_mbpp_row_becomes_a_problem(tmp_path):
    problem = read_mbpp(tmp_path)
    assert problem.id == "Mbpp/7"
    assert problem.check.functions == ("double",)
    assert problem.check.scripts == tuple(MBPP["test_list"])
    assert problem.check.inside == ""
    assert "\r" not in problem.check.reference


def test_every_function_of_the_solution_that_tests_call_is_stubbed(tmp_path):
    code = "def one(x):\n    return x\ndef two(x):\n    return x\ndef three(x):\n    return x\n"
    tests = ["assert two(1) == 1", "assert one(two(2)) == abs(2)"]
    assert read_mbpp(tmp_path, code=code, test_list=tests).check.functions == ("two", "one")


def test_a_modules_name_in_a_test_is_the_solutions_import(tmp_path):
    code = "import sys\ndef size(x):\n    return sys.getsizeof(x)\n"
    check = read_mbpp(tmp_path, code=code, test_list=["assert size(1) == sys.getsizeof(1)"]).check
    assert "import sys" in check.setup


def test_objects_of_the_programs_classes_are_made_inside(tmp_path):
    code = "class Node:\n    pass\ndef depth(node):\n    return 1\n"
    setup = "root = Node()\r\n"
    check = read_mbpp(
        tmp_path, code=code, test_setup_code=setup, test_list=["assert (depth(root)) == 1"]
    ).check
    assert check.functions == ("depth", "lcbrb_call_0")
    assert check.scripts == ("assert lcbrb_call_0() == 1",)
    assert "root = Node()\n" in check.inside
    assert "return depth(root)" in check.inside
    assert "== 1" not in check.inside  # what is expected never goes there


def test_a_call_with_a_type_for_an_argument_is_made_inside(tmp_path):
    code = "def pick(xs, kind):\n    return [x for x in xs if isinstance(x, kind)]\n"
    check = read_mbpp(tmp_path, code=code, test_list=["assert pick([1, 'a'], int) == [1]"]).check
    assert check.scripts == ("assert lcbrb_call_0() == [1]",)
    assert "return pick([1, 'a'], int)" in check.inside


def test_tests_that_call_nothing_of_the_solution_are_refused(tmp_path):
    with pytest.raises(BadInputError, match="no test calls anything"):
        read_mbpp(tmp_path, test_list=["assert other(1) == 1"])


def test_the_sanitized_layout_is_read(tmp_path):
    row = {
        "task_id": 7,
        "prompt": "Write a function to double.",
        "code": "def double(x):\n    return 2 * x",
        "test_imports": ["import math"],
        "test_list": ["assert math.isclose(double(2), 4)"],
    }
    path = tmp_path / "sanitized-mbpp.json"
    path.write_text(json.dumps([row]))
    (problem,) = mbpp.EDITIONS["sanitized"].read_problems(path)
    assert problem.prompt == row["prompt"]
    assert "import math" in problem.check.setup


def test_unknown_editions_are_refused():
    with pytest.raises(UnknownNameError, match="unknown edition of mbpp"):
        mbpp.load_problems(parse_spec("mbpp@v1"))


@reads_data
def test_the_real_files_are_read_whole():
    assert len(humaneval.SOURCE.load_problems(parse_spec("humaneval")).problems) == 164
    full = mbpp.load_problems(parse_spec("mbpp")).problems
    assert len(full) == 974
    assert len(mbpp.load_problems(parse_spec("mbpp@sanitized")).problems) == 427
    inside = {problem.id for problem in full if problem.check.inside}
    assert inside == {"Mbpp/367", "Mbpp/533", "Mbpp/601", "Mbpp/927"}
