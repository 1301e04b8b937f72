"""A small problem that is graded by unittest cases, and a sandbox for it."""

from __future__ import annotations

import pytest

from lcbrb.grading.check_kinds import kind_of
from lcbrb.protocols.sandbox import Workplace
from lcbrb.sandbox.levels import probe
from lcbrb.types import Completion, Limits, Problem, UnitTestCheck

WORKPLACE = Workplace(
    preload=("unittest", "unittest.mock", "socket", "subprocess", "threading"), processes=True
)
LIMITS = Limits(cpu_s=10, wall_s=20, memory_mib=512, output_kib=256, processes=16)
RIGHT = "def task_func(x):\n    return x + 1\n"
TESTS = """
import unittest
from unittest.mock import patch

class TestCases(unittest.TestCase):
    def test_one(self):
        self.assertEqual(task_func(1), 2)
    def test_two(self):
        expected = 41 + 1
        self.assertEqual(task_func(41), expected)
        self.assertIsInstance(task_func(1), int)
    def test_refuses(self):
        with self.assertRaises(TypeError):
            task_func("a")
"""


def sandboxes():
    """The levels that can hold processes, where they are live."""
    found = []
    for level in ("A", "D"):
        tried = probe(level, workplace=WORKPLACE)
        reason = pytest.mark.skipif(not tried.live, reason=f"{level} is not live: {tried.problem}")
        found.append(pytest.param(tried.sandbox, id=level, marks=reason))
    return found


def unit_tested(tests=TESTS, **fields):
    """A problem with these tests."""
    check = UnitTestCheck(
        entry_point="task_func", tests=tests, reference=fields.pop("reference", RIGHT), **fields
    )
    return Problem(id="small/0", source="small", prompt="Add one.", check=check, limits=LIMITS)


def verdict(sandbox, program, problem=None):
    """What the grader says of a program."""
    problem = problem or unit_tested()
    completion = Completion(
        problem_id=problem.id, policy_id="p", sample_index=0, text=program, solution=program
    )
    return kind_of(problem.check).verify(problem, completion, sandbox)
