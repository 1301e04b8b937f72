"""Tests of a release that stay in their file: at most one problem's are in memory at a time."""

import gc
import gzip
import json
import os

import pytest
from fakes import case, lcb_row, write_lines

from lcbrb import codec, input_files
from lcbrb.errors import BadInputError, DataUnavailableError
from lcbrb.sources import stored_tests
from lcbrb.sources.problems.livecodebench import read_problems
from lcbrb.types import CodeCheck, TestCase

ROWS = [
    lcb_row(f"q{number}", private=[case(f"stored {number} {part}\n", "x\n") for part in range(3)])
    for number in range(4)
]


@pytest.fixture(params=["plain", "packed"])
def path(tmp_path, request):
    """A release of four problems."""
    written = write_lines(tmp_path / "test.jsonl", ROWS)
    if request.param == "plain":
        return written
    packed = tmp_path / "test.jsonl.gz"
    packed.write_bytes(gzip.compress(written.read_bytes()))
    return packed


def test_tests_are_those_of_the_row_and_hashed_as_ever(path):
    problems = list(read_problems(path))
    for number in (2, 0, 3, 2):
        tests = problems[number].check.tests
        assert [test.input for test in tests][-3:] == [
            f"stored {number} {part}\n" for part in range(3)
        ]
        assert (len(tests), tests[-1].input) == (len(tuple(tests)), f"stored {number} 2\n")
    (in_memory,) = (CodeCheck(tests=tuple(one.check.tests)) for one in problems[:1])
    assert in_memory == problems[0].check
    assert codec.encode(in_memory) == codec.encode(problems[0].check)
    assert problems[0].check != problems[1].check


def test_no_more_than_one_problem_s_tests_are_in_memory(path):
    stored_tests._LAST.of, stored_tests._LAST.tests = None, ()  # those of another test
    problems = []
    for problem in read_problems(path):  # while they are read, and when they are asked for
        problems.append(problem)
        assert problems_with_tests_alive() <= {problem.id}
    for problem in (*problems, *problems):
        assert sum(1 for _ in problem.check.tests) == 4
        assert problems_with_tests_alive() == {problem.id}


def problems_with_tests_alive():
    """The problems of `ROWS` of which tests are in memory."""
    inputs = [one.input for one in gc.get_objects() if isinstance(one, TestCase)]
    return {f"q{text.split()[1]}" for text in inputs if text.startswith("stored ")}


def test_a_file_that_was_changed_in_the_meantime_is_not_misread(tmp_path):
    path = write_lines(tmp_path / "test.jsonl", ROWS)
    first, second, *_ = read_problems(path)
    tuple(second.check.tests)
    os.utime(path, ns=(1, 1))
    with pytest.raises(DataUnavailableError, match="was changed while its tests were in use"):
        tuple(first.check.tests)


def test_a_release_may_be_larger_than_what_a_file_may_take(tmp_path, monkeypatch):
    monkeypatch.setenv(input_files.BUDGET_VARIABLE, "1")
    tests = json.dumps([case("", "x" * 400_000)])
    rows = [lcb_row(f"q{number}", private_test_cases=tests) for number in range(4)]
    path = write_lines(tmp_path / "test.jsonl", rows)
    assert path.stat().st_size > 1.5 * input_files.MIB
    assert len(list(read_problems(path))) == 4


def test_a_bad_row_is_named_when_the_release_is_loaded(tmp_path):
    path = write_lines(tmp_path / "test.jsonl", [*ROWS, lcb_row(private_test_cases="[1]")])
    with pytest.raises(
        BadInputError, match=r"line 5: not a LiveCodeBench problem: a test is a int"
    ):
        list(read_problems(path))
