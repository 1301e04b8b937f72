"""`lcbrb bench` and `lcbrb validate`, from their options to files and exit codes."""

import gzip
import json

import pytest
from estimates import by_name
from fakes import reads_data, write_lines

from lcbrb.protocols.sandbox import Batch, Execution
from lcbrb.sandbox.base_sandbox import BaseSandbox
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.types import Status

ROWS = [
    {
        "task_id": f"HumanEval/{number}",
        "prompt": f'def f{number}(x):\n    """Plus {number}."""\n',
        "canonical_solution": f"    return x + {number}\n",
        "entry_point": f"f{number}",
        "test": f"def check(candidate):\n    assert candidate(1) == {1 + number}\n",
    }
    for number in range(3)
]
PLUS_ROWS = [{**row, "base_input": [[1]], "plus_input": [[5], [-3]], "atol": 0} for row in ROWS]


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Three functions in the layouts of HumanEval and HumanEval+, below LCBRB_DATA."""
    folder = tmp_path / "data"
    write_lines(folder / "humaneval" / "HumanEval.jsonl", ROWS)
    write_lines(folder / "evalplus" / "HumanEvalPlus-v0.1.10.jsonl", PLUS_ROWS)
    monkeypatch.setenv("LCBRB_DATA", str(folder))
    return tmp_path


def whole(number, body):
    return f"def f{number}(x):\n    return {body}\n"


def entry(number, body, base="pass", plus="pass"):
    return {"solution": whole(number, body), "base_status": base, "plus_status": plus}


@pytest.fixture
def results(data):
    """A result file of EvalPlus': one right pass, one pass that is wrong, one failure."""
    path = data / "m.eval_results.json.gz"
    tasks = {
        "HumanEval/0": [entry(0, "x")],
        "HumanEval/1": [entry(1, "x + 1 if x < 5 else 0")],
        "HumanEval/2": [entry(2, "x", "fail", "fail")],
    }
    path.write_bytes(gzip.compress(json.dumps({"eval": tasks}).encode()))
    return path


def test_a_result_file_is_judged_anew_and_held_against_itself(lcbrb, data, results):
    ended = lcbrb(
        *("bench", "--policy", f"replay:{results}", "--benchmark", "humaneval+"),
        *("--out", data / "out", "--json"),
    )
    assert ended.code == 0, ended.err
    document = json.loads(ended.out)
    (record,) = document["records"]
    assert by_name(record["estimates"])["pass@1"]["value"] == pytest.approx(1 / 3)
    assert by_name(record["estimates"])["pass@1/tests=base"]["value"] == pytest.approx(2 / 3)
    assert record["complete"]
    assert not record["partial"]
    (agreement,) = document["agreement"]
    assert agreement["counts"] == {
        "base: recorded fail, ours fail": 1,
        "base: recorded pass, ours pass": 2,
        "plus: recorded fail, ours fail": 1,
        "plus: recorded pass, ours fail": 1,
        "plus: recorded pass, ours pass": 1,
    }
    (difference,) = agreement["disagreements"]
    assert difference["problem_id"] == "HumanEval/1"
    assert difference["tests"] == "plus"
    assert (difference["theirs"], difference["ours"]) == ("pass", "wrong_answer")
    assert "returned 0, expected 6" in difference["our_detail"]
    names = {path.name for path in (data / "out" / "humaneval+").iterdir()}
    assert names == {"record.json", "completions.jsonl", "samples.jsonl", "log.txt"}


def test_the_tables_name_every_disagreement(lcbrb, data, results):
    ended = lcbrb("bench", "--policy", f"replay:{results}", "--benchmark", "humaneval+")
    assert ended.code == 0, ended.err
    assert "33.3%" in ended.out
    assert "HumanEval/1 #0 m (plus): theirs pass, ours wrong_answer" in ended.out


