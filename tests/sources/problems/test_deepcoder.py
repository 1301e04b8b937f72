"""DeepCoder's problems: two layouts of tests, calls and standard input, and what is left out."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import write_lines

from evaluators import benchmark
from lcbrb.errors import BadInputError, UnknownNameError, UsageError
from lcbrb.registry import parse_spec
from lcbrb.runs.record import benchmark_data
from lcbrb.sandbox.plain_sandbox import PlainSandbox
from lcbrb.sources.hub import HubFile
from lcbrb.sources.problems.deepcoder import PARTS, load_problems
from lcbrb.types import Completion, Status, TestKind

DOUBLE = "class Solution:\n    def double(self, x):\n        return x * 2\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty LCBRB_DATA."""
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    return tmp_path / "deepcoder"


def row(tests, problem="Double the number.", **fields):
    return {"problem": problem, "tests": json.dumps(tests), **fields}


def case(given="1\n", expected="2\n", **fields):
    return {"input": given, "output": expected, **fields}


def load(folder, *rows, part="taco"):
    write_lines(folder / part / "train-0.jsonl", rows)
    return load_problems(parse_spec(f"deepcoder:{part}"))


def one(folder, tests, **fields):
    (problem,) = load(folder, row(tests, **fields)).problems
    return problem


def as_told(problem):
    return [(test.kind, test.input, test.expected) for test in problem.check.tests]


# ------------------------------------------------------------------------------- two layouts


@pytest.mark.parametrize("kind", [{"testtype": "stdin"}, {"type": "stdin_stdout"}, {}])
def test_a_list_of_tests_for_standard_input(folder, kind):
    problem = one(folder, [case(**kind), case("3\n", "6\n", **kind)])
    assert as_told(problem) == [(TestKind.STDIN, "1\n", "2\n"), (TestKind.STDIN, "3\n", "6\n")]
    assert (problem.source, problem.prompt) == ("deepcoder", "Double the number.")
    assert problem.id.startswith("deepcoder/sha256:")
    assert (problem.check.entry_point, problem.check.starter_code) == (None, "")
    assert all(test.hidden for test in problem.check.tests)


def test_tacos_lists_of_inputs_and_outputs(folder):
    problem = one(folder, {"inputs": ["1\n", ["3", "4"]], "outputs": ["2\n", ["6", "8"]]})
    assert as_told(problem) == [(TestKind.STDIN, "1\n", "2\n"), (TestKind.STDIN, "3\n4", "6\n8")]


@pytest.mark.parametrize(
    ("tests", "fields"),
    [
        (
            [case("4", "8", testtype="functional")],
            {"metadata": {"func_name": "double"}},
        ),
        ([case("4", "8", testtype="functional")], {"metadata": '{"func_name": "double"}'}),
        ([case("4", "8", testtype="functional", metadata={"func_name": "double"})], {}),
        ([case([4], 8, type="function_call", fn_name="double")], {}),
        ([case([4], [8], type="function_call", fn_name="double")], {"metadata": None}),
        ({"inputs": [[4]], "outputs": [[8]], "fn_name": "double"}, {}),
        ({"inputs": [[4]], "outputs": [8], "fn_name": "double"}, {}),
    ],
)
def test_calls_of_every_layout_are_the_same_test(folder, tests, fields):
    problem = one(folder, tests, **fields)
    assert as_told(problem) == [(TestKind.CALL, "4", "8")]
    assert problem.check.entry_point == "double"


def test_answers_are_unwrapped_only_where_all_are_lists_of_one_item(folder):
    calls = {"inputs": [["a\nb", 1], ["c", 2]], "fn_name": "f"}
    problem = one(folder, {**calls, "outputs": [[["x"]], [["y"]]]})
    assert as_told(problem)[0] == (TestKind.CALL, '"a\\nb"\n1', '["x"]')
    problem = one(folder, {**calls, "outputs": [["x"], ["y", "z"]]})
    assert [test.expected for test in problem.check.tests] == ['["x"]', '["y", "z"]']
    problem = one(folder, {**calls, "outputs": [["x"], 5]})
    assert [test.expected for test in problem.check.tests] == ['["x"]', "5"]


def test_a_call_without_starter_code_tells_its_name_and_arguments(folder):
    tests = {"inputs": [[1, 2]], "outputs": [3], "fn_name": "add"}
    starter = one(folder, tests).check.starter_code
    assert starter == "class Solution:\n    def add(self, argument_1, argument_2):\n        "
    assert one(folder, tests, starter_code="def add(a, b):").check.starter_code == "def add(a, b):"
    assert one(folder, {**tests, "inputs": [[]]}).check.starter_code.endswith(
        "add(self):\n        "
    )


