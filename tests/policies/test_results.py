"""EvalPlus' and BigCodeBench's result files as completions with verdicts."""

import gzip
import json

import pytest

from lcbrb.errors import BadInputError
from lcbrb.policies.recorded_layouts import read_drafts
from lcbrb.policies.replay import from_spec
from lcbrb.registry import parse_spec
from lcbrb.types import FunctionCheck, Problem


def entry(base="pass", plus="pass", **fields):
    return {
        "task_id": "Mbpp/9",
        "solution": "def f(x):\n    return x\n",
        "base_status": base,
        "plus_status": plus,
        "base_fail_tests": [],
        "plus_fail_tests": [],
        **fields,
    }


def write(path, *entries, **more):
    path.write_text(
        json.dumps({"date": "2024", "hash": "0", "eval": {"Mbpp/9": list(entries)}, **more})
    )
    return path


def recorded(path):
    return [draft.recorded for draft in read_drafts(path)]


def test_verdicts_are_kept_base_and_plus_apart(tmp_path):
    path = write(
        tmp_path / "m.eval_results.json",
        entry(),
        entry("pass", "fail"),
        entry("timeout", "pass"),
        entry("success", "timed out"),
        entry("fail", None),
    )
    found = [(one.passed, one.base_passed, one.plus_passed) for one in recorded(path)]
    assert found == [
        (True, True, True),
        (False, True, False),
        (False, False, True),
        (False, True, False),
        (False, False, None),
    ]
    assert [one.row for one in recorded(path)] == [0, 1, 2, 3, 4]


def test_a_base_only_file_passes_by_its_base_tests(tmp_path):
    (one,) = recorded(write(tmp_path / "m.json", entry("pass", None)))
    assert (one.passed, one.plus_passed) == (True, None)


def test_the_detail_says_which_tests_failed_and_on_what(tmp_path):
    failed = entry("pass", "fail", plus_fail_tests=[[float("inf"), 3]])
    (one,) = recorded(write(tmp_path / "m.json", failed))
    assert one.detail == "plus: fail on [[inf, 3]]"


def test_a_gzipped_file_names_its_sampler(tmp_path):
    path = tmp_path / "some-model.eval_results.json.gz"
    path.write_bytes(gzip.compress(json.dumps({"eval": {"Mbpp/9": [entry()]}}).encode()))
    (draft,) = read_drafts(path)
    assert draft.sampler == "some-model"
    assert draft.solution == entry()["solution"]


def test_bigcodebenchs_files_have_one_status(tmp_path):
    rows = [{"solution": "x = 1", "status": status} for status in ("pass", "fail", "timeout")]
    path = tmp_path / "m.json"
    path.write_text(json.dumps({"eval": {"BigCodeBench/0": rows}}))
    assert [one.passed for one in recorded(path)] == [True, False, False]
    assert all(one.base_passed is None for one in recorded(path))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "not valid JSON"),
        ('{"eval": []}', '"eval" is not an object'),
        ('{"eval": {"a": {"nfiles": 1}}}', "a has no list of judged solutions"),
        ('{"eval": {"a": [1]}}', "a has no list of judged solutions"),
        ('{"eval": {"a": [{"solution": "x", "base_status": "ok"}]}}', "not a status of EvalPlus"),
        ('{"other": 1}', "expected a list"),
    ],
)
def test_other_contents_are_named(tmp_path, content, problem):
    path = tmp_path / "m.json"
    path.write_text(content)
    with pytest.raises(BadInputError, match=problem):
        list(read_drafts(path))


# --------------------------------------------------------------- programs that are continued

PROMPT = 'def f(x):\n    """Twice x."""\n'


def replay(tmp_path, *rows):
    path = tmp_path / "m.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    check = FunctionCheck(
        entry_point="f", reference=PROMPT + "    return 2 * x\n", base_inputs=("[1]",)
    )
    problem = Problem(id="Task/3", source="tests", prompt=PROMPT, check=check)
    return from_spec(parse_spec(f"replay:{path}")).replay([problem])


def test_a_completion_of_a_function_continues_its_prompt(tmp_path):
    (one,) = replay(tmp_path, {"task_id": "Task/3", "completion": "    return 2 * x\n"}).completions
    assert one.solution == PROMPT + "    return 2 * x\n"
    assert one.text == "    return 2 * x\n"
    assert one.reasoning is None


def test_a_program_that_the_file_gives_is_not_touched(tmp_path):
    given = "def f(x):\n    return 1\nprint(f(input()))\n"
    (one,) = replay(tmp_path, {"task_id": "Task/3", "solution": given}).completions
    assert one.solution == given


def test_codets_samples_are_told_by_their_prompt(tmp_path):
    replayed = replay(tmp_path, {"prompt": PROMPT, "samples": ["    return 1\n", "    return 2\n"]})
    assert [one.solution for one in replayed.completions] == [
        PROMPT + "    return 1\n",
        PROMPT + "    return 2\n",
    ]
    assert [one.sample_index for one in replayed.completions] == [0, 1]


def test_a_prompt_without_its_examples_is_known_by_its_function(tmp_path):
    rows = [
        {"prompt": "import math\n\n\ndef f(x):\n", "samples": ["    return 2 * x\n"]},
        {"prompt": "def g(x):\n", "samples": ["    return x\n"]},
    ]
    replayed = replay(tmp_path, *rows)
    assert [one.solution for one in replayed.completions] == [PROMPT + "    return 2 * x\n"]
    assert replayed.unknown == {"def g(x):\n": 1}


def test_a_number_alone_names_the_problem(tmp_path):
    replayed = replay(tmp_path, {"task_id": 3, "solution": "x"}, {"task_id": 4, "solution": "x"})
    assert [one.problem_id for one in replayed.completions] == ["Task/3"]
    assert replayed.unknown == {"4": 1}
