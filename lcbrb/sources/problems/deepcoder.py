"""DeepCoder-Preview: problems to train on, with tests, from four older sets.

Names: ``deepcoder``, the three training sets, and ``deepcoder:PART`` for one of `PARTS`. Of `lcbv5`
only the training split is read: the other one is what LiveCodeBench measures on.

A row has `problem`, `tests` (JSON text), and perhaps `starter_code` and `metadata.func_name`. There
are two layouts of tests: a list of ``{input, output, testtype or type, fn_name?, metadata?}``, and
TACO's ``{inputs, outputs, fn_name?}``. Source: what public code reads of the files (rLLM,
``cookbooks/deepcoder/prepare_data.py``, commit 6d5c2c59, and its graders); we had none of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from lcbrb.errors import UsageError
from lcbrb.json_text import parse_json_with_infinities
from lcbrb.pair_identity import text_id
from lcbrb.protocols.benchmark import Release
from lcbrb.registry import Spec
from lcbrb.rows import Row, parse_rows
from lcbrb.sources.base import Source, files_version, refuse_options
from lcbrb.sources.hub import hub_files
from lcbrb.sources.problems.livecodebench import LIMITS, call_test, json_object
from lcbrb.types import CodeCheck, JsonValue, Problem, TestCase, TestKind

_NAME = "deepcoder"
_REVISION = "177913a7bd43791646ef6a43645caa3c871ab3db"


def _part(part: str, split: str, count: int) -> Source:
    return Source(
        name=_NAME,
        row="a DeepCoder problem",
        local=(f"{_NAME}/{part}/{split}*.parquet", f"{_NAME}/{part}/{split}*.jsonl"),
        homes=hub_files(
            "agentica-org/DeepCoder-Preview-Dataset",
            _REVISION,
            *(f"{part}/{split}-{k:05}-of-{count:05}.parquet" for k in range(count)),
        ),
        parts=dict.fromkeys(_SPLITS, ()),
    )


#: the split that is read of each part, and its number of files
_SPLITS = {
    "primeintellect": ("train", 5),
    "taco": ("train", 4),
    "lcbv5": ("train", 11),
    "codeforces": ("test", 1),
}
PARTS = {part: _part(part, split, count) for part, (split, count) in _SPLITS.items()}
#: of the name alone
_TRAINING = ("primeintellect", "taco", "lcbv5")

_KINDS = {
    "stdin": TestKind.STDIN,
    "stdin_stdout": TestKind.STDIN,
    "functional": TestKind.CALL,
    "function_call": TestKind.CALL,
}


def load_problems(spec: Spec) -> Release:
    """The problems of the training sets, or of the part after the colon, each statement once.

    Rows without tests, and those whose statement came before, are left out; the notes count them.

    Raises:
        UnknownNameError: no such part.
        UsageError: a release or options, of which there are none, or no problem is left.
        DataUnavailableError: neither `LCBRB_DATA` nor the hub has the files.
        BadInputError: a row is not in the layout; file and row are named.
    """
    refuse_options(spec)
    if "@" in spec.kind:
        raise UsageError(f"{_NAME} has no releases, found {spec.text}")
    next(iter(PARTS.values())).check_part(spec)
    problems: dict[str, Problem] = {}
    left_out: Counter[str] = Counter()

    def add(row: Row) -> Iterator[Problem]:
        problem = _problem(row)
        if problem is None:
            left_out["without tests"] += 1
        elif problem.id in problems:
            left_out["whose statement occurred before"] += 1
        else:
            yield problem

    parts = [spec.target] if spec.target else _TRAINING
    paths = [path for part in parts for path in PARTS[part].locate()[1]]
    for path in paths:
        for problem in parse_rows(path, PARTS[parts[0]].row, add):
            problems[problem.id] = problem
    if not problems:
        raise UsageError(f"{spec.text} holds no problem with tests")
    return Release(
        version=files_version(paths),
        problems=tuple(problems.values()),
        notes=tuple(f"rows left out of {_NAME}, {why}: {n}" for why, n in left_out.items()),
    )


def _problem(row: Row) -> Problem | None:
    """The row's problem; None where it has no tests."""
    cases = _cases(row)
    if not cases:
        return None
    metadata = row.get("metadata") or {}
    if isinstance(metadata, str):
        metadata = parse_json_with_infinities(metadata)
    functions = {_function(case) for case in cases} - {None}
    functions = functions or {_function(Row({"metadata": metadata}, row.path))} - {None}
    untyped = TestKind.CALL if functions else TestKind.STDIN
    kinds = {_kind(case, untyped) for case in cases}
    if len(kinds) > 1 or len(functions) > 1:
        raise UsageError("its tests are of two types, or call two functions")
    starter = row.optional_text("starter_code") or ""
    if kinds == {TestKind.STDIN}:
        entry_point, tests = None, [_stdin_test(case) for case in cases]
    else:
        entry_point, tests = _named(functions), _call_tests(cases)
        starter = starter if starter.strip() else _starter(entry_point, tests[0])
    return Problem(
        id=f"{_NAME}/{text_id(row.text('problem'))}",
        source=_NAME,
        prompt=row.text("problem"),
        check=CodeCheck(tests=tuple(tests), entry_point=entry_point, starter_code=starter),
        limits=LIMITS,
    )


