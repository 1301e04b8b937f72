"""Whatever a program sends as its answer is the program's answer: it fails, and costs no verdict.

A program that could bring about a fault of ours at will would take its failures out of the
estimate.
"""

import json
from contextlib import contextmanager, suppress

import pytest
from functions import function_problem, plus_verdict, script_verdict
from hypothesis import given, settings, strategies as st
from sessions import LocalSandbox

from lcbrb.grading.outputs import compare
from lcbrb.protocols.sandbox import Batch, Execution
from lcbrb.sandbox.inside import wire
from lcbrb.types import Oracle, Status, TestCase, TestKind

GIANT = "1" + "0" * 400
REFERENCE = "def f(x):\n    return [x, x + 1]\n"
TAGS = [
    *("tuple", "set", "frozenset", "dict", "int", "complex", "bytes", "range", "opaque"),
    *("what", ""),
]


class Forger:
    """A sandbox and session in one: every call is answered with this text."""

    level = "none"

    def __init__(self, text):
        self.text = text
        self.loading = Execution(status=None)

    @contextmanager
    def open(self, program, limits, **how):
        del program, limits, how
        yield self

    def call(self, *_, **__):
        return Execution(status=None, output=self.text, cpu_s=0.001)

    def call_each(self, calls, **_):
        execution = Execution(status=None, cpu_s=0.001)
        return Batch(outputs=(self.text,) * len(calls), execution=execution)


class BesideReference(Forger):
    """The reference runs and answers; every other program is a forger."""

    def open(self, program, limits, **how):
        if program.source.startswith(REFERENCE):
            return LocalSandbox().open(program, limits, **how)
        return super().open(program, limits, **how)


def tagged(content):
    return st.builds(
        lambda tag, value: f'{{"lcbrb:{tag}":{value}}}', st.sampled_from(TAGS), content
    )


FORGED = st.recursive(
    st.sampled_from(["null", "true", "0", "-1", "2.0", "NaN", "-Infinity", "1e999", "{}", "[]"])
    | st.sampled_from([GIANT, "-" + GIANT, "1" * 4300, "1" * 5000, '"0x' + "f" * 5000 + '"'])
    | st.text(max_size=4).map(json.dumps),
    lambda inner: (
        tagged(inner)
        | tagged(st.lists(inner, max_size=3).map(lambda parts: f"[{','.join(parts)}]"))
        | st.lists(inner, max_size=3).map(lambda parts: f"[{','.join(parts)}]")
    ),
    max_leaves=6,
)
NESTED = ["[" * depth + "]" * depth for depth in (90, 300, 600, 900, 950, 980, 990, 5000)]
WORST = [
    f'{{"lcbrb:complex":[{GIANT},0]}}',
    f'{{"lcbrb:range":[0,{GIANT},1]}}',
    f'{{"lcbrb:range":[{GIANT},0,1]}}',
    '{"lcbrb:int":"0x' + "f" * 100_000 + '"}',
    *NESTED,
    "",
    "[",
    "\x00",
]
SCRIPTS = [
    "assert f(1) == 2",
    "assert abs(f(1) - 2) < 1e-6",
    "assert sorted(f(1)) == [2]",
    "assert set(f(1)) == {2}",
    "assert str(f(1)) == '2'",
    "assert round(f(1), 2) == 2 and f(1) ** 2 == 4",
    "assert f(f(1)) == 3",
    "import math\nassert math.isclose(f(1), 2) or int(f(1)) == 2",
]


@given(st.sampled_from(WORST) | FORGED)
@settings(max_examples=200)
def test_a_text_is_a_value_or_a_value_error(forged):
    with suppress(ValueError):
        wire.decode(forged)


@pytest.mark.parametrize("oracle", Oracle)
@given(st.sampled_from(WORST) | FORGED)
@settings(max_examples=60)
def test_a_function_is_graded_whatever_it_sends(oracle, forged):
    problem = function_problem(base=((1,), (2,)), plus=(), oracle=oracle, reference=REFERENCE)
    found = plus_verdict("", problem, sandbox=BesideReference(forged))
    assert found.status in {Status.PASSED, Status.WRONG_ANSWER}
    assert found.detail.isprintable() or "\n" in found.detail


@pytest.mark.parametrize("script", SCRIPTS)
@given(st.sampled_from(WORST) | FORGED)
@settings(max_examples=40)
def test_a_script_is_graded_whatever_it_is_sent(script, forged):
    found = script_verdict("", script, sandbox=Forger(forged))
    assert found.status in {Status.PASSED, Status.WRONG_ANSWER}, found


@pytest.mark.parametrize("expected", ["2", "2.5", "[1, [2.0]]", '{"a": 1}', "null"])
@given(st.sampled_from(WORST) | FORGED)
@settings(max_examples=60)
def test_an_output_is_compared_whatever_it_is(expected, forged):
    for kind in TestKind:
        compare(TestCase(kind=kind, input="", expected=expected), forged)
