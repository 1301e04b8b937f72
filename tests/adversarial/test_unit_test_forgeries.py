"""Attacks on unit tests that run in the program's own process: one attack each, and none passes."""

from __future__ import annotations

import pytest
from unit_tested import sandboxes, verdict

from lcbrb.types import Status

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
}


@pytest.mark.parametrize("sandbox", sandboxes())
@pytest.mark.parametrize("program", FORGERIES.values(), ids=FORGERIES)
def test_a_forger_does_not_pass(program, sandbox):
    found = verdict(sandbox, program)
    assert found.status in {Status.WRONG_ANSWER, Status.RUNTIME_ERROR}, found