def _cases(row: Row) -> list[Row]:
    """The tests of a row of either layout, in the first one."""
    value = row["tests"]
    if isinstance(value, str):
        value = parse_json_with_infinities(value) if value.strip() else None
    if isinstance(value, dict):
        inputs, outputs = value.get("inputs"), value.get("outputs")
        if not isinstance(inputs, list) or not isinstance(outputs, list):
            raise UsageError("tests are an object without the lists 'inputs' and 'outputs'")
        if len(inputs) != len(outputs):
            raise UsageError(f"tests have {len(inputs)} inputs for {len(outputs)} outputs")
        name = value.get("fn_name")
        value = [
            {"input": given, "output": expected, "fn_name": name}
            for given, expected in zip(inputs, outputs, strict=True)
        ]
    if value is not None and not isinstance(value, list):
        raise UsageError(f"tests are a {type(value).__name__}, expected a list or an object")
    return [Row(json_object(case, "a test"), row.path) for case in value or []]


def _function(case: Row) -> str | None:
    """The function that a test (or a row) names."""
    metadata = Row(json_object(case.get("metadata") or {}, "metadata"), case.path)
    return case.optional_text("fn_name") or metadata.optional_text("func_name") or None


def _kind(case: Row, default: TestKind) -> TestKind:
    for field in ("testtype", "type"):
        if case.get(field) is not None:
            return case.choice(field, _KINDS)
    return default


def _named(functions: set[str | None]) -> str:
    name = next(iter(functions), None)
    if name is None:
        raise UsageError("functional tests name no function (fn_name, or func_name in metadata)")
    if not name.isidentifier():
        raise UsageError(f"the function is called {name[:60]!r}, which is not a valid name")
    return name


def _stdin_test(case: Row) -> TestCase:
    given, expected = (_lines(case, field) for field in ("input", "output"))
    return TestCase(kind=TestKind.STDIN, input=given, expected=expected, hidden=True)


def _lines(case: Row, field: str) -> str:
    """A text, or a list of its lines."""
    if isinstance(case[field], list):
        return "\n".join(case.texts(field))
    return case.text(field)


def _call_tests(cases: list[Row]) -> list[TestCase]:
    """Calls: texts of JSON as in LiveCodeBench, or else lists of arguments and answers as values.

    Of the latter, some sets wrap each answer in a list. That is taken to be so where all answers of
    the problem are lists of one item.
    """
    if all(isinstance(case["input"], str) for case in cases):
        return [call_test(case.text("input"), case.text("output"), hidden=True) for case in cases]
    answers = [case["output"] for case in cases]
    unwrapped = [answer[0] for answer in answers if isinstance(answer, list) and len(answer) == 1]
    if len(unwrapped) == len(answers):
        answers = unwrapped
    return [
        call_test(_arguments(case), _json(answer), hidden=True)
        for case, answer in zip(cases, answers, strict=True)
    ]


def _arguments(case: Row) -> str:
    arguments = case["input"]
    if not isinstance(arguments, list):
        raise UsageError(f"a call's input is a {type(arguments).__name__}, expected a list")
    return "\n".join(map(_json, arguments))


def _json(value: JsonValue) -> str:
    return json.dumps(value)


def _starter(name: str, test: TestCase) -> str:
    """What tells a policy the function's name, where the row does not."""
    count = len(test.input.split("\n")) if test.input else 0
    arguments = "".join(f", argument_{k}" for k in range(1, count + 1))
    return f"class Solution:\n    def {name}(self{arguments}):\n        "