def test_each_policy_has_its_own_column_of_verdicts(lcbrb, data):
    for name, body in (("good", "x + 1"), ("bad", "x - 1")):
        rows = [{"task_id": "HumanEval/1", "solution": whole(1, body)}]
        write_lines(data / f"{name}.jsonl", rows)
    ended = lcbrb("bench", "--policy", f"replay:{data}/*.jsonl", "--benchmark", "humaneval")
    lines = [line.replace("│", " ").split() for line in ended.out.splitlines()]
    assert ["passed", "0", "1", "1"] in lines  # bad, good, all
    assert ["wrong_answer", "1", "0", "1"] in lines
    heads = [line.replace("┃", " ").split() for line in ended.out.splitlines()]
    assert "comparison points [95%] p p (Holm) test".split() in heads
    assert "intervals: " in ended.out


def test_each_policy_has_its_own_folder_and_a_row_in_json(lcbrb, data):
    for name, body in (("good", "x + 1"), ("bad", "x - 1")):
        rows = [{"task_id": "HumanEval/1", "solution": whole(1, body)}]
        write_lines(data / f"{name}.jsonl", rows)
    ended = lcbrb(
        *("bench", "--policy", f"replay:{data}/*.jsonl", "--benchmark", "humaneval"),
        *("--out", data / "out", "--json"),
    )
    document = json.loads(ended.out)
    values = {
        one["subject"]: by_name(one["estimates"])["pass@1"]["value"] for one in document["records"]
    }
    assert values == {"good": 1.0, "bad": 0.0}
    (comparison,) = document["comparisons"]
    assert (comparison["subject"], comparison["baseline"]) == ("good", "bad")
    folders = sorted(path.parent.relative_to(data / "out") for path in data.rglob("record.json"))
    assert [str(one) for one in folders] == ["bad/humaneval", "good/humaneval"]


def test_several_benchmarks_have_a_folder_each(lcbrb, data):
    rows = [
        {
            "task_id": "HumanEval/0",
            "completion": "    return x\n",
            "passed": True,
            "result": "passed",
        },
        {
            "task_id": "HumanEval/1",
            "completion": "    return x\n",
            "passed": False,
            "result": "failed: ",
        },
        {"task_id": "HumanEval/9", "completion": "    return x\n"},
    ]
    path = write_lines(data / "some-model.jsonl", rows)
    ended = lcbrb(
        *("bench", "--policy", f"replay:{path}", "--benchmark", "humaneval,humaneval+"),
        *("--out", data / "out", "--json"),
    )
    assert ended.code == 0, ended.err
    records = json.loads(ended.out)["records"]
    assert [record["benchmark"] for record in records] == ["humaneval", "humaneval+"]
    for record in records:
        assert by_name(record["estimates"])["pass@1"]["value"] == 0.5
        assert record["partial"]
        assert record["coverage"] == pytest.approx(2 / 3)
        assert "1 completions belong to no problem here" in record["notes"][0]
    assert {path.name for path in (data / "out").iterdir()} == {"humaneval", "humaneval+"}


def test_a_second_start_runs_no_program(lcbrb, data, results, monkeypatch):
    command = ("bench", "--policy", f"replay:{results}", "--benchmark", "humaneval+")
    first = lcbrb(*command, "--out", data / "out", "--json")
    monkeypatch.setattr(BaseSandbox, "open", None)
    second = lcbrb(*command, "--out", data / "out", "--json")
    assert second.code == 0, second.err
    assert json.loads(second.out)["agreement"] == json.loads(first.out)["agreement"]


class Broken:
    """A sandbox that never runs anything."""

    def __init__(self, level):
        self.level = level

    def open(self, program, limits, *, alone=False, paced=False):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def call(self, name, arguments, *, cpu_s=None, used_s=0.0):
        return Execution(status=Status.HARNESS_ERROR, detail="no memory")

    def call_each(self, calls, *, cpu_s=None):
        return Batch(outputs=(), execution=self.call("f", ()))


