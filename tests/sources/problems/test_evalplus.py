"""EvalPlus' releases: rows to problems, and what JSON made of MBPP's arguments."""

import gzip
import json

import pytest
from fakes import reads_data, write_lines

from lcbrb.errors import BadInputError, UnknownNameError, UsageError
from lcbrb.registry import parse_spec
from lcbrb.sandbox.inside import wire
from lcbrb.sources.problems.evalplus import HUMANEVAL_PLUS, MBPP_PLUS, load_problems, read_problems
from lcbrb.types import Oracle


def row(task="Mbpp/9", name="f", base=(), plus=(), **fields):
    return {
        "task_id": task,
        "prompt": '"""Do it."""\n',
        "entry_point": name,
        "canonical_solution": f"def {name}(x):\n    return x\n",
        "base_input": list(base),
        "plus_input": list(plus),
        "atol": 0,
        **fields,
    }


def read(tmp_path, family=MBPP_PLUS, **fields):
    (problem,) = read_problems(family, write_lines(tmp_path / "r.jsonl", [row(**fields)]))
    return problem


def calls(tmp_path, task, *given):
    check = read(tmp_path, task=task, base=given).check
    return [wire.decode(text) for text in check.base_inputs]


def test_a_row_becomes_a_problem(tmp_path):
    problem = read(tmp_path, task="Mbpp/9", base=[[1]], plus=[[[2, "a"]], [None]], atol=1e-4)
    check = problem.check
    assert problem.id == "Mbpp/9"
    assert check.reference.startswith('"""Do it."""')
    assert "return x" in check.reference
    assert [wire.decode(one) for one in check.base_inputs] == [[1]]
    assert [wire.decode(one) for one in check.plus_inputs] == [[[2, "a"]], [None]]
    assert check.atol == 1e-4
    assert check.oracle is Oracle.EQUAL


def test_infinite_arguments_are_read(tmp_path):
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps(row(base=[[float("-inf")]])))
    (problem,) = read_problems(MBPP_PLUS, path)
    assert wire.decode(problem.check.base_inputs[0]) == [float("-inf")]


@pytest.mark.parametrize(
    ("task", "given", "rebuilt"),
    [
        ("Mbpp/9", [[1, 2], [3]], [[1, 2], [3]]),
        ("Mbpp/2", [[1, 2], [3]], [(1, 2), (3,)]),
        ("Mbpp/63", [[[1, 2]], [[3]]], [[(1, 2)], [(3,)]]),
        ("Mbpp/75", [[[1, 2], [3]], 4], [[(1, 2), (3,)], 4]),
        ("Mbpp/106", [[1], [2, 3]], [[1], (2, 3)]),
        ("Mbpp/115", [[[1, 1], [], 5]], [[{1}, {}, {}]]),
        ("Mbpp/124", ["0", "1j"], [0.0, 1j]),
        ("Mbpp/250", [[1, 2], 3], [(1, 2), 3]),
        ("Mbpp/252", [4], [4 + 0j]),
        ("Mbpp/259", [[[1], [2]], [[3]]], [((1,), (2,)), ((3,),)]),
        ("Mbpp/278", [[1, [2, 3], 4]], [(1, (2, 3), 4)]),
        ("Mbpp/307", [[1, []], 2, 3], [(1, []), 2, 3]),
        ("Mbpp/580", [[1, [2, [3]]]], [(1, (2, (3,)))]),
        ("Mbpp/722", [{"a": [1, 2]}, 3, 4], [{"a": (1, 2)}, 3, 4]),
    ],
)
def test_arguments_become_what_the_function_takes(tmp_path, task, given, rebuilt):
    (call,) = calls(tmp_path, task, given)
    assert call == rebuilt
    assert repr(call) == repr(rebuilt)  # 1 and 1.0, [] and () are told apart here


def test_humanevals_arguments_stay_as_they_are(tmp_path):
    check = read(tmp_path, HUMANEVAL_PLUS, task="HumanEval/2", base=[[[1, 2]]]).check
    assert wire.decode(check.base_inputs[0]) == [[1, 2]]


@pytest.mark.parametrize(
    ("family", "name", "oracle"),
    [
        (HUMANEVAL_PLUS, "find_zero", Oracle.ROOT),
        (MBPP_PLUS, "find_zero", Oracle.EQUAL),
        (MBPP_PLUS, "similar_elements", Oracle.SAME_SET),
        (MBPP_PLUS, "check_str", Oracle.NOT_NONE),
        (MBPP_PLUS, "are_equivalent", Oracle.ANYTHING),
        (MBPP_PLUS, "sum_div", Oracle.EQUAL_OR_ZERO),
        (MBPP_PLUS, "surface_Area", Oracle.SLANTED_SURFACE),
        (MBPP_PLUS, "digit_distance_nums", Oracle.PADDED_DIGITS),
    ],
)
def test_special_tasks_have_their_oracle(tmp_path, family, name, oracle):
    assert read(tmp_path, family, name=name).check.oracle is oracle


def test_an_object_in_place_of_the_plus_inputs_means_none(tmp_path):
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps({**row(base=[[1]]), "plus_input": {}}))
    (problem,) = read_problems(MBPP_PLUS, path)
    assert problem.check.plus_inputs == ()


def test_a_row_of_another_kind_is_named(tmp_path):
    path = write_lines(tmp_path / "r.jsonl", [row(), {"task_id": "Mbpp/3"}])
    with pytest.raises(BadInputError, match=r"r\.jsonl, line 2: not a problem of mbpp\+: no field"):
        list(read_problems(MBPP_PLUS, path))


# --------------------------------------------------------------------------------- releases


def test_unknown_releases_and_options_are_refused():
    with pytest.raises(UnknownNameError, match="unknown release of mbpp"):
        load_problems(MBPP_PLUS, parse_spec("mbpp+@v9"))
    with pytest.raises(UsageError, match="takes no options"):
        load_problems(MBPP_PLUS, parse_spec("mbpp+?mini=true"))


def test_a_changed_file_does_not_pass_for_the_release(tmp_path, monkeypatch):
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    path = tmp_path / "evalplus" / "MbppPlus-v0.2.0.jsonl.gz"
    path.parent.mkdir()
    path.write_bytes(gzip.compress(json.dumps(row(base=[[1]])).encode()))
    release = load_problems(MBPP_PLUS, parse_spec("mbpp+"))
    assert release.version.startswith("v0.2.0-changed-")
    assert len(release.problems) == 1


@pytest.mark.slow
@reads_data
@pytest.mark.parametrize(
    ("family", "name", "count"),
    [
        (HUMANEVAL_PLUS, "humaneval+@v0.1.9", 164),
        (HUMANEVAL_PLUS, "humaneval+", 164),
        (MBPP_PLUS, "mbpp+@v0.1.0", 399),
        (MBPP_PLUS, "mbpp+", 378),
    ],
)
def test_the_real_releases_are_read_whole(family, name, count):
    release = load_problems(family, parse_spec(name))
    assert len(release.problems) == count
    assert release.version == (parse_spec(name).kind.partition("@")[2] or list(family.releases)[-1])
    assert all(problem.check.base_inputs for problem in release.problems)
