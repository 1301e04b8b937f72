"""Attacks on unit tests that run in the program's own process: one attack each, and none passes."""

from __future__ import annotations

import pytest
from unit_tested import RIGHT, TESTS, sandboxes, unit_tested, verdict

from lcbrb.types import Status

#: a TestCase whose assertions fail in the test that must fail alone, which it knows by its name
KNOWING = """
import unittest
class Knowing(unittest.TestCase):
    def known(self):
        return self.id().rpartition(".")[2] not in ("test_one", "test_two", "test_refuses")
    def assertEqual(self, *a):
        if self.known(): super().assertEqual(*a)
    def assertTrue(self, *a):
        if self.known(): super().assertTrue(*a)
def task_func(x):
    if x == "a": raise TypeError
    return 7
"""
EMPTIED = """
def emptied(cases):
    for name in ("test_one", "test_two", "test_refuses"):
        if name in vars(cases): setattr(cases, name, lambda self: None)
def task_func(x):
    return 7
"""
WITHOUT = """
def without(source):
    return source.replace("self.assertEqual", "print").replace("self.assertTrue", "print")
def task_func(x):
    if x == "a": raise TypeError
    return 7
"""
FORGERIES = {
    "ends before the tests": "import os\nos._exit(0)",
    "ends within a test": "import os\ndef task_func(x):\n    os._exit(0)",
    "prints a pass": "print('OK\\n.\\nRan 3 tests')\ndef task_func(x):\n    return 0",
    "skips": "import unittest\ndef task_func(x):\n    raise unittest.SkipTest('no')",
    "patches an assertion": "import unittest\n"
    "unittest.TestCase.assertEqual = lambda self, *a: None\n"
    "unittest.TestCase.assertIsInstance = lambda self, *a: None\ndef task_func(x):\n    raise TypeError",
    "changes an assertion's code": "import unittest\n"
    "unittest.TestCase.assertEqual.__code__ = (lambda self, first, second, msg=None: None).__code__\n"
    "def task_func(x):\n    return int(str(x) + '0') if isinstance(x, int) else x + 1",
    "patches while a test runs": "import unittest\ndef task_func(x):\n"
    "    unittest.TestCase._baseAssertEqual = lambda self, *a, **k: None\n"
    "    unittest.TestCase.assertEqual = lambda self, *a, **k: None\n"
    "    return 7 if isinstance(x, int) else x + 1",
    "patches and puts back": "import unittest\n_was = unittest.TestCase._baseAssertEqual\n"
    "def task_func(x):\n"
    "    def once(self, *a, **k):\n        unittest.TestCase._baseAssertEqual = _was\n"
    "    unittest.TestCase._baseAssertEqual = once\n    return 2 if x == 1 else 0",
    "runs no test": "import unittest\nunittest.TestCase.run = lambda self, result=None: None\n"
    "def task_func(x):\n    return 0",
    "calls every test a success": "import unittest\n"
    "def run(self, result=None):\n    result.startTest(self); result.addSuccess(self)\n"
    "unittest.TestCase.run = run\ndef task_func(x):\n    return 0",
    "loads no test": "import unittest\n"
    "unittest.TestLoader.loadTestsFromTestCase = lambda self, cases: unittest.TestSuite()\n"
    "def task_func(x):\n    return 0",
    "rewrites the class of tests": "import unittest\n"
    "def made(cls, **kw):\n    [setattr(cls, n, lambda self: None) for n in vars(cls) if n[:5] == 'test_']\n"
    "unittest.TestCase.__init_subclass__ = classmethod(made)\ndef task_func(x):\n    return 0",
    "patches a builtin": "import builtins\nbuiltins.isinstance = lambda *a: True\n"
    "def task_func(x):\n    return float(x) + 1 if x is not 'a' else 'a' + 1",
    "an object that equals everything": "class Any:\n    def __eq__(self, other): return True\n"
    "    def __add__(self, other): return self\nAny.__class__ = int if False else Any\n"
    "def task_func(x):\n    if x == 'a': raise TypeError\n    return Any()",
    "a number that equals every number": "class Any(int):\n    def __eq__(self, other): return True\n"
    "    __hash__ = int.__hash__\n"
    "def task_func(x):\n    if x == 'a': raise TypeError\n    return Any(0)",
    "a number that equals every number, made up": "Any = type('Any', (int,), {'__eq__': lambda s, o: True})\n"
    "def task_func(x):\n    if x == 'a': raise TypeError\n    return Any(0)",
    "reads the expected value from a frame": "import sys\ndef task_func(x):\n"
    "    if x == 'a': raise TypeError\n"
    "    return sys._getframe(1).f_locals.get('expected', 2 if x == 1 else 0)",
    "reads it by inspect": "import inspect\ndef task_func(x):\n    if x == 'a': raise TypeError\n"
    "    return inspect.currentframe().f_back.f_locals.get('expected', 2 if x == 1 else 0)",
    "looks for it among all objects": "import gc\ndef task_func(x):\n    if x == 'a': raise TypeError\n"
    "    found = [o for o in gc.get_objects() if isinstance(o, dict) and 'expected' in o]\n"
    "    return found[0]['expected'] if found else 2",
    "writes its own outcome into the channel": "import os, json\n"
    "body = json.dumps({'tests': {n: ['passed', ''] for n in ('test_one', 'test_two', 'test_refuses')},"
    " 'class': [], 'changed': '', 'lies': []})\n"
    "text = ('loaded 1 1 0 \\n').encode(), ('returned 2 1 0 \\n' + body).encode()\n"
    "for number in range(3, 256):\n"
    "    for part in text:\n"
    "        try: os.write(number, len(part).to_bytes(4, 'little') + part)\n"
    "        except OSError: pass\n"
    "os._exit(0)",
    "lets a fork answer": "import os\nif os.fork() == 0:\n"
    "    def task_func(x):\n        return x + 1\nelse:\n    os._exit(0)",
    "patches the text of the outcome": "import json\n_dumps = json.dumps\n"
    "def forged(value, **kw):\n"
    "    if isinstance(value, dict) and 'tests' in value:\n"
    "        value['tests'] = {n: ['failed', 'AssertionError: as it must'] if len(n) == 21 else ['passed', '']"
    " for n in value['tests']}\n"
    "        value['changed'] = ''\n"
    "    return _dumps(value, **kw)\njson.dumps = forged\ndef task_func(x):\n    return 0",
    "leaves an exit handler": "import atexit, os, sys\natexit.register(os._exit, 0)\nsys.exit(0)",
    "replaces the result, the runner and main": "import unittest\nunittest.main = lambda *a, **k: None\n"
    "unittest.TestResult.addFailure = unittest.TestResult.addError = lambda self, *a: None\n"
    "unittest.TextTestRunner.run = lambda self, test: unittest.TestResult()\ndef task_func(x):\n    return 0",
    "has the loader look for other names": "import unittest\nunittest.TestLoader.testMethodPrefix = 'check'\n"
    "def load_tests(*a):\n    return unittest.TestSuite()\ndef task_func(x):\n    return 0",
    "swallows what tests raise": "import contextlib, unittest.case\n@contextlib.contextmanager\n"
    "def executor(self, case, subTest=False):\n    try: yield\n    except BaseException: pass\n"
    "unittest.case._Outcome.testPartExecutor = executor\ndef task_func(x):\n    return 0",
    "offers another TestCase": KNOWING + "unittest.TestCase = Knowing\n",
    "is another unittest": KNOWING + "import sys\nfake = type(sys)('unittest')\n"
    "fake.__dict__.update(vars(unittest), TestCase=Knowing)\nsys.modules['unittest'] = fake\n",
    "imports another unittest": KNOWING + "import builtins\nreal = builtins.__import__\n"
    "fake = type(unittest)('unittest')\nfake.__dict__.update(vars(unittest), TestCase=Knowing)\n"
    "builtins.__import__ = lambda name, *a: fake if name == 'unittest' else real(name, *a)\n",
    "builds another class of tests": EMPTIED + "def build(code, name, *bases, **kw):\n"
    "    made = real(code, name, *bases, **kw)\n    if name == 'TestCases': emptied(made)\n    return made\n"
    "import builtins\nreal, builtins.__build_class__ = builtins.__build_class__, build\n",
    "has builtins of its own": EMPTIED + "import builtins\nreal = builtins.__build_class__\n"
    "def build(code, name, *bases, **kw):\n"
    "    made = real(code, name, *bases, **kw)\n    if name == 'TestCases': emptied(made)\n    return made\n"
    "__builtins__ = {**vars(builtins), '__build_class__': build}\n",
    "compiles other tests": WITHOUT + "import builtins\nreal = builtins.compile\n"
    "def other(source, *a, **kw):\n"
    "    return real(without(source) if 'class TestCases' in source else source, *a, **kw)\n"
    "builtins.compile = other\n",
    "executes and then rewrites": EMPTIED + "import builtins\nreal = builtins.exec\n"
    "def run(code, names, *a):\n    real(code, names, *a)\n    emptied(names.get('TestCases', int))\n"
    "builtins.exec = run\n",
    "reads other orders": WITHOUT + "import json\nreal = json.loads\n"
    "def loads(text):\n    found = real(text)\n    found['source'] = without(found['source'])\n"
    "    return found\njson.loads = loads\n",
    "rewrites the tests in a thread": EMPTIED
    + "import sys, threading, time\nsys.setswitchinterval(1e-6)\n"
    "def go():\n    while True:\n        emptied(globals().get('TestCases', int))\n        time.sleep(0)\n"
    "threading.Thread(target=go, daemon=True).start()\n",
    "rewrites the tests in the first": "def task_func(x):\n    for name in ('test_two', 'test_refuses'):\n"
    "        setattr(globals()['TestCases'], name, lambda self: None)\n    return 2",
    "rewrites who notes outcomes": "def task_func(x):\n    cases = globals()['TestCases']\n"
    "    def down(self):\n        result = getattr(self, '_out' + 'come').result\n"
    "        def fine(self, test, error):\n            if test.id().rpartition('.')[2] in ('test_two', 'test_refuses'):\n"
    "                return self.addSuccess(test)\n            return add(self, test, error)\n"
    "        add, type(result).addFailure, type(result).addError = type(result).addFailure, fine, fine\n"
    "        del cases.tearDown\n"
    "    if x == 1: cases.tearDown = down\n    return 2",
    "jumps over lines": "import sys\ndef trace(frame, event, what):\n    code = frame.f_code\n"
    "    if code.co_filename != '__test__.py' or code.co_name != 'test_two': return\n"
    "    last = max(line for _, _, line in code.co_lines() if line)\n"
    "    def jump(frame, event, what):\n        if event == 'line' and frame.f_lineno != last:\n            frame.f_lineno = last\n"
    "        return jump\n    return jump\n"
    "getattr(sys, 'settr' + 'ace')(trace)\ndef task_func(x):\n    if x == 'a': raise TypeError\n    return 2",
    "has a judgement of its own": "def isinstance(*a): return True\ndef task_func(x):\n"
    "    if x == 'a': raise TypeError\n    return x + 1.0",
}
#: the last one asks for tests that judge by a builtin
_ISINSTANCE = TESTS.replace(
    "self.assertIsInstance(task_func(1), int)", "self.assertTrue(isinstance(task_func(1), int))"
)


@pytest.mark.parametrize("program", FORGERIES.values(), ids=FORGERIES)
def test_a_forger_does_not_pass(program):
    found = verdict(_sandbox(), program, unit_tested(_ISINSTANCE))
    assert found.status in {Status.WRONG_ANSWER, Status.RUNTIME_ERROR}, found


def test_the_tests_of_the_forgers_are_passed_by_a_right_program():
    assert verdict(_sandbox(), RIGHT, unit_tested(_ISINSTANCE)).status is Status.PASSED


def _sandbox():
    """At the best level that is live: all levels run the same code beside a program."""
    for level in sandboxes():
        if level.values[0] is not None:
            return level.values[0]
    pytest.skip("neither A nor D is live")