# --------------------------------------------------------------------------- what does not fit


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ({"tests": json.dumps([case()])}, "no field 'problem'"),
        ({"problem": "?"}, "no field 'tests'"),
        ({"problem": "?", "tests": "[{"}, "not valid JSON"),
        (row(7), "tests are a int, expected a list or an object"),
        (row([7]), "a test is a int, expected an object"),
        (row({"inputs": ["1"]}), "without the lists 'inputs' and 'outputs'"),
        (row({"inputs": ["1"], "outputs": []}), "tests have 1 inputs for 0 outputs"),
        (row([case(testtype="telepathy")]), "field 'testtype' is 'telepathy'"),
        (row([case(3)]), "field 'input' is not a text"),
        (row([case("1", "2", testtype="functional")]), "name no function"),
        (row([case([1], 2, fn_name="a b")]), "which is not a valid name"),
        (row([case(type="stdin_stdout"), case([1], 2, type="function_call")]), "two types"),
        (row([case([1], 2, fn_name="f"), case([1], 2, fn_name="g")]), "call two functions"),
        (row([case(4, 2, fn_name="f")]), "a call's input is a int, expected a list"),
        (row([case("x", "2", fn_name="f")]), "not valid JSON"),
        (row([case()], metadata=[1]), "metadata is a list"),
    ],
)
def test_a_row_in_another_layout_is_named(folder, bad, why):
    with pytest.raises(BadInputError, match="not a DeepCoder problem") as raised:
        load(folder, row([case()]), bad)
    assert why in str(raised.value)
    assert "train-0.jsonl, line 2" in str(raised.value)


@pytest.mark.parametrize("empty", ["", "[]", "null", '{"inputs": [], "outputs": []}', None])
def test_rows_without_tests_and_repetitions_are_left_out_and_counted(folder, empty):
    bare = {"problem": "Nothing to hold it against.", "tests": empty}
    again = row([case("9", "18")], problem="Double  the\nnumber.")
    release = load(folder, bare, row([case()]), bare, again)
    assert [problem.prompt for problem in release.problems] == ["Double the number."]
    assert release.notes == (
        "rows left out of deepcoder, without tests: 2",
        "rows left out of deepcoder, whose statement occurred before: 1",
    )
    bench = benchmark("deepcoder:taco")
    assert benchmark_data(bench, bench.load(), 1, ["more"]).notes == (*release.notes, "more")
    with pytest.raises(UsageError, match="deepcoder:taco holds no problem with tests"):
        load(folder, bare)


# -------------------------------------------------------------------------------------- names


def test_the_name_alone_is_the_three_training_sets(folder):
    for part in PARTS:
        write_lines(folder / part / "train.jsonl", [row([case()], problem=part)])
    write_lines(folder / "lcbv5" / "test.jsonl", ["no JSON"])
    problems = load_problems(parse_spec("deepcoder")).problems
    assert [problem.prompt for problem in problems] == ["primeintellect", "taco", "lcbv5"]


def test_codeforces_is_its_test_split_and_parquet_is_read(folder):
    path = folder / "codeforces" / "test-00000-of-00001.parquet"
    path.parent.mkdir(parents=True)
    rows = [row([case()], metadata={"func_name": None}), row([], problem="Other.", metadata=None)]
    pq.write_table(pa.Table.from_pylist(rows), path)
    release = load_problems(parse_spec("deepcoder:codeforces"))
    assert len(release.problems) == 1
    assert release.notes == ("rows left out of deepcoder, without tests: 1",)
    pq.write_table(pa.Table.from_pylist([*rows, {**rows[0], "tests": "{"}]), path)
    with pytest.raises(BadInputError, match=r"of-00001\.parquet, row 3: not a DeepCoder problem"):
        load_problems(parse_spec("deepcoder:codeforces"))


def test_files_come_from_the_hub_where_none_are_here(monkeypatch, tmp_path):
    fetched = []
    path = write_lines(tmp_path / "fetched.jsonl", [row([case()])])
    monkeypatch.setattr(HubFile, "fetch", lambda file: fetched.append(file.name) or path)
    load_problems(parse_spec("deepcoder:taco"))
    assert fetched == [f"taco/train-0000{k}-of-00004.parquet" for k in range(4)]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("deepcoder:apps", UnknownNameError),
        ("deepcoder@v1", UsageError),
        ("deepcoder?since=2024-01-01", UsageError),
    ],
)
def test_other_names_are_refused(text, error):
    with pytest.raises(error, match="deepcoder"):
        load_problems(parse_spec(text))


# ------------------------------------------------------------------------------------- grading


@pytest.mark.parametrize(
    ("tests", "right", "wrong"),
    [
        ([case(type="stdin_stdout")], "print(int(input()) * 2)", "print(1)"),
        ({"inputs": [[3]], "outputs": [[6]], "fn_name": "double"}, DOUBLE, "def double(x): ..."),
        ([case([3], 6, fn_name="double")], "def double(x): return 2 * x", "print(6)"),
    ],
)
def test_right_programs_pass_and_wrong_ones_do_not(folder, tests, right, wrong):
    write_lines(folder / "taco" / "train.jsonl", [row(tests)])
    bench = benchmark("deepcoder:taco")
    (problem,) = bench.load()

    def status(program):
        completion = Completion(
            problem_id=problem.id, policy_id="m", sample_index=0, text="", solution=program
        )
        return bench.verify(problem, completion, PlainSandbox()).status

    assert status(right) is Status.PASSED
    assert status(wrong) in {Status.WRONG_ANSWER, Status.RUNTIME_ERROR}
