"""Calls sent ahead: a verdict is the same whether a problem's calls were known or not."""

import pytest
from sessions import LocalSandbox

from lcbrb.grading.problem_set import ProblemSet
from lcbrb.types import Completion, Limits, Problem, ScriptCheck, Status

RIGHT = "def f(x):\n    return x + 1\n"
SCRIPTS = ("assert f(1) == 2\nassert f(2) == 3", "import random\nx = random.random()\nf(x)")
PROGRAMS = {
    "right": RIGHT,
    "wrong at once": "def f(x):\n    return 0\n",
    "wrong later": "def f(x):\n    return 2\n",
    "raises at once": "def f(x):\n    raise KeyError(x)\n",
    "raises later": "def f(x):\n    return [][0] if x == 2 else x + 1\n",
    "wrong, and would raise later": "def f(x):\n    return 2 if x == 1 else 0 if x == 2 else [][0]\n",
    "runs out of time": "def f(x):\n    raise TimeoutError('1.0 s')\n",
    "wrong, and would run out of time later": (
        "def f(x):\n    if x == 1: return 0\n    raise TimeoutError('1.0 s')\n"
    ),
    "keeps count": "n = []\ndef f(x):\n    n.append(x)\n    return x + 1 if len(n) < 3 else 1 / 0\n",
}


def bench_of(*scripts, reference=RIGHT):
    check = ScriptCheck(functions=("f",), scripts=scripts, reference=reference)
    problem = Problem(id="p", source="tests", prompt="?", check=check, limits=Limits(cpu_s=1))
    return ProblemSet(name="b", version="1", problems=[problem])


def verdict_of(bench, source, sandbox=None):
    completion = Completion(problem_id="p", policy_id="m", sample_index=0, text="", solution=source)
    return bench.verify(bench.problems[0], completion, sandbox or LocalSandbox())


class Counting(LocalSandbox):
    """Counts exchanges: calls one by one, and batches."""

    def __init__(self):
        super().__init__()
        self.exchanges = []

    def open(self, program, limits, *, alone=False, paced=False):
        return _Counted(super().open(program, limits, alone=alone), self.exchanges)


class _Counted:
    def __init__(self, opened, exchanges):
        self._opened, self._exchanges = opened, exchanges

    def __enter__(self):
        session = self._opened.__enter__()
        call, call_each = session.call, session.call_each

        def counted(name, arguments, *, cpu_s=None, used_s=0.0):
            self._exchanges.append("call")
            return call(name, arguments, cpu_s=cpu_s, used_s=used_s)

        def counted_each(calls, *, cpu_s=None):
            self._exchanges.append("batch")
            session.call = call
            try:
                return call_each(calls, cpu_s=cpu_s)
            finally:
                session.call = counted

        session.call, session.call_each = counted, counted_each
        return session

    def __exit__(self, *exception):
        return self._opened.__exit__(*exception)


@pytest.mark.parametrize("source", PROGRAMS.values(), ids=PROGRAMS)
def test_the_verdict_is_the_same(source):
    unknown = verdict_of(bench_of(*SCRIPTS), source)
    bench = bench_of(*SCRIPTS)
    assert verdict_of(bench, RIGHT).status is Status.PASSED
    known = verdict_of(bench, source)
    assert (known.status, known.tests_passed, known.detail) == (
        unknown.status,
        unknown.tests_passed,
        unknown.detail,
    )


def test_known_calls_are_one_exchange():
    bench, sandbox = bench_of(*SCRIPTS), Counting()
    for _ in range(2):
        assert verdict_of(bench, RIGHT, sandbox).status is Status.PASSED
    assert sandbox.exchanges == ["call", "call", "call", "batch"]


def test_nothing_is_learnt_from_a_program_that_fails():
    bench, sandbox = bench_of(*SCRIPTS), Counting()
    verdict_of(bench, PROGRAMS["wrong later"], sandbox)
    verdict_of(bench, RIGHT, sandbox)
    assert "batch" not in sandbox.exchanges


def test_calls_that_follow_from_answers_are_made_again_one_by_one():
    """Both programs are right; the second makes the script ask something else."""
    scripts = ("n = f(1)\nassert n in (2, 3)\nassert f(n) == n + 1",)
    bench, sandbox = bench_of(*scripts), Counting()
    assert verdict_of(bench, RIGHT, sandbox).status is Status.PASSED
    other = "def f(x):\n    return 3 if x == 1 else x + 1\n"
    assert verdict_of(bench, other, sandbox).status is Status.PASSED
    assert sandbox.exchanges == ["call", "call", "batch", "call", "call"]
    assert len(sandbox.opened) == 3


def test_a_failure_of_the_runner_stays_ours():
    bench = bench_of(*SCRIPTS)
    verdict_of(bench, RIGHT)
    broken = verdict_of(bench, "def f(x):\n    raise OSError('no runner')\n")
    assert broken.status is Status.HARNESS_ERROR
