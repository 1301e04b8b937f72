"""Functions that are called, run by the plain sandbox, and what they give."""

import json
import math

import pytest
from plain_runs import SMALL, call, returned

from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox.plain_sandbox import PlainSandbox
from lcbrb.types import Limits, Status, TestKind


class TestReturnedValues:
    """What a function gives, as the grader sees it."""

    @pytest.mark.parametrize(
        ("expression", "value"),
        {
            "a tuple": ("(1, 2)", [1, 2]),
            "tuples within lists": ("[(1, (2,)), ()]", [[1, [2]], []]),
            "a dict with int keys": ("{1: 'a', 2: 'b'}", {"1": "a", "2": "b"}),
            "a dict with bool and None keys": ("{True: 1, None: 2}", {"true": 1, "null": 2}),
            "a subclass of int": ("type('I', (int,), {})(7)", 7),
            "a subclass of str": ("type('S', (str,), {})('s')", "s"),
            "a subclass of float": ("type('F', (float,), {})(0.5)", 0.5),
            "a subclass of list": ("type('L', (list,), {})([1])", [1]),
            "a defaultdict": ("__import__('collections').defaultdict(list, a=[1])", {"a": [1]}),
            "an enum of ints": ("__import__('enum').IntEnum('E', 'a b').b", 2),
            "None": ("None", None),
            "booleans": ("[True, False]", [True, False]),
            "an infinity": ("float('inf')", float("inf")),
            "a huge integer": ("10**300", 10**300),
            "text of any kind": (r"'\ud800\u2028\n'", "\ud800\u2028\n"),
        }.values(),
    )
    def test_plain_values_arrive_as_json_has_them(self, expression, value):
        assert returned(f"def f(): return {expression}") == value

    def test_nan_arrives_as_nan(self):
        value = returned("def f(): return float('nan')")
        assert math.isnan(value)

    def test_numpy_values_are_flattened(self):
        source = "import numpy as n\ndef f(): return [n.int64(3), n.float64(0.5), n.bool_(True), n.arange(3)]"
        assert returned(source, limits=Limits(memory_mib=1024)) == [3, 0.5, True, [0, 1, 2]]

    @pytest.mark.parametrize(
        "expression",
        ["Equal()", "(n for n in [1])", "{1}", "b'1'", "1j", "iter([1])", "int", "object()"],
    )
    def test_any_other_value_becomes_one_that_equals_no_answer(self, expression):
        equal = "class Equal:\n    def __eq__(self, other): return True\n"
        value = returned(f"{equal}def f(): return {expression}")
        assert list(value) == ["lcbrb:opaque"]

    def test_an_integer_that_claims_to_equal_everything_is_just_its_value(self):
        lying = "class Lie(int):\n    def __eq__(self, other): return True\n    def __repr__(self): return '42'\n    __str__ = __repr__\n"
        assert returned(f"{lying}def f(): return Lie(7)") == 7

    def test_a_value_nested_without_end_is_no_answer(self):
        assert "lcbrb:opaque" in call("def f():\n    x = []\n    x.append(x)\n    return x").output

    def test_integers_longer_than_python_likes_to_print_arrive(self):
        assert len(call("def f(): return 10**9000").output) == 9001


class TestCalls:
    """How a function is found and called."""

    def test_a_method_of_solution_is_called_on_an_instance(self):
        source = "class Solution:\n    def f(self, a, b): return a + b"
        assert returned(source, [1], [2]) == [1, 2]

    def test_without_a_class_the_function_itself_is_called(self):
        assert returned("def f(a): return a * 2", "ab") == "abab"

    def test_a_class_without_the_method_does_not_hide_the_function(self):
        assert returned("class Solution: pass\ndef f(): return 3") == 3

    def test_line_separators_within_an_argument_do_not_split_it(self):
        program = Program(source="def f(a): return a", kind=TestKind.CALL, entry_point="f")
        (execution,) = PlainSandbox().run(program, ['"a\u2028\x85b"'], SMALL)
        assert json.loads(execution.output) == "a\u2028\x85b"

    def test_a_missing_function_is_a_runtime_error(self):
        execution = call("def g(): return 1")
        assert execution.status is Status.RUNTIME_ERROR
        assert "KeyError: 'f'" in execution.detail

    def test_leaving_before_the_return_is_a_runtime_error(self):
        execution = call("def f(): exit()")
        assert execution.status is Status.RUNTIME_ERROR
        assert "before the function returned" in execution.detail

    def test_os_exit_instead_of_a_return_is_a_runtime_error(self):
        assert call("import os\ndef f(): os._exit(0)").status is Status.RUNTIME_ERROR

    def test_what_a_function_prints_is_not_its_answer(self):
        execution = call("def f(): print('[1]')")
        assert json.loads(execution.output) is None

    def test_a_thread_that_a_function_leaves_running_does_not_hold_its_answer_up(self):
        source = "import threading\ndef f():\n    threading.Thread(target=threading.Event().wait).start()\n    return 1"
        assert returned(source, limits=SMALL) == 1

    def test_a_value_larger_than_the_output_limit_is_an_output_limit(self):
        assert call("def f(): return 'x' * 70_000").status is Status.OUTPUT_LIMIT

    def test_arguments_that_are_no_json_are_our_failure(self):
        program = Program(source="def f(a): return a", kind=TestKind.CALL, entry_point="f")
        (execution,) = PlainSandbox().run(program, ["[1,"], SMALL)
        assert execution.status is Status.HARNESS_ERROR