def test_our_own_failure_leaves_the_run_incomplete(lcbrb, data, results, monkeypatch):
    level = sandbox_for().level
    monkeypatch.setattr("lcbrb.api.bench.sandbox_to_grade", lambda *asked: Broken(level))
    command = ("bench", "--policy", f"replay:{results}", "--benchmark", "humaneval+")
    ended = lcbrb(*command, "--out", data / "out", "--json")
    assert ended.code == 4
    assert "3 completions have no verdict" in ended.err
    (record,) = json.loads(ended.out)["records"]
    assert record["counts"]["harness_error"] == 3
    assert not record["complete"]
    assert record["estimates"] == []
    monkeypatch.undo()
    monkeypatch.setenv("LCBRB_DATA", str(data / "data"))
    again = lcbrb(*command, "--out", data / "out", "--json")
    assert again.code == 0
    assert json.loads(again.out)["records"][0]["complete"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--benchmark", "humanevil"), "did you mean humaneval"),
        (("--benchmark", ","), "--benchmark names none"),
        (("--benchmark", "humaneval,humaneval"), "given twice"),
        (("--benchmark", "humaneval", "--require-isolation", "Z"), "isolation level 'Z'"),
    ],
)
def test_mistakes_are_one_sentence(lcbrb, results, options, message):
    ended = lcbrb("bench", "--policy", f"replay:{results}", *options)
    assert ended.code == 2
    assert message in ended.err


def test_a_limit_judges_so_many_problems(lcbrb, results):
    ended = lcbrb(
        *("bench", "--policy", f"replay:{results}", "--benchmark", "humaneval+"),
        *("--limit", "2", "--json"),
    )
    (record,) = json.loads(ended.out)["records"]
    assert record["counts"]["completions"] == 2
    assert record["counts"]["unknown"] == 0
    assert record["partial"]


def test_a_draw_without_a_completion_is_a_mistake(lcbrb, data):
    path = write_lines(
        data / "m.jsonl", [{"task_id": "HumanEval/0", "completion": "    return 1\n"}]
    )
    codes = {
        lcbrb(
            *("bench", "--policy", f"replay:{path}", "--benchmark", "humaneval"),
            *("--limit", "1", "--seed", seed),
        ).code
        for seed in range(6)
    }
    assert codes == {0, 2}


# --------------------------------------------------------------------------------- validate


@pytest.mark.parametrize("name", ["humaneval", "humaneval+"])
def test_good_golds_are_counted(lcbrb, data, name):
    ended = lcbrb("validate", name, "--json")
    assert ended.code == 0, ended.err
    document = json.loads(ended.out)
    assert document["golds"] == document["counts"]["good"] == 3
    assert document["named"] == []


def test_a_gold_that_fails_is_named_and_ends_with_one(lcbrb, data):
    rows = [{**ROWS[0], "canonical_solution": "    return 9\n"}, *ROWS[1:]]
    write_lines(data / "data" / "humaneval" / "HumanEval.jsonl", rows)
    ended = lcbrb("validate", "humaneval")
    assert ended.code == 1
    assert "HumanEval/0: fails" in ended.out
    assert "returned 9" in ended.out


def test_a_benchmark_without_golds_is_a_mistake(lcbrb, data, monkeypatch):
    from fakes import lcb_row

    path = write_lines(data / "problems.jsonl", [lcb_row("q1")])
    ended = lcbrb("validate", path)
    assert ended.code == 2
    assert "has no gold solutions" in ended.err


@pytest.mark.slow
@reads_data
@pytest.mark.parametrize("name", ["humaneval", "humaneval+", "mbpp", "mbpp+", "mbpp+@v0.1.0"])
def test_some_real_golds_are_good(lcbrb, name):
    ended = lcbrb("validate", name, "--limit", "2", "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["counts"]["good"] == 2


def test_a_status_stands_beside_the_tests_that_it_is_of(lcbrb, data):
    """Where base tests pass here and fail there, it is said so, whatever the plus inputs gave."""
    tasks = {"HumanEval/1": [entry(1, "x + 1 if x < 5 else 0", "fail", "fail")]}
    path = data / "m.eval_results.json"
    path.write_text(json.dumps({"eval": tasks}))
    ended = lcbrb("bench", "--policy", f"replay:{path}", "--benchmark", "humaneval+")
    (line,) = [line for line in ended.out.splitlines() if "theirs" in line]
    said = "theirs fail [base: fail; plus: fail], ours passed"
    assert line == f"HumanEval/1 #0 m (base): {said}"
